//! A chart made ready to be rendered: its files beside helm, and what it says without rendering.

use std::path::{Path, PathBuf};

use sre_format::Digest;
use sre_format::lock::LockedChart;
use sre_format::manifest::{Chart, ChartSource, Manifest, Rendering};
use sre_steps::with_causes;

use super::archive::{ChartFile, pack, unpack};
use super::charts::title;
use super::find::{Found, images_of, images_of_values};
use super::folder::read_text;
use super::judge::Findings;
use super::report::{Evidence, Offered};
use super::{CheckError, documents, lookup};

/// The most bytes of a file of values.
const MAX_VALUES: u64 = 16 << 20;

/// A chart with its files on this machine.
pub(super) struct Prepared {
    pub title: String,
    pub release: String,
    pub namespace: String,
    pub archive: PathBuf,
    /// The same chart as it renders where everything is there that it looks up; none if it looks up nothing.
    pub there: Option<PathBuf>,
    /// Copies of the files of values, beside their names.
    pub values: Vec<(PathBuf, PathBuf)>,
    /// Whether a person has listed what the chart asks for later.
    pub has_operands: bool,
}

/// Writes a chart and its values into a folder; gives what it says of images without being rendered.
pub(super) fn prepare(
    chart: &LockedChart,
    rendering: &Rendering,
    archive: &[u8],
    project: &Path,
    folder: &Path,
) -> Result<(Prepared, Findings), CheckError> {
    let title = title(chart);
    let wrong = |reason: String| CheckError::NoChart { chart: title.clone(), reason };
    let mut files = unpack(archive).map_err(|error| wrong(with_causes(&error)))?;
    let findings = said(&title, rendering, &files);
    // The name of a chart is another's; and one chart may be locked under two references.
    let place = Digest::of(chart.reference.to_string().as_bytes());
    let stem = format!("{}-{}", place.hex(), chart.root.digest.hex());
    let path = write(folder, &format!("{stem}.tgz"), archive)?;
    let there = if lookup::pretend(&mut files) {
        let changed = pack(&files).map_err(|error| wrong(error.to_string()))?;
        Some(write(folder, &format!("{stem}-there.tgz"), &changed)?)
    } else {
        None
    };
    let mut values = Vec::new();
    for (number, name) in rendering.values.iter().enumerate() {
        let text = read_text(&project.join(name), MAX_VALUES)?;
        let copy = write(folder, &format!("{stem}-{number}.yaml"), text.as_bytes())?;
        values.push((copy, name.clone()));
    }
    let prepared = Prepared {
        release: rendering.release.clone().unwrap_or_else(|| chart.name.clone()),
        namespace: rendering.namespace.clone().unwrap_or_else(|| "default".to_owned()),
        has_operands: !rendering.operands.is_empty(),
        title,
        archive: path,
        there,
        values,
    };
    Ok((prepared, findings))
}

/// Finds how the manifest wants a locked chart to be rendered.
pub(super) fn rendering_of(manifest: &Manifest, locked: &LockedChart) -> Rendering {
    let is_it = |chart: &&Chart| {
        let same_source = match &chart.source {
            ChartSource::Oci(reference) => reference.name() == locked.reference.name(),
            ChartSource::Http { repository, name } => {
                // An index may send to a registry, which is then where the chart was locked.
                *name == locked.name && (locked.source == *repository || is_oci(locked))
            }
        };
        chart.version == locked.version && same_source
    };
    manifest.charts.iter().find(is_it).map(|chart| chart.rendering.clone()).unwrap_or_default()
}

fn is_oci(locked: &LockedChart) -> bool {
    matches!(locked.form, sre_format::lock::ChartForm::Oci)
}

/// Collects what the files of a chart and the manifest say of its images.
fn said(title: &str, rendering: &Rendering, files: &[ChartFile]) -> Findings {
    let mut findings = Findings::default();
    for operand in &rendering.operands {
        let path = Some("operands in the manifest".to_owned());
        let evidence = Evidence { by: title.to_owned(), path, ..Evidence::default() };
        findings.asked.entry(operand.clone()).or_default().insert(evidence);
    }
    let excepted = rendering.not_needed.iter().map(|image| (title.to_owned(), image.clone()));
    findings.excepted.extend(excepted);
    for file in files {
        let found = match file.text() {
            Some(text) if file.is("values.yaml") => images_of_values(text),
            Some(text) if file.is("Chart.yaml") => annotations(text),
            _ if file.is_packed_chart() => {
                findings.blind.insert(format!("{title}: {} is packed inside it", file.path));
                continue;
            }
            _ => continue,
        };
        let offered = found.into_iter().filter_map(|Found { image, path }| {
            let evidence = Evidence {
                by: title.to_owned(),
                source: Some(file.path.clone()),
                path: Some(path),
                ..Evidence::default()
            };
            Some(Offered { image: image.ok()?, evidence })
        });
        findings.offered.extend(offered);
    }
    findings
}

/// Finds the images in the annotations of a chart, such as the list for Artifact Hub.
fn annotations(text: &str) -> Vec<Found> {
    let chart = documents::parse(text).unwrap_or_default();
    chart.get("annotations").map(images_of).unwrap_or_default()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, CheckError> {
    let path = folder.join(name);
    match std::fs::write(&path, bytes) {
        Ok(()) => Ok(path),
        Err(source) => Err(CheckError::Scratch { path, source }),
    }
}
