//! The run: prepare every chart, render each in every way, walk all documents, judge.

use std::collections::BTreeSet;
use std::path::Path;

use futures_util::stream::{self, StreamExt as _};
use sre_format::lock::{Lock, SetKind};
use sre_format::manifest::{DownloadedSet, Manifest};
use sre_steps::PhaseReporter;
use tokio::task::block_in_place;

use super::documents::{Document, documents};
use super::error::Unrendered;
use super::find::{Found, images};
use super::folder::manifests;
use super::helm::{Action, Rendered, Template};
use super::judge::{Findings, judge};
use super::prepare::{Prepared, prepare, rendering_of};
use super::report::{Evidence, Report, Unreadable};
use super::{CheckError, Helm, Shelf};

/// Charts that are rendered at the same time; each is a process that needs a core.
const AT_ONCE: usize = 4;

/// What is checked, and with what.
pub struct Check<'a> {
    /// What people asked for.
    pub manifest: &'a Manifest,
    /// What it resolved to.
    pub lock: &'a Lock,
    /// The folder to which the paths of the manifest are relative.
    pub folder: &'a Path,
    /// Where the charts stand.
    pub shelf: &'a Shelf,
    /// The helm to use, if not the one on the path.
    pub helm: Option<&'a Path>,
    /// Who is told.
    pub phase: &'a PhaseReporter,
}

/// What the documents of one chart say.
struct Seen {
    findings: Findings,
    /// The APIs that they add to the cluster.
    apis: Vec<String>,
}

/// Documents of one chart, or why there are none.
type Documents = Result<Vec<Document>, Unrendered>;

/// Proves that a lock holds every image that its charts and manifests ask for, or says which not.
pub async fn check(check: &Check<'_>) -> Result<Report, CheckError> {
    let mut findings = Findings::default();
    let kubernetes = check.manifest.kubernetes.as_ref();
    let mut apis: BTreeSet<String> =
        kubernetes.map(|it| it.api_versions.iter().cloned().collect()).unwrap_or_default();
    for path in kubernetes.map(|it| it.manifests.as_slice()).unwrap_or_default() {
        let read = block_in_place(|| manifests(&check.folder.join(path)))?;
        apis.extend(read.documents.iter().flat_map(Document::apis));
        findings.add(found_in(&path.display().to_string(), &read.documents));
        findings.blind.extend(read.unreadable);
    }
    let mut helm_version = None;
    if !check.lock.charts.is_empty() {
        let version = version_of(check.manifest).ok_or(CheckError::NoVersion)?;
        let helm = Helm::find(check.helm)?;
        helm_version = Some(helm.version().await?);
        let charts = check.prepare(&helm, &mut findings).await?;
        let run = Charts { helm: &helm, kubernetes: &version, phase: check.phase };
        run.render_all(&charts, apis, &mut findings).await?;
    }
    let mut report = judge(findings, check.lock, check.manifest);
    report.charts = check.lock.charts.len();
    report.kubernetes = version_of(check.manifest);
    report.helm = helm_version;
    Ok(report)
}

/// Gives the version of the cluster: what the manifest says, or that of the RKE2 that it carries.
fn version_of(manifest: &Manifest) -> Option<String> {
    let said = manifest.kubernetes.as_ref().map(|it| it.version.clone());
    let is_rke2 = |set: &&DownloadedSet| set.kind == SetKind::Rke2;
    said.or_else(|| {
        let version = &manifest.downloads.iter().find(is_rke2)?.version;
        Some(version.strip_prefix('v').unwrap_or(version).to_owned())
    })
}

impl Check<'_> {
    async fn prepare(
        &self,
        helm: &Helm,
        findings: &mut Findings,
    ) -> Result<Vec<Prepared>, CheckError> {
        let mut charts = Vec::new();
        for chart in &self.lock.charts {
            let archive = self.shelf.archive(chart).await?;
            let rendering = rendering_of(self.manifest, chart);
            let (prepared, said) = block_in_place(|| {
                prepare(chart, &rendering, &archive, self.folder, helm.folder())
            })?;
            findings.add(said);
            charts.push(prepared);
        }
        Ok(charts)
    }
}

/// Renders charts for one cluster.
struct Charts<'a> {
    helm: &'a Helm,
    kubernetes: &'a str,
    phase: &'a PhaseReporter,
}

