//! What can go wrong when a site and a bundle are put together.

use std::io;
use std::path::PathBuf;

use sre_format::bundle::ReadError;
use sre_format::contents::ImagesError;
use sre_format::names::NameError;
use sre_format::{Explain, Fault, Problem};
use sre_rke2::SpecificationError;
use sre_rke2::registries::AddressError;
use sre_rke2::version::VersionError;
use sre_site::{SecretError, SiteError};

use crate::host::shell_word;

/// Says why it is not known what the hosts of a site get.
#[derive(Debug, thiserror::Error)]
pub enum HostPlanError {
    /// A file cannot be read or written.
    #[error("cannot use {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The public half of a key that logs in cannot be had, which new machines are given.
    #[error("cannot use the public key {}", .path.display())]
    PublicKey {
        /// The file that it should be in.
        path: PathBuf,
        /// The file of the private key.
        key: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The site file is wrong.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// A secret cannot be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The bundle cannot be read.
    #[error(transparent)]
    Bundle(#[from] ReadError),
    /// The images of the bundle cannot be listed.
    #[error(transparent)]
    Images(#[from] ImagesError),
    /// What the site says makes no cluster.
    #[error(transparent)]
    Cluster(#[from] SpecificationError),
    /// The site names a prefix that no repository can have.
    #[error(transparent)]
    Prefix(#[from] NameError),
    /// The site names a registry that no mirror can be.
    #[error(transparent)]
    Mirror(#[from] AddressError),
    /// The bundle lacks something that the site wants.
    #[error("the bundle brings no {what}")]
    Lacking {
        /// What it lacks.
        what: &'static str,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The version of RKE2 is none.
    #[error(transparent)]
    Version(#[from] VersionError),
    /// A repository of the bundle has a name that hosts cannot use.
    #[error("the bundle has a repository of packages with the name `{}`", .name.escape_default())]
    Name {
        /// The name.
        name: String,
    },
    /// A path cannot be given to ssh.
    #[error("the path {} cannot be given to ssh", .path.display())]
    Path {
        /// The path.
        path: PathBuf,
    },
    /// The bundle has more than one of something.
    #[error("the bundle brings RKE2 in several versions: {}", .versions.join(", "))]
    Several {
        /// The versions.
        versions: Vec<String>,
    },
    /// A folder that should be ours has files of somebody else.
    #[error("{} has files in it that are not of a site", .path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
    },
    /// Nobody knows how nodes reach the admin host.
    #[error("it is not known by which address nodes reach this machine")]
    NoAddress,
}

impl Explain for HostPlanError {
    fn fault(&self) -> Fault {
        match self {
            Self::PublicKey { source, .. } if source.kind() == io::ErrorKind::InvalidData => {
                Fault::Input
            }
            Self::File { source, .. } | Self::PublicKey { source, .. } => {
                Fault::of_named_file(source)
            }
            Self::Site(error) => error.fault(),
            Self::Secret(error) => error.fault(),
            Self::Bundle(error) => error.fault(),
            Self::Images(error) => error.fault(),
            Self::Cluster(error) => error.fault(),
            Self::Mirror(error) => error.fault(),
            Self::Version(error) => error.fault(),
            Self::Prefix(_) | Self::Lacking { .. } | Self::Several { .. } | Self::Name { .. } => {
                Fault::Input
            }
            Self::Path { .. } => Fault::Usage,
            Self::Foreign { .. } => Fault::Conflict,
            Self::NoAddress => Fault::Site,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::File { source, .. } => sre_format::file_hint(source),
            Self::PublicKey { path, key, .. } => {
                let [key, path] = [key, path].map(|it| shell_word(&it.display().to_string()));
                Some(format!("make it: ssh-keygen -y -f {key} > {path}"))
            }
            Self::Site(error) => error.hint(),
            Self::Secret(error) => error.hint(),
            Self::Bundle(error) => error.hint(),
            Self::Images(error) => error.hint(),
            Self::Cluster(error) => error.hint(),
            Self::Mirror(error) => error.hint(),
            Self::Prefix(_) => {
                Some("correct `prefix` under `[registry]` of the site file".to_owned())
            }
            Self::Version(error) => error.hint(),
            Self::Name { .. } => {
                Some("have it named with letters, digits, `.`, `_` and `-` in the manifest".into())
            }
            Self::Foreign { .. } => Some(
                "name a new or an empty folder with `--files`: what does not belong to a site is removed \
                 from its folder"
                    .into(),
            ),
            Self::Path { .. } => Some("name a folder without quotes and dollar signs".to_owned()),
            Self::Lacking { remedy, .. } => Some((*remedy).to_owned()),
            Self::Several { .. } => Some("carry one `[[rke2]]` for each bundle".to_owned()),
            Self::NoAddress => {
                Some("write `address` in `[seed-server]` of the site file".to_owned())
            }
        }
    }

    fn problems(&self) -> &[Problem] {
        match self {
            Self::Site(error) => error.problems(),
            _ => &[],
        }
    }
}
