//! What can go wrong while a registry is filled.

use std::fmt;

use sre_format::bundle::ReadError;
use sre_format::contents::ImagesError;
use sre_format::{Digest, Explain, Fault};
use sre_oci::names::NameError;
use sre_oci::{ClientError, ManifestError, TransportError};

/// The most conflicts that one message lists; `plan` shows all.
const MAX_CONFLICTS: usize = 20;
/// The most problems of an audit that one message lists; nothing else shows them.
const MAX_PROBLEMS: usize = 200;

/// A tag that names something else in the target.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Conflict {
    /// The full name in the target.
    pub name: String,
    /// The digest that the bundle carries.
    pub carried: Digest,
    /// The digest that the target has; none where it has something and cannot tell what.
    pub found: Option<Digest>,
}

/// Says why a registry could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The target cannot be understood.
    #[error("`{text}` is not a target: {reason}")]
    Target {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A name of the bundle has no place in the target.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The bundle lacks what its own index names, or names what cannot be read.
    #[error("the bundle is not complete: {what}")]
    Incomplete {
        /// What is wrong with it.
        what: String,
    },
    /// A manifest in the bundle is refused.
    #[error("cannot read the manifest {digest} of the bundle")]
    Manifest {
        /// Its digest.
        digest: Digest,
        /// Why.
        source: ManifestError,
    },
    /// The index of signatures of the bundle is not what it should be.
    #[error(transparent)]
    Signatures(#[from] ImagesError),
    /// The bundle cannot be read.
    #[error("cannot read the bundle")]
    Read(#[from] ReadError),
    /// The target failed or refused.
    #[error("cannot {action} {name}")]
    Registry {
        /// What was being done.
        action: &'static str,
        /// With what.
        name: String,
        /// Why not.
        source: Box<ClientError>,
    },
    /// The target cannot be asked at all.
    #[error("cannot use the target registry")]
    Transport(#[from] TransportError),
    /// Tags that stand in the target already and name something else.
    #[error("{}", list("the target already has something else under", conflicts, MAX_CONFLICTS))]
    Conflicts {
        /// All of them.
        conflicts: Vec<Conflict>,
    },
    /// The target did not keep what was sent.
    #[error("{}", list("the audit failed for", problems, MAX_PROBLEMS))]
    Audit {
        /// Each problem.
        problems: Vec<String>,
    },
    /// A file with a password cannot be read.
    #[error("cannot read the password file {}", path.display())]
    Password {
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A task of ours ended in a panic.
    #[error("a part of the work ended in a panic")]
    Task(#[source] tokio::task::JoinError),
}

/// What is being done when referrers are listed.
pub(super) const LIST_REFERRERS: &str = "list the referrers of";

impl SeedError {
    /// Gives the bundle's own error where that is why sending failed.
    fn read_error(&self) -> Option<&ReadError> {
        let Self::Registry { source, .. } = self else { return None };
        let ClientError::Transport(TransportError::Source { source, .. }) = source.as_ref() else {
            return None;
        };
        source.get_ref()?.downcast_ref()
    }
}

impl Explain for SeedError {
    fn fault(&self) -> Fault {
        if let Some(error) = self.read_error() {
            return error.fault();
        }
        let of_registry = |fault| match fault {
            Fault::Upstream => Fault::Site,
            other => other,
        };
        match self {
            Self::Target { .. } => Fault::Usage,
            Self::Name(error) => error.fault(),
            Self::Incomplete { .. } | Self::Manifest { .. } => Fault::Integrity,
            Self::Signatures(error) => error.fault(),
            Self::Read(error) => error.fault(),
            Self::Registry { source, .. } => of_registry(source.fault()),
            Self::Transport(error) => of_registry(error.fault()),
            Self::Conflicts { .. } => Fault::Conflict,
            Self::Audit { .. } => Fault::Site,
            Self::Password { source, .. } => Fault::of_named_file(source),
            Self::Task(_) => Fault::Defect,
        }
    }

    fn hint(&self) -> Option<String> {
        if let Some(error) = self.read_error() {
            return error.hint();
        }
        match self {
            Self::Target { .. } => {
                Some("give `--to https://registry.example[/prefix]`, or http:// without TLS".into())
            }
            Self::Name(error) => error.hint(),
            Self::Incomplete { .. } | Self::Manifest { .. } | Self::Signatures(_) => {
                Some("build the bundle again; this one does not hold together".into())
            }
            Self::Read(error) => error.hint(),
            Self::Registry { action: "send" | "mount", source, .. } if is_unknown_name(source) => {
                Some(
                    "make the project first, as Harbor asks for: it is the first part of the path; \
                     or seed below one that is there with `--to https://registry/project`"
                        .into(),
                )
            }
            Self::Registry { action: LIST_REFERRERS, source, .. } if source.is_unreadable() => Some(
                "the registry cannot read a list that it keeps; `--overwrite-tags` writes it anew"
                    .into(),
            ),
            Self::Registry { source, .. } => source.hint(),
            Self::Transport(error) => error.hint(),
            Self::Conflicts { .. } => Some(
                "compare them (`sre-install plan`), then move the tags with `--overwrite-tags` \
                 or choose another prefix"
                    .into(),
            ),
            Self::Audit { .. } => {
                Some("run the same command again; if this stays, see the registry's log".into())
            }
            Self::Password { .. } => Some(
                "give a file with the password in its first line, readable by this user".into(),
            ),
            Self::Task(_) => None,
        }
    }
}

/// Says whether a registry takes nothing under a name that it does not know yet.
fn is_unknown_name(error: &ClientError) -> bool {
    error.status().is_some_and(|status| status.as_u16() == 404)
}

impl fmt::Display for Conflict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = shown(self.found.as_ref());
        write!(formatter, "{} (it has {found}, the bundle {})", self.name, self.carried)
    }
}

/// Names what a target has under a tag.
pub(super) fn shown(found: Option<&Digest>) -> String {
    found.map_or_else(|| "something that it cannot read itself".to_owned(), Digest::to_string)
}

fn list<T: fmt::Display>(what: &str, things: &[T], limit: usize) -> String {
    if let [one] = things {
        return format!("{what} {one}");
    }
    let mut lines = vec![format!("{what} {} names", things.len())];
    lines.extend(things.iter().take(limit).map(|thing| format!("  {thing}")));
    if things.len() > limit {
        lines.push(format!("  and {} more", things.len() - limit));
    }
    lines.join("\n")
}
