//! Why a request cannot be met.

use sre_format::{Explain, Fault};

use super::Problem;
use crate::dependency::ParseDependencyError;

/// Says why there is no set of packages.
#[derive(Debug, thiserror::Error)]
pub enum SolveError {
    /// Nothing in the repositories is what was asked for.
    #[error("no package is or provides `{wish}`{}", because(.reason.as_deref()))]
    NoMatch {
        /// What was asked for.
        wish: String,
        /// Why packages of that name are out of sight, if there are some.
        reason: Option<String>,
    },
    /// No repository has the group.
    #[error("no repository has the group `{name}`")]
    NoSuchGroup {
        /// The group that was asked for.
        name: String,
    },
    /// No repository has the module or the stream.
    #[error("no repository has the module stream `{module}`; there is {}", list(.known))]
    NoSuchModule {
        /// The stream that was asked for.
        module: String,
        /// The streams that there are.
        known: Vec<String>,
    },
    /// A stream has no such profile.
    #[error("the module stream `{module}` has no profile `{profile}`; there is {}", list(.known))]
    NoSuchProfile {
        /// The stream.
        module: String,
        /// The profile that was asked for.
        profile: String,
        /// The profiles that there are.
        known: Vec<String>,
    },
    /// Two streams of one module are needed.
    #[error("module streams conflict: {reason}")]
    ModulesConflict {
        /// Which streams, and who needs them.
        reason: String,
    },
    /// A dependency of a package that cannot be understood.
    #[error("a dependency of {package} cannot be understood")]
    Dependency {
        /// The package.
        package: String,
        /// What is wrong with it.
        source: ParseDependencyError,
    },
    /// An expression that grows beyond all bounds when it is taken apart.
    #[error("a boolean dependency or the modules are too complex to be solved")]
    TooComplex,
    /// No consistent set.
    #[error("no set of packages meets everything that is asked:{}", lines(.problems))]
    Unsolvable {
        /// What stands in the way, each with the chain from the request.
        problems: Vec<Problem>,
    },
    /// The solver's answer does not hold; it is not given out.
    #[error("the solver gave a set that does not hold: {reason}")]
    Unproven {
        /// What does not hold.
        reason: String,
    },
}

impl Explain for SolveError {
    fn fault(&self) -> Fault {
        match self {
            Self::Dependency { .. } => Fault::Upstream,
            Self::Unproven { .. } => Fault::Defect,
            _ => Fault::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NoMatch { .. } => "add the repository that has it, or correct the name",
            Self::NoSuchGroup { .. } => {
                "correct the name, or add the repository that has the group"
            }
            Self::NoSuchModule { .. } | Self::NoSuchProfile { .. } => "ask for one that there is",
            Self::Dependency { .. } | Self::TooComplex => {
                "leave the package out with `exclude`, and tell its publisher"
            }
            Self::Unproven { .. } => "report it with the manifest: this is a defect of the program",
            Self::ModulesConflict { .. } => "ask for one stream of each module",
            Self::Unsolvable { .. } => {
                "add the repository that has what is missing, or ask for less at once: \
                 everything in one repository list is made to be installed together"
            }
        };
        Some(text.to_owned())
    }
}

fn because(reason: Option<&str>) -> String {
    reason.map(|reason| format!(": {reason}")).unwrap_or_default()
}

fn list(words: &[String]) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().fold(String::new(), |text, problem| text + "\n- " + &problem.to_string())
}
