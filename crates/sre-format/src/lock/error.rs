//! What can be wrong with a lock.

use crate::{Explain, Fault, Problem};

/// Says why a lock cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// It is larger than any lock.
    #[error("{name} is larger than {} MiB, the most that a lock may have", super::MAX_LOCK_BYTES >> 20)]
    TooLarge {
        /// The lock.
        name: String,
    },
    /// It is not text.
    #[error("{name} is not UTF-8 text")]
    NotText {
        /// The lock.
        name: String,
    },
    /// It was written by a newer or a much older program.
    #[error("{name} has version {found}, and this program reads version {}", super::LOCK_VERSION)]
    Version {
        /// The lock.
        name: String,
        /// The version that it has.
        found: u64,
    },
    /// Something in it is not what this program writes.
    #[error("{name} is not a lock that `sre-bundle lock` wrote")]
    Wrong {
        /// The lock.
        name: String,
        /// Where, and what.
        problems: Vec<Problem>,
    },
}

impl Explain for LockError {
    fn fault(&self) -> Fault {
        Fault::Input
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Version { found, .. } if *found > u64::from(super::LOCK_VERSION) => {
                "use the version of sre-bundle that wrote it, or a newer one".into()
            }
            _ => {
                "restore the file from version control: its serial must go on; if that cannot be, \
                  move it away and run `sre-bundle lock`, which then begins with serial 1"
                    .into()
            }
        })
    }

    fn problems(&self) -> &[Problem] {
        match self {
            Self::Wrong { problems, .. } => problems,
            Self::TooLarge { .. } | Self::NotText { .. } | Self::Version { .. } => &[],
        }
    }
}
