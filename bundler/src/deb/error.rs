//! What can go wrong between repositories of upstream and the one of the bundle.

use std::io;
use std::path::PathBuf;

use sre_deb::{BaseError, MetadataError, ParseVersionError, SolveError};
use sre_format::bundle::{BundlePath, ParsePathError};
use sre_format::{Digest, Explain, Fault, SourceUrl, SourceUrlError};
use sre_oci::transport::TransportError;
use sre_openpgp::VerifyError;
use sre_openpgp::signing::SigningError;

use crate::lock::ResolveError;
use crate::publisher_keys::PublisherKeysError;

/// Says why packages cannot be carried.
#[derive(Debug, thiserror::Error)]
pub enum DebError {
    /// A file of this machine cannot be read.
    #[error("cannot read {path}")]
    Local {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file of this machine is larger than any of its kind.
    #[error("{path} has more than {limit} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        limit: u64,
    },
    /// A file of keys cannot be used.
    #[error(transparent)]
    Keys(#[from] PublisherKeysError),
    /// A server failed or refused.
    #[error("cannot fetch {url}")]
    Server {
        /// The address.
        url: SourceUrl,
        /// What the transport said.
        #[source]
        source: TransportError,
    },
    /// There is no repository at the address.
    #[error("{url} has neither `InRelease` nor `Release`: it is no suite of an apt repository")]
    NoRelease {
        /// The folder of the suite.
        url: SourceUrl,
    },
    /// A repository without a signature.
    #[error("{url} is not signed: there is neither `InRelease` nor `Release.gpg`")]
    Unsigned {
        /// The `Release`.
        url: SourceUrl,
    },
    /// No key of the manifest vouches for the repository.
    #[error("no key of the manifest vouches for {url}")]
    Signature {
        /// What is signed.
        url: SourceUrl,
        /// What is wrong.
        #[source]
        source: VerifyError,
    },
    /// A signed file that is no text.
    #[error("{url} is no text")]
    NotText {
        /// The file.
        url: SourceUrl,
    },
    /// A file of a repository cannot be understood, or is stale.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// A suite without the component or the architecture.
    #[error(
        "{suite} has no packages in `{component}` for {architecture}; it has the components {} for {}",
        .components.join(", "), .architectures.join(", ")
    )]
    NoIndex {
        /// The suite.
        suite: String,
        /// The component.
        component: String,
        /// The architecture.
        architecture: String,
        /// The components that there are.
        components: Vec<String>,
        /// The architectures that there are.
        architectures: Vec<String>,
    },
    /// An index with another digest than its `Release` names.
    #[error("{url} has the digest {found}, and its signed `Release` says {expected}")]
    WrongIndex {
        /// The index.
        url: SourceUrl,
        /// The digest of the signed file.
        expected: Digest,
        /// The digest that it has.
        found: Digest,
    },
    /// An index cannot be fetched or kept.
    #[error(transparent)]
    Index(#[from] Box<ResolveError>),
    /// An index went out of the cache again.
    #[error("{index} is no longer in the cache")]
    Uncached {
        /// The index.
        index: String,
    },
    /// The list of what hosts have cannot be used.
    #[error(transparent)]
    Base(#[from] BaseError),
    /// A version of the manifest is none.
    #[error(transparent)]
    Version(#[from] ParseVersionError),
    /// What is asked for cannot be had.
    #[error("there is no closure for {architecture}")]
    Solve {
        /// The architecture.
        architecture: String,
        /// Why not.
        #[source]
        source: SolveError,
    },
    /// A package for all architectures was chosen in two versions.
    #[error(
        "the package {package} for all architectures is wanted in one version on some hosts and in another on others"
    )]
    Skewed {
        /// The name of the package.
        package: String,
    },
    /// An address cannot be made.
    #[error("a path below {base} makes no address")]
    Url {
        /// The repository.
        base: SourceUrl,
        /// Why not.
        #[source]
        source: SourceUrlError,
    },
    /// A package has a name that cannot stand in a bundle.
    #[error("`{path}` of the repository cannot stand in a bundle")]
    Path {
        /// Its path below the repository.
        path: String,
        /// Why not.
        #[source]
        source: ParsePathError,
    },
    /// The lock describes a package wrongly.
    #[error("the lock describes a package wrongly")]
    Record(#[source] MetadataError),
    /// A set of the lock has no date.
    #[error("the lock contradicts itself: the repository `{set}` has no date")]
    Date {
        /// The repository.
        set: String,
    },
    /// The lock lacks a row that a repository needs.
    #[error("the lock contradicts itself: it has no `{path}`")]
    NoRow {
        /// The place in the bundle.
        path: BundlePath,
    },
    /// An index cannot be packed.
    #[error("cannot pack an index")]
    Pack(#[source] io::Error),
    /// What was made is not what the lock names.
    #[error("`{path}` is made with the digest {found}, and the lock names {}", .locked.map_or_else(|| "none".to_owned(), |one| one.to_string()))]
    Differs {
        /// The place in the bundle.
        path: BundlePath,
        /// The digest of the lock.
        locked: Option<Digest>,
        /// The digest of what was made.
        found: Digest,
    },
    /// A repository cannot be signed.
    #[error("the metadata of a repository cannot be signed")]
    Sign(#[from] SigningError),
    /// A thread of ours died.
    #[error("a task ended without a result")]
    Task,
}

impl Explain for DebError {
    fn fault(&self) -> Fault {
        match self {
            Self::Local { source, .. } => match Fault::of_named_file(source) {
                Fault::Usage => Fault::Input,
                fault => fault,
            },
            Self::TooLarge { .. }
            | Self::Version(_)
            | Self::Skewed { .. }
            | Self::Path { .. }
            | Self::Record(_)
            | Self::Date { .. }
            | Self::NoRow { .. }
            | Self::Differs { .. } => Fault::Input,
            Self::Keys(error) => error.fault(),
            Self::Server { source, .. } => source.fault(),
            Self::Unsigned { .. } => Fault::Trust,
            Self::Signature { source, .. } => source.fault(),
            Self::NoRelease { .. }
            | Self::NotText { .. }
            | Self::NoIndex { .. }
            | Self::WrongIndex { .. }
            | Self::Url { .. } => Fault::Upstream,
            Self::Metadata(error) => error.fault(),
            Self::Index(error) => error.fault(),
            Self::Uncached { .. } => Fault::Site,
            Self::Base(error) => error.fault(),
            Self::Solve { source, .. } => source.fault(),
            Self::Sign(error) => error.fault(),
            Self::Pack(_) | Self::Task => Fault::Defect,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Local { .. } => "check the path: it is relative to the manifest",
            Self::TooLarge { .. } => "name the right file",
            Self::Keys(error) => return error.hint(),
            Self::Server { source, .. } => return source.hint(),
            Self::NoRelease { .. } => {
                "check `url` and `suites`; the suite of a flat repository ends in a slash: `./`"
            }
            Self::Unsigned { .. } => "ask its publisher to sign it; nothing unsigned is believed",
            Self::Signature { source, .. } => return source.hint(),
            Self::NotText { .. } => "a proxy's page in its place looks the same",
            Self::Metadata(error) => return error.hint(),
            Self::NoIndex { .. } => "check `components` and `architectures`",
            Self::WrongIndex { .. } => {
                "the repository was updated this very moment, or somebody on the way changed it: run it again"
            }
            Self::Index(error) => return error.hint(),
            Self::Uncached { .. } => "run the same command again",
            Self::Base(error) => return error.hint(),
            Self::Skewed { .. } => {
                "give each architecture a table of its own, with `architectures = [\"amd64\"]`"
            }
            Self::Version(_) => "write it as the repository has it: `name=1.2.3-4`",
            Self::Solve { source, .. } => return source.hint(),
            Self::Path { .. } => "give the repository a shorter name in the manifest",
            Self::Record(_) | Self::Date { .. } | Self::NoRow { .. } | Self::Differs { .. } => {
                "run `sre-bundle lock` with this version; nobody else writes a lock"
            }
            Self::Sign(error) => return error.hint(),
            Self::Url { .. } => "check `url` in the manifest",
            Self::Pack(_) | Self::Task => return None,
        };
        Some(text.into())
    }
}
