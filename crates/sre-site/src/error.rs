//! What can be wrong with a site file.

use sre_format::{Explain, Fault, Problem};

use crate::words::RuleId;

/// Says why a site file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// It is larger than any site file.
    #[error(
        "{name} is larger than {} KiB, the most that a site file may have",
        crate::MAX_SITE_BYTES >> 10
    )]
    TooLarge {
        /// The file.
        name: String,
    },
    /// It is not text.
    #[error("{name} is not UTF-8 text")]
    NotText {
        /// The file.
        name: String,
    },
    /// Something in it is wrong.
    #[error("{name} has {}", count(.problems.len()))]
    Wrong {
        /// The file.
        name: String,
        /// Where, and what, in the order of the file.
        problems: Vec<Problem>,
    },
    /// Deviations from the hardening are no longer approved.
    #[error("{name} has deviations that have expired: {}", list(.rules))]
    DeviationExpired {
        /// The file.
        name: String,
        /// The rules that they are from.
        rules: Vec<RuleId>,
        /// Where they stand.
        problems: Vec<Problem>,
    },
}

fn count(problems: usize) -> String {
    if problems == 1 { "one problem".into() } else { format!("{problems} problems") }
}

fn list(rules: &[RuleId]) -> String {
    rules.iter().map(RuleId::as_str).collect::<Vec<_>>().join(", ")
}

impl Explain for SiteError {
    fn fault(&self) -> Fault {
        Fault::Input
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::TooLarge { .. } => "is this the right file? `sre-install init` writes a new one",
            Self::NotText { .. } => "save the file as UTF-8; is this the right file?",
            Self::DeviationExpired { .. } => {
                "have each approved again and write the new date, or remove it so that its rule holds"
            }
            Self::Wrong { .. } => return None,
        };
        Some(text.to_owned())
    }

    fn problems(&self) -> &[Problem] {
        match self {
            Self::Wrong { problems, .. } | Self::DeviationExpired { problems, .. } => problems,
            Self::TooLarge { .. } | Self::NotText { .. } => &[],
        }
    }
}
