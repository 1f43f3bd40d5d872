//! What keeps `serve` from starting.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use sre_format::contents::ImagesError;
use sre_format::{Explain, Fault, file_hint};
use sre_oci::names::NameError;

/// Says why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The index of the bundle cannot be read.
    #[error("cannot read `oci/index.json` of the bundle")]
    Index(#[source] io::Error),
    /// The index of the bundle is no index.
    #[error("`oci/index.json` of the bundle cannot be understood")]
    IndexJson(#[source] serde_json::Error),
    /// The index of signatures is not what it should be.
    #[error(transparent)]
    Signatures(#[from] ImagesError),
    /// The index names something without a full reference.
    #[error(
        "`oci/index.json` of the bundle has `{name}` where a full image reference should stand"
    )]
    IndexName {
        /// What stands there.
        name: String,
    },
    /// The index gives one tag to two things.
    #[error("`oci/index.json` of the bundle names `{name}` twice")]
    TagTwice {
        /// The reference.
        name: String,
    },
    /// Names of the bundle cannot all be served.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// A certificate, key or password file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Something that must last cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A certificate or key is not usable.
    #[error("{path} cannot be used for TLS: {reason}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The authority that was made here before is not usable any more.
    #[error("the certificate authority in {folder} cannot be used: {reason}")]
    Authority {
        /// The folder with its certificate and key.
        folder: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Keys or certificates cannot be made.
    #[error("cannot make a certificate for {names}")]
    MakeCertificate {
        /// For whom.
        names: String,
        /// What the library said.
        source: rcgen::Error,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
    /// A line of a password file is wrong.
    #[error("{path} line {line}: {reason}")]
    Password {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl Explain for ServeError {
    fn fault(&self) -> Fault {
        match self {
            Self::Index(_)
            | Self::IndexJson(_)
            | Self::Signatures(_)
            | Self::IndexName { .. }
            | Self::TagTwice { .. } => Fault::Integrity,
            Self::Name(error) => error.fault(),
            Self::Listen { .. } | Self::Authority { .. } | Self::Random => Fault::Site,
            Self::Read { source, .. } => Fault::of_named_file(source),
            Self::Write { source, .. } => Fault::of_io(source),
            Self::Certificate { .. } | Self::Password { .. } => Fault::Input,
            Self::MakeCertificate { .. } => Fault::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Index(_) | Self::IndexJson(_) => {
                "run `sre-install verify` to list all damage, then copy the bundle again".into()
            }
            Self::Name(error) => return error.hint(),
            Self::Listen { source, address } => listen_hint(source, *address)?,
            Self::Certificate { .. } => {
                "give a chain with `--tls-cert` and its PKCS#8 key with `--tls-key`, both PEM, or leave both away".into()
            }
            Self::MakeCertificate { .. } => "give host names and addresses with `--name`".into(),
            Self::Password { .. } => "write the line with `htpasswd -nB USER`".into(),
            Self::Signatures(_) | Self::IndexName { .. } | Self::TagTwice { .. } => {
                "build the bundle again with a current `sre-bundle`".into()
            }
            Self::Authority { folder, .. } => format!(
                "delete ca.pem and ca.key in {} to make a new one, which every client must then be told of",
                folder.display()
            ),
            Self::Read { path, source } => file_hint(source)
                .unwrap_or_else(|| format!("let this user read {}", path.display())),
            Self::Write { .. } => {
                "give a folder that this user may write with `--state DIR`, or certificates with `--tls-cert`"
                    .into()
            }
            Self::Random => {
                "give the system its random numbers: a kernel with getrandom, not forbidden by a filter"
                    .into()
            }
        })
    }
}

fn listen_hint(error: &io::Error, address: SocketAddr) -> Option<String> {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            Some("another program has this port: give another one with `--listen`".into())
        }
        io::ErrorKind::PermissionDenied => {
            Some(format!("give a port above 1023 with `--listen {}:8443`", address.ip()))
        }
        io::ErrorKind::AddrNotAvailable => {
            Some("this machine does not have the address: `ip address` lists those it has".into())
        }
        _ => None,
    }
}
