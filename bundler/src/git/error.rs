//! What can go wrong between a repository and its archive.

use std::io;

use sre_format::lock::ObjectId;
use sre_format::{Explain, Fault};

use super::pack::{MAX_BYTES, MAX_FILES};
use crate::fetch::FetchError;

/// Says why a commit cannot be carried.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The program cannot be run.
    #[error("cannot run `git`")]
    Program(#[source] io::Error),
    /// The program failed.
    #[error("`git` cannot {action} {repository}: {said}")]
    Failed {
        /// What was tried.
        action: &'static str,
        /// The repository.
        repository: String,
        /// The last of what the program said.
        said: String,
    },
    /// The repository has no such tag or branch.
    #[error("{repository} has no tag and no branch `{reference}`")]
    NoReference {
        /// The repository.
        repository: String,
        /// What was looked for.
        reference: String,
    },
    /// A tag or branch that leads to another commit than the manifest or the lock names.
    #[error("`{reference}` of {repository} leads to {found}, and {who} names {expected}")]
    Moved {
        /// The repository.
        repository: String,
        /// The tag or branch.
        reference: String,
        /// Who names the commit.
        who: &'static str,
        /// The commit that is named.
        expected: ObjectId,
        /// The commit to which it leads.
        found: ObjectId,
    },
    /// An object with other bytes than its id says.
    #[error("the object {id} is not what its id says")]
    WrongHash {
        /// The object.
        id: ObjectId,
    },
    /// Two contents for one id: somebody made a collision of SHA-1.
    #[error("the object {id} is part of a collision of SHA-1")]
    Collision {
        /// The object.
        id: ObjectId,
    },
    /// An object that is not what is wanted, or that cannot be understood.
    #[error("the object {id} is no {wanted}")]
    NoObject {
        /// The object.
        id: ObjectId,
        /// What it should be.
        wanted: &'static str,
    },
    /// A repository within the repository.
    #[error("`{path}` is a submodule at {commit}, and submodules are not carried")]
    Submodule {
        /// Its path in the tree.
        path: String,
        /// Its commit.
        commit: ObjectId,
    },
    /// A link that leads out of the tree.
    #[error("the link `{path}` leads out of the repository")]
    Link {
        /// Its path in the tree.
        path: String,
    },
    /// A name that no file may have.
    #[error("`{path}` is no name that can be carried")]
    Name {
        /// The path.
        path: String,
    },
    /// More than any repository of configuration has.
    #[error("the commit has more than {MAX_FILES} files or {} MiB", MAX_BYTES >> 20)]
    TooLarge,
    /// The conversation with the program broke off.
    #[error("`git` stopped while its objects were read")]
    Talk(#[source] io::Error),
    /// The archive has another digest than the lock says.
    #[error("the archive of {what} was locked by another version of this program")]
    OtherArchive {
        /// The commit.
        what: String,
    },
    /// The cache failed.
    #[error(transparent)]
    Cache(Box<FetchError>),
}

impl Explain for GitError {
    fn fault(&self) -> Fault {
        match self {
            Self::Program(_) | Self::Talk(_) => Fault::Site,
            Self::Failed { .. }
            | Self::NoReference { .. }
            | Self::Moved { .. }
            | Self::WrongHash { .. }
            | Self::Collision { .. }
            | Self::NoObject { .. } => Fault::Upstream,
            Self::Submodule { .. }
            | Self::Link { .. }
            | Self::Name { .. }
            | Self::TooLarge
            | Self::OtherArchive { .. } => Fault::Input,
            Self::Cache(error) => error.fault(),
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Program(_) => "install git; only `sre-bundle` needs it",
            Self::Failed { .. } => "try `git ls-remote` with the same address as the same user",
            Self::NoReference { .. } => "check the spelling, or name the `commit`",
            Self::Moved { .. } => {
                "find out who moved it and why; run `sre-bundle lock` to take what is there now"
            }
            Self::WrongHash { .. } | Self::Collision { .. } | Self::NoObject { .. } => {
                "do not use the repository before you know why"
            }
            Self::Submodule { .. } => {
                "list its repository as a `[[git]]` of its own, or choose a commit without it"
            }
            Self::Link { .. } | Self::Name { .. } => "choose a commit without it",
            Self::TooLarge => "carry a release archive as a `[[file]]` instead",
            Self::Talk(_) => "run the same command again",
            Self::OtherArchive { .. } => "run `sre-bundle lock` with this version",
            Self::Cache(error) => return error.hint(),
        };
        Some(text.into())
    }
}

impl From<FetchError> for GitError {
    fn from(error: FetchError) -> Self {
        Self::Cache(Box::new(error))
    }
}
