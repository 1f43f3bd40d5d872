//! The run: every input of the manifest is asked for, several at a time.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};
use sre_format::SourceUrl;
use sre_format::lock::SetKind;
use sre_format::manifest::{Chart, ChartSource, DownloadedSet, Image, Manifest, Mirrored};
use sre_steps::{PhaseReporter, with_causes};
use tokio::sync::OnceCell;

use super::report::{Report, Unknown, Update};
use super::sources::{self, SourceError};
use super::version::Version;
use crate::fetch::Upstreams;
use crate::lock::RepositoryIndex;

/// Inputs that are asked for at the same time.
const AT_ONCE: usize = 8;

/// Asks upstreams for newer versions.
pub struct Updates<'a> {
    /// The registries and servers.
    pub upstreams: &'a Upstreams,
    /// Who is told.
    pub phase: &'a PhaseReporter,
}

/// One input with what is pinned of it.
struct Pinned {
    kind: &'static str,
    name: String,
    version: String,
    /// A version that people write otherwise than its upstream: `_` is the `+` of a chart's tag.
    plus: bool,
}

/// The indexes of chart repositories, each fetched once.
type Indexes = HashMap<SourceUrl, OnceCell<Arc<RepositoryIndex>>>;

impl Updates<'_> {
    /// Asks for everything; what cannot be looked at is listed, and the rest is told all the same.
    pub async fn look(&self, manifest: &Manifest) -> Report {
        self.phase.expect(manifest.inputs() as u64);
        let indexes = &indexes_of(manifest);
        let images = manifest.images.iter().map(|image| {
            let asking: Asking<'_> = Box::pin(self.image(image));
            asking
        });
        let charts = manifest.charts.iter().map(|chart| {
            let asking: Asking<'_> = Box::pin(self.chart(chart, indexes));
            asking
        });
        let sets = manifest.downloads.iter().map(|set| {
            let asking: Asking<'_> = Box::pin(self.download(set));
            asking
        });
        let all: Vec<_> = images.chain(charts).chain(sets).collect();
        let mut report = Report::default();
        let mut answers = stream::iter(all).buffered(AT_ONCE);
        while let Some(answer) = answers.next().await {
            self.phase.advance(1);
            report.add(answer);
        }
        for (kind, name, why) in without_versions(manifest) {
            self.phase.advance(1);
            report.add(Answer::unknown(kind, name, why));
        }
        report
    }

    async fn image(&self, image: &Image) -> Answer {
        let reference = &image.reference;
        let Some(tag) = reference.tag() else {
            return Answer::unknown("image", reference.to_string(), "it is pinned by digest alone");
        };
        let pinned = Pinned::new("image", reference.name(), tag);
        let tags = sources::of_registry(self.upstreams, reference).await;
        pinned.among(tags)
    }

    async fn chart(&self, chart: &Chart, indexes: &Indexes) -> Answer {
        let mut pinned = Pinned::new("chart", sources::chart_name(&chart.source), &chart.version);
        match &chart.source {
            ChartSource::Oci(reference) => {
                pinned.plus = true;
                pinned.among(sources::of_registry(self.upstreams, reference).await)
            }
            ChartSource::Http { repository, name } => {
                let Some(cell) = indexes.get(repository) else { return Answer::default() };
                let index =
                    cell.get_or_try_init(|| sources::index(self.upstreams, repository)).await;
                pinned.among(index.map(|index| index.all_versions(name)))
            }
        }
    }

    async fn download(&self, set: &DownloadedSet) -> Answer {
        let pinned = Pinned::new(set.kind.id(), set.name.clone(), &set.version);
        if let Some(from) = sources::repository_of(set) {
            pinned.among(sources::of_git(self.upstreams, set, &from).await)
        } else {
            let why = "nothing says where its versions are listed (`versions-from`)";
            Answer::unknown(set.kind.id(), set.name.clone(), why)
        }
    }
}

/// Lists the inputs of which no upstream lists versions that could be compared with what is pinned.
fn without_versions(
    manifest: &Manifest,
) -> impl Iterator<Item = (&'static str, String, &'static str)> {
    let files = manifest.files.iter().map(|file| ("file", file.name.to_string()));
    let files = files.map(|(kind, name)| (kind, name, "files have no versions"));
    let folders = manifest
        .folders
        .iter()
        .map(|folder| ("folder", folder.reference.to_string(), "it is a folder of this project"));
    let commits = manifest.commits.iter().map(|commit| {
        (SetKind::Git.id(), commit.name.clone(), "`lock` follows its `ref`, and tells what changed")
    });
    let mirrored = manifest.mirrored.iter().map(|mirrored| {
        let kind = match mirrored {
            Mirrored::TofuProvider(_) => SetKind::TofuProvider,
            Mirrored::PackerPlugin(_) => SetKind::PackerPlugin,
            Mirrored::Ansible(_) => SetKind::Ansible,
        };
        (kind.id(), mirrored.title(), "`update` does not ask registries of this kind")
    });
    let solved = "`lock` takes the newest packages of its repositories";
    let rpms = manifest.rpms.iter().map(move |set| (SetKind::Rpm.id(), set.name.clone(), solved));
    let debs = manifest.debs.iter().map(move |set| (SetKind::Deb.id(), set.name.clone(), solved));
    files.chain(folders).chain(commits).chain(mirrored).chain(rpms).chain(debs)
}

type Asking<'a> = std::pin::Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// What is known of one input.
#[derive(Default)]
pub(super) struct Answer {
    pub update: Option<Update>,
    pub unknown: Option<Unknown>,
}

impl Answer {
    fn unknown(kind: &'static str, name: String, why: &str) -> Self {
        let unknown = Unknown { kind, name, why: why.to_owned(), fault: None };
        Self { unknown: Some(unknown), ..Self::default() }
    }
}

impl Pinned {
    fn new(kind: &'static str, name: String, version: &str) -> Self {
        Self { kind, name, version: version.to_owned(), plus: false }
    }

    /// Picks what follows the pinned version.
    fn among(self, listed: Result<Vec<String>, SourceError>) -> Answer {
        let Self { kind, name, version, plus } = self;
        let listed = match listed {
            Ok(listed) => listed,
            Err(error) => {
                let (why, fault) = (with_causes(&error), Some(sre_format::Explain::fault(&error)));
                let unknown = Unknown { kind, name, why, fault };
                return Answer { unknown: Some(unknown), ..Answer::default() };
            }
        };
        let Some(current) = Version::parse(&version) else {
            return Answer::unknown(kind, name, &format!("`{version}` is no version"));
        };
        let written = |text: String| if plus { text.replace('_', "+") } else { text };
        let newer = listed.into_iter().map(written).filter_map(|text| Version::parse(&text));
        let newer: Vec<_> = newer.filter_map(|it| Some((current.step_to(&it)?, it))).collect();
        Answer { update: Some(Update::of(kind, name, version, &newer)), unknown: None }
    }
}

fn indexes_of(manifest: &Manifest) -> Indexes {
    let repositories = manifest.charts.iter().filter_map(|chart| match &chart.source {
        ChartSource::Http { repository, .. } => Some(repository.clone()),
        ChartSource::Oci(_) => None,
    });
    repositories.map(|repository| (repository, OnceCell::new())).collect()
}
