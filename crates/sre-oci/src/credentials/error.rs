//! What can go wrong between us and a registry's door.

use std::io;
use std::path::PathBuf;

use sre_format::{Explain, Fault};

use crate::transport::TransportError;

/// Says why a request could not be authorized.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizationError {
    /// A credential file that exists and cannot be read.
    #[error("cannot read the credential file {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A credential file that is not what it should be; its text is not shown.
    #[error("the credential file {} is not valid at line {line}, column {column}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// An entry of a credential file that nobody can log in with.
    #[error("what the credential file {} holds for {host} is not a user and a password", path.display())]
    Entry {
        /// The file.
        path: PathBuf,
        /// The registry.
        host: String,
    },
    /// A helper program that failed.
    #[error("the credential helper `{program}` failed for {host}: {reason}")]
    Helper {
        /// The program.
        program: String,
        /// The registry.
        host: String,
        /// What happened; never what it printed to its output.
        reason: String,
    },
    /// A registry that asks in no way that we know.
    #[error("{host} asks for a login but names neither Basic nor Bearer")]
    Challenge {
        /// The registry.
        host: String,
    },
    /// A token service that must not get what it asks for.
    #[error("{host} asks for a login at {realm}, which is refused: {reason}")]
    RealmRefused {
        /// The registry.
        host: String,
        /// The token service, shortened.
        realm: String,
        /// Why not.
        reason: &'static str,
    },
    /// The token service did not give a token.
    #[error("cannot get a token for {host}")]
    Token {
        /// The registry.
        host: String,
        /// Why not.
        source: Box<TransportError>,
    },
    /// The token service gave something else.
    #[error("the token service of {host} answered without a token")]
    NoToken {
        /// The registry.
        host: String,
    },
    /// The registry refused what we are or that we are nobody.
    #[error("{host} refuses {action} {who}")]
    Refused {
        /// The registry.
        host: String,
        /// What was to be done.
        action: String,
        /// As whom.
        who: String,
    },
}

impl Explain for AuthorizationError {
    fn fault(&self) -> Fault {
        match self {
            Self::Read { source, .. } => Fault::of_io(source),
            Self::Parse { .. } | Self::Entry { .. } => Fault::Input,
            Self::Helper { .. } => Fault::Site,
            Self::Token { source, .. } => source.fault(),
            Self::Challenge { .. }
            | Self::RealmRefused { .. }
            | Self::NoToken { .. }
            | Self::Refused { .. } => Fault::Upstream,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Read { .. } => {
                "let this user read it, or name another one with REGISTRY_AUTH_FILE".to_owned()
            }
            Self::Parse { .. } => "mend it, or write it again with `docker login`".to_owned(),
            Self::Entry { host, .. } => format!("log in again: `docker login {host}`"),
            Self::Helper { program, .. } => format!(
                "run `{program} list` by hand to see what it says, or take it out of the credential file"
            ),
            Self::Challenge { .. } => {
                "a proxy may have answered instead; if it is the registry, name a mirror that \
                 speaks Basic or Bearer"
                    .to_owned()
            }
            Self::RealmRefused { .. } => {
                "if that token service is right, list its host under `trusted-realms` of the registry"
                    .to_owned()
            }
            Self::Token { source, .. } => return source.hint(),
            Self::NoToken { .. } => {
                "a proxy may have answered instead; ask whoever runs the token service".to_owned()
            }
            Self::Refused { host, .. } => format!(
                "log in with an account that may do this: `docker login {host}` or `skopeo login {host}`"
            ),
        })
    }
}
