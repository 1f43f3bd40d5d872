//! What a bundle brings for hosts: RKE2, repositories of packages, and the images' registries.

use std::collections::BTreeSet;

use sre_format::bundle::{Entry, EntryKind, VerifiedBundle};
use sre_format::contents::named;
use sre_format::{Digest, ImageReference};
use sre_rke2::version::Version;

use super::HostPlanError;

/// The folder of releases of RKE2 inside a bundle.
const RKE2_FOLDER: &str = "rke2/";
/// The program of RKE2 with its units, for the one architecture that is released.
const PROGRAM: &str = "rke2.linux-amd64.tar.gz";
/// How names of archives of images begin.
const IMAGES: &str = "rke2-images-";
/// What stands in the names of files for that architecture.
const ARCHITECTURE: &str = ".linux-amd64.";
/// The archives of network plugins, of which a cluster has one.
const PLUGINS: [&str; 4] = ["canal", "cilium", "calico", "flannel"];
/// The registry that RKE2's own images are named for; they come in archives.
const RKE2_REGISTRY: &str = "docker.io";
/// The image that moves an address between servers.
const VIRTUAL_ADDRESS_IMAGE: &str = "kube-vip/kube-vip";

/// A file of the bundle that hosts fetch, at its own path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The path inside the bundle, and on the seed server.
    pub path: String,
    /// What it is.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
}

/// A repository of packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageRepository {
    /// Its name.
    pub name: String,
    /// Whether `dnf` or `apt` reads it.
    pub kind: PackageKind,
    /// The keys inside the bundle: first the one of its metadata, then those of publishers.
    pub keys: Vec<String>,
}

/// Who reads a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackageKind {
    /// `dnf`.
    Rpm,
    /// `apt`.
    Deb,
}

/// What a bundle brings for hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The version of RKE2, such as `v1.35.7+rke2r1`.
    pub version: String,
    /// The archive with the program.
    pub program: Carried,
    /// The archives of images.
    pub images: Vec<Carried>,
    /// The repositories of packages.
    pub repositories: Vec<PackageRepository>,
    /// Every registry host that images are named for.
    pub registries: BTreeSet<String>,
    /// The image of kube-vip, with its digest, where there is one.
    pub virtual_address: Option<ImageReference>,
}

impl Release {
    /// Finds what a bundle brings.
    pub fn of(bundle: &VerifiedBundle) -> Result<Self, HostPlanError> {
        let entries = &bundle.table().entries;
        let rke2 = entries.iter().filter(|entry| entry.kind == EntryKind::Rke2);
        let files: Vec<_> = rke2.filter_map(|entry| Some((parts(entry)?, entry))).collect();
        let versions: BTreeSet<_> = files.iter().map(|((version, _), _)| *version).collect();
        let version = match versions.iter().copied().collect::<Vec<_>>()[..] {
            [version] => version.parse::<Version>()?.to_string(),
            [] => return Err(lacking("RKE2", "carry it: `[[rke2]]` in the manifest")),
            _ => {
                let versions = versions.into_iter().map(str::to_owned).collect();
                return Err(HostPlanError::Several { versions });
            }
        };
        let program = files.iter().find(|((_, name), _)| *name == PROGRAM);
        let remedy = "carry `linux/amd64`: `platforms` in the manifest";
        let program = program.ok_or_else(|| lacking("program of RKE2", remedy))?.1;
        let images = files.iter().filter(|((_, name), _)| {
            name.strip_prefix(IMAGES).is_some_and(|rest| rest.contains(ARCHITECTURE))
        });
        let mut names = named(bundle)?;
        names.sort();
        let virtual_address =
            names.iter().find(|(image, _)| image.repository() == VIRTUAL_ADDRESS_IMAGE);
        let hosts = names.iter().map(|(image, _)| image.host().to_owned());
        Ok(Self {
            version,
            program: carried(program),
            images: images.map(|(_, entry)| carried(entry)).collect(),
            repositories: repositories(entries)?,
            registries: hosts.chain([RKE2_REGISTRY.to_owned()]).collect(),
            virtual_address: virtual_address.map(|(image, digest)| image.at_digest(*digest)),
        })
    }
}

fn lacking(what: &'static str, remedy: &'static str) -> HostPlanError {
    HostPlanError::Lacking { what, remedy }
}

/// Gives version and name of a file of RKE2.
fn parts(entry: &Entry) -> Option<(&str, &str)> {
    entry.path.as_str().strip_prefix(RKE2_FOLDER)?.split_once('/')
}

fn carried(entry: &Entry) -> Carried {
    Carried { path: entry.path.to_string(), digest: entry.digest, size: entry.size }
}

impl Release {
    /// Leaves out the images of other network plugins: nodes import all that they are given.
    pub(super) fn for_plugin(mut self, wanted: &str) -> Result<Self, HostPlanError> {
        let plugin = |file: &Carried| {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            let rest = name.strip_prefix(IMAGES).unwrap_or_default();
            PLUGINS.into_iter().find(|plugin| rest.split('.').next() == Some(plugin))
        };
        // The one archive that has no word in its name holds the core and Canal.
        let whole = format!("{IMAGES}linux-amd64");
        let is_whole = |file: &Carried| file.path.contains(&whole) && wanted == "canal";
        if !self.images.iter().any(|file| plugin(file) == Some(wanted) || is_whole(file)) {
            let remedy = "carry them: `cni` of `[[rke2]]` in the manifest";
            return Err(lacking("images of the network plugin that the site wants", remedy));
        }
        self.images.retain(|file| plugin(file).is_none_or(|plugin| plugin == wanted));
        Ok(self)
    }
}

/// Finds the repositories by the file that each has, and their keys.
fn repositories(entries: &[Entry]) -> Result<Vec<PackageRepository>, HostPlanError> {
    let paths: BTreeSet<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    let mut found: Vec<PackageRepository> = Vec::new();
    for path in &paths {
        let (kind, name) = match path.split('/').collect::<Vec<_>>()[..] {
            ["rpm", name, "repodata", "repomd.xml"] => (PackageKind::Rpm, name),
            ["deb", name, "dists", _, "InRelease"] => (PackageKind::Deb, name),
            _ => continue,
        };
        if !is_word(name) {
            return Err(HostPlanError::Name { name: name.to_owned() });
        }
        let (own, publishers) = match kind {
            PackageKind::Rpm => {
                (format!("rpm/{name}/repodata/repomd.xml.key"), format!("rpm/{name}/keys/"))
            }
            PackageKind::Deb => (format!("deb/{name}/key.asc"), format!("deb/{name}/keys/")),
        };
        if !paths.contains(own.as_str()) {
            let remedy = "have it built with `--repository-key`: hosts believe no repository that nobody signed";
            return Err(lacking("key of its repository of packages", remedy));
        }
        let publishers = paths.iter().filter(|path| path.starts_with(&publishers));
        let keys = [own].into_iter().chain(publishers.map(|path| (*path).to_owned())).collect();
        if !found.iter().any(|known| (known.kind, known.name.as_str()) == (kind, name)) {
            found.push(PackageRepository { name: name.to_owned(), kind, keys });
        }
    }
    Ok(found)
}

/// Says whether a name can be that of a file, of a section and of a part of a URL on every host.
fn is_word(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    name.bytes().all(fits) && name.bytes().next().is_some_and(|it| it.is_ascii_alphanumeric())
}
