//! Collections and roles of Ansible, and the Python packages that they need.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use super::file::RawOrigin;
use super::{FileOrigin, Mirrored};
use crate::bundle::BundlePath;
use crate::lock::SetKind;
use crate::{PlatformName, SourceUrl, VersionRange};

/// The server that collections are asked from unless the manifest names another.
const GALAXY: &str = "https://galaxy.ansible.com/";

/// The index that Python packages are asked from unless the manifest names another.
const PYTHON_INDEX: &str = "https://pypi.org/simple/";

/// Everything of Ansible that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ansible {
    /// The server that collections are asked from.
    pub galaxy: SourceUrl,
    /// The collections; what they depend on comes with them.
    pub collections: Vec<WantedCollection>,
    /// The roles.
    pub roles: Vec<Role>,
    /// The Python packages.
    pub python: Option<Python>,
}

/// A collection that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantedCollection {
    /// The newest version of a range that Galaxy has.
    Galaxy {
        /// Its name, `namespace.name`.
        name: String,
        /// The versions that will do.
        range: VersionRange,
    },
    /// An archive, which says itself what it is.
    Archive(FileOrigin),
}

/// A role that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The name under which playbooks use it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its archive.
    pub origin: FileOrigin,
    /// The path of the archive inside the bundle.
    pub path: BundlePath,
}

/// Python packages that are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    /// The index that is asked.
    pub index: SourceUrl,
    /// Major and minor version of the Python that will run them.
    pub version: (u32, u32),
    /// The platforms that they are carried for.
    pub platforms: Vec<PlatformName>,
    /// The packages.
    pub packages: Vec<PythonPackage>,
}

/// A Python package that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PythonPackage {
    /// Its name in normal form: lower case, joined by `-`.
    pub name: String,
    /// Its version, exactly.
    pub version: String,
}

/// Collections and roles of Ansible, and the Python packages that they need.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawAnsible {
    /// The server that collections are asked from; `https://galaxy.ansible.com` unless given.
    #[schemars(with = "Option<String>")]
    galaxy: Option<Spanned<String>>,
    /// Collections; what they depend on is found and carried, too.
    #[serde(default)]
    collection: Vec<RawCollection>,
    /// Roles.
    #[serde(default)]
    role: Vec<RawRole>,
    /// Python packages, as wheels.
    #[serde(default)]
    #[schemars(with = "RawPython")]
    python: Option<RawPython>,
}

/// A collection: `name` with a range of versions, or an archive.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawCollection {
    /// Its name on the server: `community.general`.
    #[schemars(with = "Option<String>")]
    name: Option<Spanned<String>>,
    /// A version or a range such as `>=9.0.0,<10.0.0`; the newest that suits everybody is taken.
    #[schemars(with = "Option<String>")]
    version: Option<Spanned<String>>,
    /// The URL of an archive, with `sha256` or `checksum-file`.
    #[schemars(with = "Option<String>")]
    url: Option<Spanned<String>>,
    /// The path of an archive on this machine, relative to the manifest.
    #[schemars(with = "Option<String>")]
    path: Option<Spanned<String>>,
    /// The SHA-256 of the archive.
    #[schemars(with = "Option<String>")]
    sha256: Option<Spanned<String>>,
    /// The URL of a file that lists the SHA-256 of the archive.
    #[schemars(with = "Option<String>")]
    checksum_file: Option<Spanned<String>>,
}

/// A role: an archive, from a URL or of this machine.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRole {
    /// The name under which playbooks use it.
    #[schemars(with = "String")]
    name: Spanned<String>,
    /// Its version.
    #[schemars(with = "String")]
    version: Spanned<String>,
    /// The URL of its archive, with `sha256` or `checksum-file`.
    #[schemars(with = "Option<String>")]
    url: Option<Spanned<String>>,
    /// The path of its archive on this machine, relative to the manifest.
    #[schemars(with = "Option<String>")]
    path: Option<Spanned<String>>,
    /// The SHA-256 of the archive.
    #[schemars(with = "Option<String>")]
    sha256: Option<Spanned<String>>,
    /// The URL of a file that lists the SHA-256 of the archive.
    #[schemars(with = "Option<String>")]
    checksum_file: Option<Spanned<String>>,
}

/// Python packages, as wheels for one version of Python.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawPython {
    /// The simple index that is asked; `https://pypi.org/simple/` unless given.
    #[schemars(with = "Option<String>")]
    index: Option<Spanned<String>>,
    /// The version of the Python that will run them, such as `3.9`.
    #[schemars(with = "String")]
    version: Spanned<String>,
    /// The platforms that they are carried for; those of the bundle unless given.
    #[schemars(with = "Option<Vec<String>>")]
    platforms: Option<Spanned<Vec<Spanned<String>>>>,
    /// All packages that are needed, each with its version: `jmespath==1.0.1`.
    #[schemars(with = "Vec<String>")]
    packages: Vec<Spanned<String>>,
}

