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
            Self::Read { .. } | Self::Parse { .. } => Fault::Input,
            Self::Helper { .. } => Fault::Site,
            Self::Token { source, .. } => source.fault(),
            _ => Fault::Upstream,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Refused { host, .. } => {
                format!("log in with an account that may do this: `docker login {host}` or `skopeo login {host}`")
            }
            Self::RealmRefused { .. } => {
                "if that token service is right, list its host under `trusted-realms` of the registry"
                    .to_owned()
            }
            Self::Token { source, .. } => return source.hint(),
            Self::Helper { program, .. } => format!("run `{program} list` by hand to see what it says"),
            Self::Parse { .. } => "write the file again with `docker login`".to_owned(),
            _ => return None,
        })
    }
}
