//! What can go wrong between repositories of upstream and the one of the bundle.

use sre_format::bundle::{BundlePath, FileError, ParsePathError};
use sre_format::{Digest, Explain, Fault, SourceUrl};
use sre_oci::transport::TransportError;
use sre_openpgp::VerifyError;
use sre_openpgp::signing::SigningError;
use sre_rpm::metadata::MetadataError;
use sre_rpm::package::PackageError;
use sre_rpm::solve::{ParseRequestError, SolveError};
use sre_rpm::write::WriteError;
use sre_rpm::{CatalogError, Nevra, UnknownArchitecture};

use crate::fetch::FetchError;
use crate::publisher_keys::PublisherKeysError;

/// Says why packages cannot be carried.
#[derive(Debug, thiserror::Error)]
pub enum RpmError {
    /// The architecture is none.
    #[error(transparent)]
    Architecture(#[from] UnknownArchitecture),
    /// A wish of the manifest cannot be understood.
    #[error("the manifest asks for something that cannot be understood")]
    Wish(#[from] ParseRequestError),
    /// A file of keys cannot be used.
    #[error(transparent)]
    Keys(#[from] PublisherKeysError),
    /// A server failed or refused.
    #[error("cannot fetch {url}")]
    Server {
        /// What was asked for.
        url: String,
        /// What the transport said.
        #[source]
        source: TransportError,
    },
    /// A server does not have something.
    #[error("{url} does not exist: the server answers 404")]
    Absent {
        /// What was asked for.
        url: String,
    },
    /// No place of a repository has what it should.
    #[error("no place of the repository `{repository}` gives its metadata: {}", told(.tried))]
    NoPlace {
        /// The repository.
        repository: String,
        /// What is wrong with each place.
        tried: Vec<RpmError>,
    },
    /// Metadata that names a chosen package twice, or not at all when it is read again.
    #[error("the metadata of `{repository}` names two packages by one checksum")]
    Twins {
        /// The repository.
        repository: String,
    },
    /// A mirror that has another index than the metalink says.
    #[error("{url} is not the index that the metalink names")]
    StaleMirror {
        /// Where it lies.
        url: String,
    },
    /// A URL in metadata or a list is none.
    #[error("`{text}` of the repository `{repository}` is no URL that could be fetched")]
    Url {
        /// The repository.
        repository: String,
        /// The text.
        text: String,
    },
    /// Metadata cannot be used.
    #[error("the metadata at {url} is refused")]
    Metadata {
        /// Where it lies.
        url: String,
        /// What is wrong with it.
        #[source]
        source: MetadataError,
    },
    /// A file of metadata is another one than the index says.
    #[error("{url} has the digest {found}, and the index of the repository says {expected}")]
    OtherMetadata {
        /// Where it lies.
        url: String,
        /// The digest that the index names.
        expected: Digest,
        /// The digest that it has.
        found: Digest,
    },
    /// A file of metadata that is larger than any real one.
    #[error("the index of the repository says that {url} has {size} bytes, more than any has")]
    TooLarge {
        /// Where it lies.
        url: String,
        /// The announced size.
        size: u64,
    },
    /// The index is not signed by a key of the manifest.
    #[error("nobody that is believed has signed the index at {url}")]
    IndexSignature {
        /// Where it lies.
        url: String,
        /// Why.
        #[source]
        source: VerifyError,
    },
    /// More packages than a catalog holds.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// There is no set of packages.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// A package is refused.
    #[error("a package of the repository `{repository}` is refused: {url}")]
    Package {
        /// The repository.
        repository: String,
        /// Where it lies.
        url: String,
        /// Why.
        #[source]
        source: PackageError,
    },
    /// A package that was fetched is refused.
    #[error("the package at `{path}` is refused")]
    Carried {
        /// Its place in the bundle.
        path: BundlePath,
        /// Why.
        #[source]
        source: PackageError,
    },
    /// A package that was fetched is another one than its place says.
    #[error("the package at `{path}` calls itself {found}")]
    OtherPackage {
        /// Its place in the bundle.
        path: BundlePath,
        /// What its header says.
        found: Nevra,
    },
    /// A package of a set that the manifest does not have.
    #[error("no table `[[rpm]]` of the manifest says who must have signed the package at `{path}`")]
    Unasked {
        /// Its place in the bundle.
        path: BundlePath,
    },
    /// The finished bundle cannot be read back.
    #[error(transparent)]
    Bundle(FileError),
    /// A package whose digest is of another kind than bundles have.
    #[error("the repository `{repository}` tells no SHA-256 of {package}")]
    NoSha256 {
        /// The repository.
        repository: String,
        /// The package.
        package: Nevra,
    },
    /// A name that cannot stand in a bundle.
    #[error("`{path}` cannot stand in a bundle")]
    Path {
        /// The path that it would have.
        path: String,
        /// Why not.
        #[source]
        source: ParsePathError,
    },
    /// Metadata of upstream does not have a package of the lock.
    #[error("the metadata of upstream does not have the package of `{path}`")]
    Gone {
        /// The place of the package in the bundle.
        path: BundlePath,
    },
    /// File lists that leave a package out.
    #[error("the file lists of the repository leave out {package}")]
    NoFileList {
        /// The package.
        package: Nevra,
    },
    /// A moment that is none.
    #[error("a package says that it was built {seconds} seconds after 1970, which is no date")]
    Moment {
        /// The seconds.
        seconds: u64,
    },
    /// The repository cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// What was made is not what the lock names.
    #[error("`{path}` is made with the digest {found}, and the lock names {locked}")]
    Differs {
        /// The place in the bundle.
        path: BundlePath,
        /// The digest of the lock.
        locked: Digest,
        /// The digest of what was made.
        found: Digest,
    },
    /// A locked repository without an index.
    #[error("the lock names no index of the repository `{set}`")]
    NoIndex {
        /// The repository.
        set: String,
    },
    /// The index cannot be signed.
    #[error("the index of a repository cannot be signed")]
    Sign(#[from] SigningError),
    /// The cache failed.
    #[error(transparent)]
    Cache(#[from] FetchError),
    /// A thread of ours died.
    #[error("a task ended without a result")]
    Task,
}

impl RpmError {
    pub(crate) fn metadata(url: &SourceUrl) -> impl FnOnce(MetadataError) -> Self {
        let url = url.to_string();
        move |source| Self::Metadata { url, source }
    }

    pub(crate) fn server(url: &SourceUrl) -> impl FnOnce(TransportError) -> Self {
        let url = url.to_string();
        move |source| Self::Server { url, source }
    }
}

impl Explain for RpmError {
    fn fault(&self) -> Fault {
        match self {
            Self::Architecture(_)
            | Self::Wish(_)
            | Self::Path { .. }
            | Self::NoIndex { .. }
            | Self::Unasked { .. } => Fault::Input,
            Self::Keys(error) => error.fault(),
            Self::Server { source, .. } => source.fault(),
            Self::Metadata { source, .. } => source.fault(),
            Self::IndexSignature { source, .. } => source.fault(),
            Self::Sign(error) => error.fault(),
            Self::Catalog(error) => error.fault(),
            Self::Solve(error) => error.fault(),
            Self::Package { source, .. } | Self::Carried { source, .. } => source.fault(),
            Self::Bundle(error) => error.fault(),
            Self::Write(error) => error.fault(),
            Self::Cache(error) => error.fault(),
            Self::NoPlace { tried, .. } => worst(tried),
            Self::OtherMetadata { .. } | Self::OtherPackage { .. } => Fault::Integrity,
            Self::Absent { .. }
            | Self::StaleMirror { .. }
            | Self::Twins { .. }
            | Self::Url { .. }
            | Self::TooLarge { .. }
            | Self::NoSha256 { .. }
            | Self::Gone { .. }
            | Self::NoFileList { .. }
            | Self::Moment { .. }
            | Self::Differs { .. } => Fault::Upstream,
            Self::Task => Fault::Defect,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Keys(error) => return error.hint(),
            Self::Server { source, .. } => return source.hint(),
            Self::Metadata { source, .. } => return source.hint(),
            Self::IndexSignature { source, .. } => return source.hint(),
            Self::Sign(error) => return error.hint(),
            Self::Catalog(error) => return error.hint(),
            Self::Solve(error) => return error.hint(),
            Self::Package { source, .. } | Self::Carried { source, .. } => return source.hint(),
            Self::Bundle(error) => return error.hint(),
            Self::Write(error) => return error.hint(),
            Self::Cache(error) => return error.hint(),
            Self::NoPlace { tried, .. } if tried.len() == 1 => return tried[0].hint(),
            Self::Architecture(_) | Self::Wish(_) => "correct the table `[[rpm]]` of the manifest",
            Self::Absent { .. } => "check the spelling, or look where upstream has moved it",
            Self::NoPlace { .. } => "check `baseurl`, `mirrorlist` or `metalink` of the manifest",
            Self::Url { .. } => "have the publisher mend it, or name `baseurl`",
            Self::OtherMetadata { .. } | Self::StaleMirror { .. } | Self::Twins { .. } => {
                "the mirror may be changing right now; try again or name another one"
            }
            Self::TooLarge { .. } => "do not use this mirror",
            Self::OtherPackage { .. } => {
                "do not use this mirror; run `sre-bundle lock` again with another one"
            }
            Self::NoSha256 { .. } => {
                "ask the publisher for SHA-256 metadata (`createrepo_c --checksum sha256`)"
            }
            Self::Path { .. } => {
                "leave the package out with `exclude`, or give the file of keys another name"
            }
            Self::Gone { .. }
            | Self::Differs { .. }
            | Self::NoIndex { .. }
            | Self::Unasked { .. } => {
                "run `sre-bundle lock` to resolve it again, and look at `sre-bundle diff`"
            }
            Self::NoFileList { .. } | Self::Moment { .. } => {
                "ask the publisher to make the metadata of the repository again"
            }
            Self::Task => return None,
        };
        Some(text.into())
    }
}

/// Gives the fault of what somebody has tampered with, or else that of the preferred place.
fn worst(tried: &[RpmError]) -> Fault {
    let mut faults = tried.iter().map(Explain::fault);
    let tampered = faults.clone().find(|fault| matches!(fault, Fault::Trust | Fault::Integrity));
    tampered.or_else(|| faults.next()).unwrap_or(Fault::Upstream)
}

/// Gives errors with their causes in one line.
fn told(errors: &[RpmError]) -> String {
    let one = |error: &RpmError| {
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    };
    errors.iter().map(one).collect::<Vec<_>>().join("; ")
}