impl Checker<'_> {
    pub(super) fn ansible(&mut self, raw: RawAnsible, usual: &[PlatformName]) -> Option<Mirrored> {
        let galaxy = self.base_url(raw.galaxy, GALAXY);
        let collections = raw.collection.into_iter();
        let collections = collections.filter_map(|raw| self.collection(raw)).collect();
        let roles = raw.role.into_iter().filter_map(|raw| self.role(raw)).collect();
        let python = match raw.python {
            Some(python) => Some(self.python(python, usual)?),
            None => None,
        };
        Some(Mirrored::Ansible(Ansible { galaxy: galaxy?, collections, roles, python }))
    }

    /// Takes the URL of a server, which names below it are joined to.
    fn base_url(&mut self, given: Option<Spanned<String>>, usual: &str) -> Option<SourceUrl> {
        let given = given.unwrap_or_else(|| Spanned::new(0..0, usual.to_owned()));
        let text = format!("{}/", given.get_ref().trim_end_matches('/'));
        self.url_at(given.span(), &text)
    }

    fn collection(&mut self, raw: RawCollection) -> Option<WantedCollection> {
        let RawCollection { name, version, url, path, sha256, checksum_file } = raw;
        let origin = RawOrigin { url, path, sha256, checksum_file };
        let Some(name) = name else {
            let at = origin.place().or(version.as_ref().map(Spanned::span)).unwrap_or(0..0);
            if version.is_some() {
                let help = "leave `version` out, or write `name` for a collection of Galaxy";
                return self.wrong(at, "the archive itself says which version it is", help);
            }
            return self.file_origin(&origin, &at).map(WantedCollection::Archive);
        };
        if let Some(at) = origin.place() {
            let help = "write either `name` with `version`, or `url` or `path`";
            return self.wrong(at, "it is not clear where this collection comes from", help);
        }
        let parts: Vec<_> = name.get_ref().split('.').collect();
        if parts.len() != 2 || !parts.iter().all(|part| is_collection_word(part)) {
            let help = "write namespace and name: `community.general`";
            return self.wrong(name.span(), "this is not the name of a collection", help);
        }
        self.unique("collection", name.get_ref().clone(), name.span());
        let range = match version {
            Some(version) => match version.get_ref().parse() {
                Ok(range) => range,
                Err(error) => {
                    let error: crate::ParseVersionRangeError = error;
                    let help = "conditions are joined by commas, and all of them must hold";
                    return self.wrong(version.span(), error.to_string(), help);
                }
            },
            None => VersionRange::any(),
        };
        Some(WantedCollection::Galaxy { name: name.into_inner(), range })
    }

    fn role(&mut self, raw: RawRole) -> Option<Role> {
        let RawRole { name, version, url, path, sha256, checksum_file } = raw;
        let at = name.span();
        let origin = RawOrigin { url, path, sha256, checksum_file };
        let origin = self.file_origin(&origin, &at);
        let name = self.word(&name, "the name of a role").map(|name| name.to_string());
        let version = self.word(&version, "a version").map(|version| version.to_string());
        let (name, version) = (name?, version?);
        self.unique("role", name.to_ascii_lowercase(), at.clone());
        let file = format!("roles/{name}-{version}.tar.gz");
        let path = self.placed(SetKind::Ansible, &file, &at)?;
        Some(Role { name, version, origin: origin?, path })
    }

    fn python(&mut self, raw: RawPython, usual: &[PlatformName]) -> Option<Python> {
        let index = self.base_url(raw.index, PYTHON_INDEX);
        let platforms = self.platforms_or(raw.platforms, usual);
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<u32>().ok());
        let mut parts = raw.version.get_ref().split('.');
        let version = number(parts.next()).zip(number(parts.next()));
        let version = version.filter(|_| parts.next().is_none()).or_else(|| {
            let help = "write major and minor version, such as `3.9`";
            self.wrong(raw.version.span(), "this is not a version of Python", help)
        });
        let mut seen = BTreeSet::new();
        let mut packages = Vec::new();
        for text in raw.packages {
            let package = self.python_package(&text)?;
            if !seen.insert(package.name.clone()) {
                return self.wrong(text.span(), "this package is there twice", "keep one of them");
            }
            packages.push(package);
        }
        Some(Python { index: index?, version: version?, platforms: platforms?, packages })
    }

    fn python_package(&mut self, text: &Spanned<String>) -> Option<PythonPackage> {
        let is_word = |part: &str| part.parse::<crate::Word>().is_ok();
        match text.get_ref().split_once("==") {
            Some((name, version)) if is_word(name) && is_word(version) => {
                let (name, version) = (normal_python_name(name), version.to_owned());
                Some(PythonPackage { name, version })
            }
            _ => {
                let help = "name each package with its version: `jmespath==1.0.1`";
                self.wrong(text.span(), "this is not one version of a Python package", help)
            }
        }
    }
}

/// Gives the form of a name under which Python indexes know it: lower case, joined by single `-`.
#[must_use]
pub fn normal_python_name(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

/// Says whether a text can be the namespace or the name of a collection.
#[must_use]
pub fn is_collection_word(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=64).contains(&text.len())
        && text.bytes().all(allowed)
        && !text.starts_with(|first: char| first.is_ascii_digit())
}