impl Charts<'_> {
    /// Renders every chart in every way and adds what its documents ask for.
    ///
    /// What a chart asks for may depend on the APIs of the cluster. Other charts bring them, but not
    /// at once: so each chart is rendered without them, and again with all of them.
    async fn render_all(
        &self,
        charts: &[Prepared],
        apis: BTreeSet<String>,
        findings: &mut Findings,
    ) -> Result<(), CheckError> {
        self.phase.expect(charts.len() as u64 * 2);
        let few: Vec<_> = apis.iter().cloned().collect();
        let mut all = apis;
        for seen in self.each(charts, |chart| self.install(chart, &few)).await? {
            findings.add(seen.findings);
            all.extend(seen.apis);
        }
        let brought = all.len() > few.len();
        let all: Vec<_> = all.into_iter().collect();
        if brought {
            self.phase.expect(charts.len() as u64);
            for seen in self.each(charts, |chart| self.install(chart, &all)).await? {
                findings.add(seen.findings);
            }
        }
        let upgrades = stream::iter(charts).map(|chart| self.upgrade(chart, &all));
        let upgrades: Vec<_> = upgrades.buffered(AT_ONCE).collect().await;
        for upgrade in upgrades {
            findings.add(upgrade?);
        }
        Ok(())
    }

    /// Renders every chart in one way; all that do not render are told at once.
    async fn each<'c, F: Future<Output = Result<Result<Seen, Unrendered>, CheckError>>>(
        &self,
        charts: &'c [Prepared],
        render: impl Fn(&'c Prepared) -> F,
    ) -> Result<Vec<Seen>, CheckError> {
        let results: Vec<_> = stream::iter(charts).map(render).buffered(AT_ONCE).collect().await;
        let (mut rendered, mut refused) = (Vec::new(), Vec::new());
        for result in results {
            match result? {
                Ok(seen) => rendered.push(seen),
                Err(unrendered) => refused.push(unrendered),
            }
        }
        if refused.is_empty() { Ok(rendered) } else { Err(CheckError::Unrendered(refused)) }
    }

    /// Renders a chart; its documents go as soon as they are walked, because a chart may have many.
    async fn install(
        &self,
        chart: &Prepared,
        apis: &[String],
    ) -> Result<Result<Seen, Unrendered>, CheckError> {
        let step = self.phase.step(chart.title.clone());
        let rendered = self.template(chart, &chart.archive, apis, Action::Install).await?;
        self.phase.advance(1);
        step.done();
        Ok(rendered.map(|documents| Seen {
            findings: block_in_place(|| found_in(&chart.title, &documents)),
            apis: documents.iter().flat_map(Document::apis).collect(),
        }))
    }

    /// Renders a chart as an upgrade of a cluster in which everything is there that it looks up.
    async fn upgrade(&self, chart: &Prepared, apis: &[String]) -> Result<Findings, CheckError> {
        let archive = chart.there.as_ref().unwrap_or(&chart.archive);
        let mut rendered = self.template(chart, archive, apis, Action::Upgrade).await?;
        let mut blind = None;
        if let (Err(refused), Some(_)) = (&rendered, &chart.there) {
            blind = Some(format!("{}: what stands behind `lookup`: {}", chart.title, refused.said));
            rendered = self.template(chart, &chart.archive, apis, Action::Upgrade).await?;
        }
        self.phase.advance(1);
        let mut findings = match rendered {
            Ok(documents) => block_in_place(|| found_in(&chart.title, &documents)),
            Err(refused) => {
                blind = Some(format!("{}: an upgrade: {}", chart.title, refused.said));
                Findings::default()
            }
        };
        findings.blind.extend(blind.filter(|_| !chart.has_operands));
        Ok(findings)
    }

    async fn template(
        &self,
        chart: &Prepared,
        archive: &Path,
        apis: &[String],
        action: Action,
    ) -> Result<Documents, CheckError> {
        let values: Vec<_> = chart.values.iter().map(|(copy, _)| copy.clone()).collect();
        let how = Template {
            archive,
            release: &chart.release,
            namespace: &chart.namespace,
            kubernetes: self.kubernetes,
            apis,
            values: &values,
            action,
        };
        let refused = |said: String| {
            // People know the files of values by their own names.
            let said = chart.values.iter().fold(said, |said, (copy, name)| {
                said.replace(&copy.display().to_string(), &name.display().to_string())
            });
            Err(Unrendered { chart: chart.title.clone(), said })
        };
        Ok(match self.helm.template(&how).await? {
            Rendered::Refused(said) => refused(said),
            Rendered::Documents(text) => match block_in_place(|| documents(&text)) {
                (documents, wrong) if wrong.is_empty() => Ok(documents),
                (_, wrong) => refused(wrong.join("\n")),
            },
        })
    }
}

/// Collects the images that documents ask for.
fn found_in(by: &str, documents: &[Document]) -> Findings {
    let mut findings = Findings::default();
    for document in documents {
        for Found { image, path } in images(document) {
            let evidence = Evidence {
                by: by.to_owned(),
                document: Some(document.title()),
                source: document.source.clone(),
                path: Some(path),
                hook: document.hook(),
            };
            match image {
                Ok(image) => _ = findings.asked.entry(image).or_default().insert(evidence),
                Err(text) => _ = findings.unreadable.insert(Unreadable { text, evidence }),
            }
        }
    }
    findings
}
