//! What can go wrong while inputs are resolved.

use std::fmt;
use std::io;
use std::path::PathBuf;

use sre_format::{Digest, Explain, Fault, ImageReference, PlatformName, SourceUrl};
use sre_oci::Descriptor;
use sre_oci::client::ClientError;
use sre_oci::transport::TransportError;
use sre_openpgp::VerifyError;

use super::MirrorError;
use super::hints::{hints, server_hint};
use crate::deb::DebError;
use crate::fetch::FetchError;
use crate::folder::FolderError;
use crate::git::GitError;
use crate::publisher_keys::PublisherKeysError;
use crate::rpm::RpmError;

/// Says why an input cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// A registry failed or refused.
    #[error("cannot resolve {reference}")]
    Registry {
        /// What was asked for.
        reference: ImageReference,
        /// What the registry said.
        #[source]
        source: ClientError,
    },
    /// A registry does not have it.
    #[error("{reference} does not exist: its registry answers 404")]
    NoImage {
        /// What was asked for.
        reference: ImageReference,
    },
    /// An image exists, but not for a platform.
    #[error("{reference} is not there for {wanted}, only for {}", join(.offered))]
    NoPlatform {
        /// The image.
        reference: ImageReference,
        /// The platform that is wanted.
        wanted: PlatformName,
        /// The platforms that there are.
        offered: Vec<String>,
    },
    /// Upstream has something else than the lock states without having asked.
    #[error("{reference} is not what the lock states: stated {stated}, found {found}")]
    Unconfirmed {
        /// The image.
        reference: ImageReference,
        /// The digest that the lock states.
        stated: Digest,
        /// The digest that upstream has.
        found: Digest,
    },
    /// A layer that registries need not have.
    #[error(
        "{reference} has the layer {digest}, which its registry does not hold (a foreign layer)"
    )]
    Foreign {
        /// The image.
        reference: ImageReference,
        /// The layer.
        digest: Digest,
    },
    /// Indexes in indexes, or more referrers than anyone needs.
    #[error("{reference} has too many {what}")]
    TooMany {
        /// The image.
        reference: ImageReference,
        /// Of what.
        what: &'static str,
    },
    /// A manifest that is not what a document says of it.
    #[error(
        "{reference} is `{}` of {} bytes, and what names it says `{}` of {} bytes",
        .found.media_type, .found.size, .promised.media_type, .promised.size
    )]
    Contradiction {
        /// The manifest.
        reference: ImageReference,
        /// What an index or a list of referrers says.
        promised: Box<Descriptor>,
        /// What it is.
        found: Box<Descriptor>,
    },
    /// A configuration that is not JSON.
    #[error("the configuration of {reference} cannot be understood")]
    Config {
        /// The image.
        reference: ImageReference,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// A server failed or refused.
    #[error("cannot fetch {what}")]
    Server {
        /// The URL.
        what: String,
        /// What the transport said.
        #[source]
        source: TransportError,
    },
    /// A server does not have it.
    #[error("{url} does not exist: the server answers 404")]
    NoFile {
        /// The URL.
        url: SourceUrl,
    },
    /// Bytes with another digest than somebody promised.
    #[error("{what} has the digest {found}, and {who} says {expected}")]
    WrongDigest {
        /// What was looked at.
        what: String,
        /// Who promised.
        who: String,
        /// The digest that was promised.
        expected: Digest,
        /// The digest that it has.
        found: Digest,
    },
    /// An artifact that is no chart.
    #[error("{reference} is no Helm chart but `{found}`")]
    NoChart {
        /// The artifact.
        reference: ImageReference,
        /// What it is.
        found: String,
    },
    /// A repository without the chart or the version.
    #[error("{repository} has no chart {name} {version}")]
    NoVersion {
        /// The repository.
        repository: SourceUrl,
        /// The chart.
        name: String,
        /// The version.
        version: String,
        /// The newest versions that there are.
        offered: Vec<String>,
    },
    /// YAML or an archive that cannot be understood.
    #[error("{what} cannot be understood: {reason}")]
    Malformed {
        /// The document.
        what: String,
        /// Why not.
        reason: String,
    },
    /// A chart whose repository gives no name for a registry.
    #[error("the chart {name} of {repository} cannot be named in a registry")]
    Unnameable {
        /// The chart.
        name: String,
        /// The repository.
        repository: SourceUrl,
        /// Why not.
        #[source]
        source: sre_format::ParseReferenceError,
    },
    /// A chart without the provenance file that the manifest wants checked.
    #[error("{chart} has no provenance file, and the manifest names a `keyring` for it")]
    NoProvenance {
        /// The chart.
        chart: String,
    },
    /// A provenance file that nobody known signed.
    #[error("the provenance file of {chart} is not believed")]
    Provenance {
        /// The chart.
        chart: String,
        /// Why not.
        #[source]
        source: VerifyError,
    },
    /// A file of public keys that cannot be used.
    #[error(transparent)]
    PublisherKeys(#[from] PublisherKeysError),
    /// A checksum file that does not list the file.
    #[error("{sums} does not list `{name}`")]
    NotListed {
        /// The checksum file.
        sums: SourceUrl,
        /// The file.
        name: String,
    },
    /// A file of this machine with another digest than the manifest names.
    #[error("{path} has the digest {found}, and the manifest says {expected}")]
    OtherFile {
        /// The file.
        path: PathBuf,
        /// The digest that the manifest names.
        expected: Digest,
        /// The digest that it has.
        found: Digest,
    },
    /// A file of this machine that cannot be read.
    #[error("cannot read {path}")]
    Local {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// RPM packages cannot be chosen or checked.
    #[error("cannot resolve the packages of `{name}`")]
    Rpm {
        /// The name of the table in the manifest.
        name: String,
        /// Why not.
        #[source]
        source: Box<RpmError>,
    },
    /// The cache failed.
    #[error(transparent)]
    Cache(#[from] FetchError),
    /// A folder of this machine cannot be packed.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// What a registry of packages says or gives is refused.
    #[error(transparent)]
    Mirror(#[from] MirrorError),
    /// Packages of Debian and its kin cannot be chosen or checked.
    #[error("cannot resolve the packages of `{name}`")]
    Deb {
        /// The name of the table in the manifest.
        name: String,
        /// Why not.
        #[source]
        source: Box<DebError>,
    },
    /// A commit cannot be carried.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Two inputs come to the same name.
    #[error("two inputs come to the name {reference}")]
    Twins {
        /// The name.
        reference: ImageReference,
    },
    /// A thread of ours died.
    #[error("a task ended without a result")]
    Task,
    /// Several of these.
    #[error("{} inputs cannot be resolved{}", .0.len(), list(.0))]
    Several(Vec<ResolveError>),
}

impl ResolveError {
    /// Makes one error of all, in a stable order.
    pub(super) fn together(mut errors: Vec<Self>) -> Option<Self> {
        if errors.len() < 2 {
            return errors.pop();
        }
        errors.sort_by_cached_key(ToString::to_string);
        Some(Self::Several(errors))
    }
}

fn join(offered: &[String]) -> String {
    if offered.is_empty() { "none that it names".into() } else { offered.join(", ") }
}

/// Shows each error with its causes on a line of its own.
fn list(errors: &[ResolveError]) -> impl fmt::Display {
    let line = |error: &ResolveError| {
        let mut line = format!("\n  {error}");
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            let text = error.to_string();
            // Wrappers of the HTTP library repeat what they wrap.
            if !line.ends_with(&text) {
                line = format!("{line}: {text}");
            }
            cause = error.source();
        }
        line
    };
    errors.iter().map(line).collect::<String>()
}

impl Explain for ResolveError {
    fn fault(&self) -> Fault {
        match self {
            Self::Registry { source, .. } => source.fault(),
            Self::Server { source, .. } => source.fault(),
            Self::Provenance { source, .. } => source.fault(),
            Self::NoProvenance { .. } => Fault::Trust,
            Self::PublisherKeys(error) => error.fault(),
            Self::NoImage { .. }
            | Self::NoFile { .. }
            | Self::Contradiction { .. }
            | Self::Config { .. }
            | Self::WrongDigest { .. }
            | Self::Unconfirmed { .. }
            | Self::Malformed { .. }
            | Self::NotListed { .. }
            | Self::NoVersion { .. } => Fault::Upstream,
            Self::NoPlatform { .. }
            | Self::Foreign { .. }
            | Self::TooMany { .. }
            | Self::NoChart { .. }
            | Self::Unnameable { .. }
            | Self::OtherFile { .. }
            | Self::Twins { .. } => Fault::Input,
            Self::Local { source, .. } => match Fault::of_named_file(source) {
                Fault::Usage => Fault::Input,
                fault => fault,
            },
            Self::Rpm { source, .. } => source.fault(),
            Self::Cache(error) => error.fault(),
            Self::Folder(error) => error.fault(),
            Self::Mirror(error) => error.fault(),
            Self::Deb { source, .. } => source.fault(),
            Self::Git(error) => error.fault(),
            Self::Task => Fault::Defect,
            Self::Several(errors) => errors.first().map_or(Fault::Defect, Explain::fault),
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Registry { source, .. } => return source.hint(),
            Self::Server { source, .. } => return server_hint(source),
            Self::Rpm { source, .. } => return source.hint(),
            Self::Cache(error) => return error.hint(),
            Self::Provenance { source, .. } => return source.hint(),
            Self::PublisherKeys(error) => return error.hint(),
            Self::NoProvenance { .. } => {
                "ask upstream for a signed chart; without `keyring` its digest alone is checked"
            }
            Self::Folder(error) => return error.hint(),
            Self::Mirror(error) => return error.hint(),
            Self::Deb { source, .. } => return source.hint(),
            Self::Git(error) => return error.hint(),
            Self::NoImage { .. } => {
                "check the spelling; some registries answer 404 to whoever is not logged in"
            }
            Self::NoFile { .. } => "check the spelling, or look where upstream has moved it",
            Self::NoPlatform { .. } => {
                "give the image its own `platforms` in the manifest, or another tag"
            }
            Self::Unconfirmed { .. } => {
                "find out which of the two is right; if it is upstream's, correct the list and run \
                 `sre-bundle lock --from-list` again"
            }
            Self::Foreign { .. } => "choose an image whose layers its registry holds",
            Self::TooMany { .. } => "no honest image has that many: choose another one",
            Self::Contradiction { .. } => {
                "do not use it before you know why: have it pushed again, or choose another image"
            }
            Self::Config { .. } | Self::Malformed { .. } => {
                "upstream has to mend it; a proxy's page in its place looks the same"
            }
            Self::WrongDigest { .. } => {
                "do not use it before you know why: upstream replaced it, or somebody on the way did"
            }
            Self::NoChart { .. } => "list it under `[[image]]`, or correct the `ref` of the chart",
            Self::NoVersion { offered, .. } if !offered.is_empty() => {
                return Some(format!("the repository has {}", offered.join(", ")));
            }
            Self::NoVersion { .. } => "check the name of the chart",
            Self::Unnameable { .. } => "take the chart from a registry (`ref = \"oci://...\"`)",
            Self::NotListed { .. } => "give `sha256`, or the checksum file that lists it",
            Self::OtherFile { .. } => {
                "put the right file there, or correct its `sha256` in the manifest"
            }
            Self::Local { .. } => "check the path: it is relative to the manifest",
            Self::Twins { .. } => "remove one of them from the manifest",
            Self::Several(errors) => return hints(errors),
            Self::Task => return None,
        };
        Some(text.into())
    }
}
