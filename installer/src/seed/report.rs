//! The whole of `seed`, and what it answers.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Instant;

use serde::Serialize;
use sre_format::Digest;
use sre_format::contents::Size;
use sre_steps::display::Answer;
use sre_steps::{Outcome, PhaseReporter};

use super::error::shown;
use super::{AuditDepth, Conflict, ExistingTags, SeedError, Survey};

/// A registry that holds everything of a bundle; only a finished `seed` makes one.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SeededRegistry {
    target: String,
    sent: Sent,
    manifests_sent: usize,
    tags_set: usize,
    tags: BTreeMap<String, Digest>,
    overwritten: Vec<Conflict>,
    platform_tags: Vec<PlatformTag>,
    audited: Audited,
    milliseconds: u64,
}

/// What was sent of the blobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// Blobs that were sent.
    pub blobs: usize,
    /// Bytes of them, those included that had to be sent twice.
    pub bytes: u64,
    /// Blobs that were mounted from another repository.
    pub mounted: usize,
}

/// A tag that names the manifest of a platform, because the target refuses the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlatformTag {
    /// The full name in the target.
    pub name: String,
    /// The index that the bundle carries under that name.
    pub index: Digest,
    /// The manifest that the tag names.
    pub digest: Digest,
    /// The platform of that.
    pub platform: String,
    /// What the target said against the index, where it was offered in this run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What was read back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Audited {
    /// Manifests that were read and hashed.
    pub manifests: usize,
    /// Blobs that were asked for by digest, counted in each repository.
    pub blobs: usize,
    /// Tags that were asked for.
    pub tags: usize,
    /// Bytes of blobs that were read and hashed.
    pub bytes_read: u64,
}

impl Survey {
    /// Sends what is missing and reads everything back.
    pub async fn carry_out(
        &self,
        existing: ExistingTags,
        uploads: usize,
        depth: AuditDepth,
        phase: &PhaseReporter,
    ) -> Result<SeededRegistry, SeedError> {
        let started = Instant::now();
        let conflicts = self.conflicts();
        if existing == ExistingTags::Keep && !conflicts.is_empty() {
            return Err(SeedError::Conflicts { conflicts });
        }
        let step = phase.step("send blobs");
        let sent = self.send_blobs(uploads, phase).await?;
        step.end(done_if(sent.blobs + sent.mounted));
        let step = phase.step("send manifests, children first");
        let published = self.send_manifests(existing).await?;
        step.end(done_if(published.sent));
        let step = phase.step("set tags");
        let (settings, platform_tags) = self.settings(&published)?;
        for tag in &platform_tags {
            phase.warn(tag.to_string());
        }
        let tags_set = self.set_tags(&settings).await?;
        step.end(done_if(tags_set));
        let tags = settings
            .iter()
            .map(|set| (format!("{}:{}", self.full_name(set.at), set.tag), set.digest))
            .collect();
        let step = phase.step("read everything back");
        let audited = self.audit(settings, &published, depth).await?;
        step.done();
        Ok(SeededRegistry {
            target: self.target.name(),
            sent,
            manifests_sent: published.sent,
            tags_set,
            tags,
            overwritten: conflicts,
            platform_tags,
            audited,
            milliseconds: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }
}

fn done_if(count: usize) -> Outcome {
    if count > 0 { Outcome::Done } else { Outcome::AlreadyDone }
}

impl SeededRegistry {
    /// Says whether anything was sent.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.platform_tags.len() {
            0 if self.audited == Audited::default() => Outcome::Warned {
                reason: "the bundle holds no image and no chart, so the target was not asked"
                    .into(),
            },
            0 => done_if(self.sent.blobs + self.sent.mounted + self.manifests_sent + self.tags_set),
            count => Outcome::Warned {
                reason: format!("{count} tags name the image of one platform instead of an index"),
            },
        }
    }

    /// Gives what was sent of the blobs.
    #[must_use]
    pub fn sent(&self) -> Sent {
        self.sent
    }

    /// Gives every tag of the bundle by its full name in the target, with the digest that was read back.
    #[must_use]
    pub fn tags(&self) -> &BTreeMap<String, Digest> {
        &self.tags
    }

    /// Gives the tags that name the manifest of a platform instead of an index.
    #[must_use]
    pub fn platform_tags(&self) -> &[PlatformTag] {
        &self.platform_tags
    }
}

impl fmt::Display for PlatformTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} names the {} image {}, because the target refuses the index {}",
            self.name, self.platform, self.digest, self.index
        )?;
        self.reason.iter().try_for_each(|reason| write!(formatter, " ({reason})"))
    }
}

impl Answer for SeededRegistry {
    const KIND: &'static str = "seed";
}

impl fmt::Display for SeededRegistry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "seeded       {}", self.target)?;
        let Sent { blobs, bytes, mounted } = self.sent;
        writeln!(formatter, "sent         {blobs} blobs, {}; mounted {mounted}", Size(bytes))?;
        writeln!(
            formatter,
            "published    {} manifests, {} tags",
            self.manifests_sent, self.tags_set
        )?;
        for Conflict { name, carried, found } in &self.overwritten {
            let found = shown(found.as_ref());
            writeln!(formatter, "overwritten  {name} ({found} became {carried})")?;
        }
        for tag in &self.platform_tags {
            writeln!(formatter, "platform     {tag}")?;
        }
        let Audited { manifests, blobs, tags, .. } = self.audited;
        writeln!(formatter, "read back    {manifests} manifests, {blobs} blobs, {tags} tags")
    }
}
