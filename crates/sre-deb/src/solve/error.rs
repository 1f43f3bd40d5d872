//! Why what is asked for cannot be had.

use sre_format::{Explain, Fault};

use crate::relation::ParseRelationError;
use crate::version::Version;

/// Says why there is no closure.
#[derive(Debug, thiserror::Error)]
pub enum SolveError {
    /// No repository has a package of that name, or not in that version.
    #[error("no repository offers {name}{}{}", .version.as_ref().map(|one| format!(" in version {one}")).unwrap_or_default(), others(.offered))]
    NotOffered {
        /// The name that was asked for.
        name: String,
        /// The version that was asked for.
        version: Option<Version>,
        /// The versions that there are.
        offered: Vec<Version>,
    },
    /// What is asked for must not come.
    #[error("{name} is asked for and excluded at once")]
    Excluded {
        /// The name that was asked for.
        name: String,
    },
    /// The base system has a later version.
    #[error("the base system has {name} {there}, and apt does not go back to {version}")]
    Older {
        /// The name that was asked for.
        name: String,
        /// The version that is offered.
        version: Version,
        /// The version that is there.
        there: Version,
    },
    /// Several packages provide the name.
    #[error("{name} is no package; it is provided by {}", .providers.join(", "))]
    Ambiguous {
        /// The name that was asked for.
        name: String,
        /// The packages that provide it.
        providers: Vec<String>,
    },
    /// Something needs what nobody provides.
    #[error("{0}")]
    Missing(Missing),
    /// Everything is there, and excludes each other.
    #[error("not everything that is asked for can be installed on one host:\n{explanation}")]
    Conflict {
        /// What stands against what.
        explanation: String,
    },
    /// The search took too long.
    #[error("the search for a closure took too many steps")]
    TooHard,
    /// A package that was chosen describes itself wrongly.
    #[error("a chosen package describes itself wrongly")]
    Relation(#[source] ParseRelationError),
    /// The search gave a wrong answer.
    #[error("the search gave an answer that does not hold: {what}")]
    Unsound {
        /// What does not hold.
        what: String,
    },
}

/// A need that nobody meets, and how it came up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// From a package that was asked for to the one with the need, each with its version.
    pub chain: Vec<String>,
    /// What is needed.
    pub needs: String,
    /// The versions that there are, none of them right.
    pub offered: Vec<Version>,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (last, before) =
            self.chain.split_last().map_or(("", &[][..]), |(last, rest)| (last, rest));
        write!(formatter, "{last} needs {}, which nobody provides", self.needs)?;
        formatter.write_str(&others(&self.offered))?;
        for one in before.iter().rev() {
            write!(formatter, "; {one} needs it")?;
        }
        Ok(())
    }
}

fn others(offered: &[Version]) -> String {
    let all: Vec<_> = offered.iter().take(5).map(ToString::to_string).collect();
    if all.is_empty() { String::new() } else { format!(" (there is {})", all.join(", ")) }
}

impl Explain for SolveError {
    fn fault(&self) -> Fault {
        match self {
            Self::Relation(_) => Fault::Upstream,
            Self::Unsound { .. } | Self::TooHard => Fault::Defect,
            _ => Fault::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NotOffered { .. } => "check the spelling, the suite and the components",
            Self::Excluded { .. } => "take it out of `packages` or out of `exclude`",
            Self::Older { .. } => {
                "ask for that version or a later one, or give the repository a priority of 1000 or more"
            }
            Self::Ambiguous { .. } => "name one of them",
            Self::Missing(_) => {
                "add the repository or the component that has it, or name the base system that has it"
            }
            Self::Conflict { .. } => "ask for less at once, or for another version",
            Self::TooHard => "ask for less at once, in several tables",
            Self::Relation(_) => {
                "leave that package out with `exclude`, or name another repository"
            }
            Self::Unsound { .. } => return None,
        };
        Some(text.to_owned())
    }
}
