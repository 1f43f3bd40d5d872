//! Drift: tags that no longer point where the lock has them.
//!
//! Everything is fetched by digest, so a moved tag changes no byte of a bundle. But whoever moved
//! it wanted something, often a security fix, and a release that leaves it out should do so
//! knowingly. So `build` and `fetch` ask first, one `HEAD` for each tag, and refuse.
//!
//! Deliberately absent: whatever has a digest of its own, which cannot drift (pinned references,
//! files, archives of chart repositories), and any change of the lock, which is `lock`'s.

use std::fmt;

use futures_util::stream::{self, StreamExt as _};
use sre_format::lock::{ChartForm, Lock};
use sre_format::{Digest, Explain, Fault, ImageReference};
use sre_oci::client::ClientError;
use sre_steps::PhaseReporter;

use crate::fetch::Upstreams;

/// Tags that are asked for at the same time; a host gets no more requests than its pool allows.
const AT_ONCE: usize = 16;

/// Whether tags may have moved since they were locked.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct DriftOptions {
    /// Build what is locked without asking upstream where its tags point now
    #[arg(long)]
    pub allow_moved_tags: bool,
}

/// What happens to tags before anything is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagCheck {
    /// Upstream is asked where each one points; one that has moved is an error.
    Ask,
    /// Nothing is asked, because a person allowed that they have moved.
    Allow,
    /// Nothing is asked, because an earlier verb did.
    AskedBefore,
}

impl From<&DriftOptions> for TagCheck {
    fn from(options: &DriftOptions) -> Self {
        if options.allow_moved_tags { Self::Allow } else { Self::Ask }
    }
}

/// A tag that is not where the lock has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedTag {
    /// The image or chart.
    pub reference: ImageReference,
    /// Where the lock has it.
    pub locked: Digest,
    /// Where it points now; nowhere if it is gone.
    pub found: Option<Digest>,
}

/// Says why nothing is fetched.
#[derive(Debug, thiserror::Error)]
pub enum DriftError {
    /// A registry does not say where a tag points.
    #[error("cannot ask where {reference} points now")]
    Unknown {
        /// The image or chart.
        reference: ImageReference,
        /// What the registry said.
        #[source]
        source: ClientError,
    },
    /// Tags have moved.
    #[error("upstream no longer matches the lock: {}{}", count(.0), list(.0))]
    Moved(Vec<MovedTag>),
}

impl Explain for DriftError {
    fn fault(&self) -> Fault {
        match self {
            Self::Unknown { source, .. } => source.fault(),
            Self::Moved(_) => Fault::Upstream,
        }
    }

    fn hint(&self) -> Option<String> {
        let locked = "build what is locked with `--allow-moved-tags`";
        Some(match self {
            Self::Unknown { source, .. } => match source.hint() {
                Some(hint) => format!("{hint}; or {locked}, which asks nothing"),
                None => format!("{locked}, which asks nothing"),
            },
            Self::Moved(_) => {
                format!("run `sre-bundle lock` to take what is there now, or {locked}")
            }
        })
    }
}

/// Checks the tags of a lock as it was asked to.
pub async fn check_tags(
    check: TagCheck,
    lock: &Lock,
    upstreams: &Upstreams,
    phase: &PhaseReporter,
) -> Result<(), DriftError> {
    let tags: Vec<_> = tags_of(lock).collect();
    if tags.is_empty() || check == TagCheck::AskedBefore {
        return Ok(());
    }
    let step = phase.step(format!("ask where {} tags point now", tags.len()));
    if check == TagCheck::Allow {
        step.skipped("moved tags are allowed");
        return Ok(());
    }
    let asking = tags.into_iter().map(|(reference, locked)| async move {
        let found = upstreams.head(reference).await;
        let failed = |source| DriftError::Unknown { reference: reference.clone(), source };
        let found = found.map_err(failed)?.map(|found| found.digest);
        let moved = found != Some(locked);
        Ok(moved.then(|| MovedTag { reference: reference.clone(), locked, found }))
    });
    let answers: Vec<_> = stream::iter(asking).buffered(AT_ONCE).collect().await;
    let moved: Vec<_> =
        answers.into_iter().filter_map(Result::transpose).collect::<Result<_, _>>()?;
    if !moved.is_empty() {
        return Err(DriftError::Moved(moved));
    }
    step.done();
    Ok(())
}

/// Gives what the lock has by a tag alone.
fn tags_of(lock: &Lock) -> impl Iterator<Item = (&ImageReference, Digest)> {
    let images = lock.images.iter().map(|image| (&image.reference, image.root.digest));
    let charts = lock.charts.iter().filter(|chart| chart.form == ChartForm::Oci);
    let charts = charts.map(|chart| (&chart.reference, chart.root.digest));
    images.chain(charts).filter(|(reference, _)| reference.digest().is_none())
}

fn count(moved: &[MovedTag]) -> String {
    match moved.len() {
        1 => "a tag has moved".into(),
        count => format!("{count} tags have moved"),
    }
}

/// Shows each tag with both sides.
fn list(moved: &[MovedTag]) -> impl fmt::Display {
    let lines = moved.iter().map(|MovedTag { reference, locked, found }| {
        let found = found.map_or_else(|| "nothing: the tag is gone".into(), |it| it.to_string());
        format!("\n  {reference}\n    locked {locked}\n    found  {found}")
    });
    lines.collect::<String>()
}
