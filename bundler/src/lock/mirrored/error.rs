//! What can be wrong with a registry of packages, or with a package.

use sre_format::{Explain, Fault, PlatformName, SourceUrl};
use sre_openpgp::VerifyError;

use crate::archive::ArchiveError;

/// Says why a package cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// A host that is no registry of this kind.
    #[error("{registry} offers no `{service}`")]
    NoService {
        /// The address that was asked.
        registry: SourceUrl,
        /// The service that was looked for.
        service: &'static str,
    },
    /// A registry does not know the package at all.
    #[error("{registry} knows no {name}")]
    Unknown {
        /// The registry.
        registry: SourceUrl,
        /// What was asked for.
        name: String,
    },
    /// A registry does not have the version.
    #[error("{name} has no version {version}")]
    NoVersion {
        /// What was asked for.
        name: String,
        /// The version.
        version: String,
        /// The newest versions that there are.
        offered: Vec<String>,
    },
    /// There is no package for a platform.
    #[error("{name} {version} is not there for {platform}, only for {}", join(.offered))]
    NoPlatform {
        /// What was asked for.
        name: String,
        /// The version.
        version: String,
        /// The platform.
        platform: PlatformName,
        /// The platforms that there are.
        offered: Vec<String>,
    },
    /// A document speaks of something else than was asked for.
    #[error("{what} speaks of {found}, and {wanted} was asked for")]
    Other {
        /// The document or package.
        what: String,
        /// What was asked for.
        wanted: String,
        /// What it speaks of.
        found: String,
    },
    /// A package is torn, or would be unpacked where it must not be.
    #[error("the package {package} is refused")]
    Package {
        /// The package.
        package: String,
        /// What is wrong with it.
        #[source]
        source: ArchiveError,
    },
    /// A package is not what it says of itself.
    #[error("the package {package} is refused: {reason}")]
    Contents {
        /// The package.
        package: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No version of a collection suits everybody who wants it.
    #[error(
        "no version of {name} suits everybody: {}; there are {}", .wishes.join(", "), join(.offered)
    )]
    Conflict {
        /// The collection.
        name: String,
        /// Who wants what.
        wishes: Vec<String>,
        /// The newest versions that there are.
        offered: Vec<String>,
    },
    /// The search for versions that suit everybody was given up.
    #[error("the collections depend on each other in too many ways to choose their versions")]
    TooEntangled,
    /// Something is needed that the manifest does not name.
    #[error("{by} needs {name}, which the manifest does not name")]
    Needed {
        /// What is needed.
        name: String,
        /// Who needs it.
        by: String,
    },
    /// Two archives hold the same collection.
    #[error("two archives hold the collection {name}")]
    Twins {
        /// The collection.
        name: String,
    },
    /// A file of sums that nobody known has signed.
    #[error("{sums} is not believed")]
    Signature {
        /// The file of sums.
        sums: SourceUrl,
        /// Why not.
        #[source]
        source: VerifyError,
    },
    /// A package does not hold what it is for.
    #[error("the package {package} holds no program `{wanted}`")]
    NoProgram {
        /// The package.
        package: SourceUrl,
        /// How the name of the program begins.
        wanted: String,
    },
}

impl Explain for MirrorError {
    fn fault(&self) -> Fault {
        match self {
            Self::Signature { source, .. } => source.fault(),
            Self::NoPlatform { .. }
            | Self::Conflict { .. }
            | Self::TooEntangled
            | Self::Needed { .. }
            | Self::Twins { .. } => Fault::Input,
            Self::NoService { .. }
            | Self::Unknown { .. }
            | Self::NoVersion { .. }
            | Self::Other { .. }
            | Self::Package { .. }
            | Self::Contents { .. }
            | Self::NoProgram { .. } => Fault::Upstream,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NoVersion { offered, .. } if !offered.is_empty() => {
                return Some(format!("the registry has {}", offered.join(", ")));
            }
            Self::Signature { source, .. } => return source.hint(),
            Self::NoService { .. } => "check the host of the source, or name its `registry`",
            Self::Unknown { .. } | Self::NoVersion { .. } => {
                "check the spelling; some registries answer 404 to whoever is not logged in"
            }
            Self::NoPlatform { .. } => "give it its own `platforms` in the manifest",
            Self::Conflict { .. } => "change what the manifest wants, or leave one of them out",
            Self::TooEntangled => "name one version of each collection in the manifest",
            Self::Needed { .. } => "name it in the manifest, too",
            Self::Twins { .. } => "keep one of them in the manifest",
            Self::Other { .. }
            | Self::Package { .. }
            | Self::Contents { .. }
            | Self::NoProgram { .. } => {
                "do not use it before you know why: upstream is broken, or somebody on the way lies"
            }
        };
        Some(text.into())
    }
}

fn join(offered: &[String]) -> String {
    if offered.is_empty() { "none that it names".into() } else { offered.join(", ") }
}
