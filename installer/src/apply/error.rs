//! Why a site does not stand.

use std::io;
use std::path::PathBuf;

use sre_format::{Explain, Fault};
use sre_rke2::order::UpgradeError;
use sre_site::SecretError;
use sre_steps::{Phase, StateError};

use crate::host::{AnsibleError, CertificateError, OpenTofuError, ServiceError};
use crate::opening::OpeningError;
use crate::site::HostPlanError;

/// The most hosts that one message names.
const MOST_NAMED: usize = 8;

/// Says why a phase could not be gone through.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The site and the bundle do not fit, or their files cannot be written.
    #[error(transparent)]
    Plan(#[from] HostPlanError),
    /// Hosts cannot go from what they run to what the bundle brings.
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
    /// Ansible cannot be run.
    #[error(transparent)]
    Ansible(#[from] AnsibleError),
    /// Machines cannot be made.
    #[error(transparent)]
    OpenTofu(#[from] OpenTofuError),
    /// Proxmox is not the one that the site names.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The token of Proxmox is not where the site says.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The seed server cannot be started.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The state directory cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// Whom the seed server shall believe is not known, or its serial cannot be kept.
    #[error(transparent)]
    Opening(#[from] OpeningError),
    /// A file of a run cannot be written.
    #[error("cannot write {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A seed server that somebody else runs is not as it must be.
    #[error(
        "the seed server at {url}, which this program does not start, does not serve this bundle: {why}"
    )]
    ElsewhereServer {
        /// Where it should answer.
        url: String,
        /// What was found.
        why: String,
    },
    /// A phase before the first one that was asked for does not stand.
    #[error("{by} cannot begin, because {needed} does not stand: {why}")]
    NotStanding {
        /// The phase that must stand.
        needed: Phase,
        /// The phase that was to begin.
        by: Phase,
        /// What was found.
        why: String,
    },
    /// A phase did its work, and its result does not stand.
    #[error("{phase} did its work, and still {why}")]
    Unconfirmed {
        /// The phase.
        phase: Phase,
        /// What was found.
        why: String,
    },
    /// Hosts are not as the phase should make them.
    #[error("{phase} is not done on {} of {of} hosts: {}", .failed.len(), named(.failed))]
    Hosts {
        /// The phase.
        phase: Phase,
        /// Names of hosts, and what failed on each.
        failed: Vec<(String, String)>,
        /// How many hosts there are.
        of: usize,
        /// What Ansible printed, if it ran.
        log: Option<PathBuf>,
    },
    /// Ansible ended without a word on how hosts are.
    #[error("Ansible ended early: how far {phase} came is not known")]
    Early {
        /// The phase.
        phase: Phase,
        /// What it printed.
        log: PathBuf,
    },
    /// A thread of this program ended early.
    #[error("a part of this program ended before its work was done")]
    Ended(#[from] tokio::task::JoinError),
}

fn named(failed: &[(String, String)]) -> String {
    let mut names: Vec<_> =
        failed.iter().take(MOST_NAMED).map(|(name, why)| format!("{name} ({why})")).collect();
    if let Some(more) = failed.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
        names.push(format!("and {more} more"));
    }
    names.join(", ")
}

impl Explain for ApplyError {
    fn fault(&self) -> Fault {
        match self {
            Self::Plan(error) => error.fault(),
            Self::Upgrade(error) => error.fault(),
            Self::Ansible(error) => error.fault(),
            Self::OpenTofu(error) => error.fault(),
            Self::Certificate(error) => error.fault(),
            Self::Secret(error) => error.fault(),
            Self::Service(error) => error.fault(),
            Self::State(error) => error.fault(),
            Self::Opening(error) => error.fault(),
            Self::File { source, .. } => Fault::of_io(source),
            Self::ElsewhereServer { .. }
            | Self::NotStanding { .. }
            | Self::Unconfirmed { .. }
            | Self::Hosts { .. }
            | Self::Early { .. } => Fault::Site,
            Self::Ended(_) => Fault::Defect,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Plan(error) => return error.hint(),
            Self::Upgrade(error) => return error.hint(),
            Self::Ansible(error) => return error.hint(),
            Self::OpenTofu(error) => return error.hint(),
            Self::Certificate(error) => return error.hint(),
            Self::Secret(error) => return error.hint(),
            Self::Service(error) => return error.hint(),
            Self::State(error) => return error.hint(),
            Self::Opening(error) => return error.hint(),
            Self::File { source, .. } => return sre_format::file_hint(source),
            Self::ElsewhereServer { .. } => {
                "start `sre-install serve` with this bundle there, give its \
                 authority with `--seed-authority FILE`, and run this again"
                    .into()
            }
            Self::NotStanding { needed, .. } => {
                format!("run without `--from` and `--only`, or with `--from {needed}`")
            }
            Self::Unconfirmed { .. } => {
                "run this again; if it says the same, the journal in the state \
                 directory has each step"
                    .into()
            }
            Self::Hosts { log: Some(log), .. } => format!(
                "mend the cause and run the same command again: it goes on with these hosts; {} has all \
                 that Ansible printed",
                log.display()
            ),
            Self::Hosts { log: None, .. } => {
                "mend the cause and run the same command again: it goes on from here".into()
            }
            Self::Early { log, .. } => {
                format!("{} has what it printed; run the same command again", log.display())
            }
            Self::Ended(_) => return None,
        })
    }
}
