//! The site file, from its path.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use sre_format::Timestamp;
use sre_site::{MAX_SITE_BYTES, SiteFile};
use sre_steps::PhaseReporter;

use super::HostPlanError;

/// Reads a site file and judges its deviations by the clock; what is doubtful is told as warnings.
pub fn read(path: &Path, phase: &PhaseReporter) -> Result<SiteFile, HostPlanError> {
    let failed = |source| HostPlanError::File { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_SITE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    let site = SiteFile::parse(&path.display().to_string(), &bytes)?;
    let soon = site.judge_deviations(Timestamp::now())?;
    for doubt in site.warnings().iter().chain(&soon) {
        phase.warn(doubt.to_string());
    }
    Ok(site)
}
