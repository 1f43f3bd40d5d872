//! Python packages, as wheels of a simple index.
//!
//! The manifest names every package with its version; nothing is solved. Of the wheels of a
//! version, the one that is built most exactly for the Python and platform is taken, as `pip` would
//! take it. What a wheel needs without a condition must be in the list, too; needs with a condition
//! (`; python_version < "3.8"`) are left to `pip`.

use std::collections::BTreeSet;

use http::HeaderValue;
use http::header::ACCEPT;
use sre_format::bundle::ParsePathError;
use sre_format::lock::{LockedFileSet, PlacedFile, PlacedOrigin, SetKind, Verification};
use sre_format::manifest::{Python, PythonPackage, normal_python_name};
use sre_format::{Digest, PlatformName, SourceUrl};
use sre_oci::transport::Request;

use super::collection::shown;
use super::python_range::may_hold;
use super::simple_index::{IndexFile, read};
use super::wheel_name::WheelName;
use super::{contents, set_of_files};
use crate::archive::Listing;
use crate::lock::mirrored::{MAX_DOCUMENT, MirrorError, malformed, named_digest, named_url};
use crate::lock::{ResolveError, Resolver};

/// The forms of a page, the better one first.
const FORMS: &str = "application/vnd.pypi.simple.v1+json, text/html;q=0.5";

/// Versions that are offered in place of one that is not there.
const OFFERED: usize = 8;

impl Resolver<'_> {
    /// Gives the wheels of every package of the list.
    pub(super) async fn wheels(&self, python: &Python) -> Result<Vec<LockedFileSet>, ResolveError> {
        let listed: BTreeSet<&str> = python.packages.iter().map(|it| it.name.as_str()).collect();
        let mut sets = Vec::new();
        for package in &python.packages {
            let page = named_url(&python.index, &format!("{}/", package.name))?;
            let files = self.index_page(python, package, &page).await?;
            let mut chosen: Vec<PlacedFile> = Vec::new();
            for platform in &python.platforms {
                let file = choose(&files, python, package, platform)?;
                let placed = self.wheel(&page, file, package, &listed).await?;
                if chosen.iter().all(|known| known.path != placed.path) {
                    chosen.push(placed);
                }
            }
            let verified = vec![Verification::RepositoryIndex { url: page }];
            let name = format!("wheel:{}", package.name);
            sets.push(set_of_files(&name, &package.version, chosen, verified));
        }
        Ok(sets)
    }

    async fn index_page(
        &self,
        python: &Python,
        package: &PythonPackage,
        page: &SourceUrl,
    ) -> Result<Vec<(WheelName, IndexFile)>, ResolveError> {
        let accept = HeaderValue::from_static(FORMS);
        let request = Request::get(page.as_url().clone()).header(ACCEPT, accept);
        let failed = |source| ResolveError::Server { what: page.to_string(), source };
        let bytes = self.small_answer(&request, MAX_DOCUMENT).await.map_err(failed)?;
        let unknown = || {
            let name = format!("Python package {}", package.name);
            MirrorError::Unknown { registry: python.index.clone(), name }
        };
        let files = read(&bytes.ok_or_else(unknown)?).map_err(|reason| malformed(page, &reason))?;
        let wheels =
            files.into_iter().filter_map(|file| Some((WheelName::parse(&file.name)?, file)));
        Ok(wheels.filter(|(name, _)| name.name == package.name).collect())
    }

    /// Looks into a wheel, and gives its place.
    async fn wheel(
        &self,
        page: &SourceUrl,
        file: &IndexFile,
        package: &PythonPackage,
        listed: &BTreeSet<&str>,
    ) -> Result<PlacedFile, ResolveError> {
        let url = named_url(page, &file.url)?;
        let sum = file.sha256.as_deref();
        let sum = sum.ok_or_else(|| {
            malformed(page, &format!("it has no SHA-256 for {}", shown(&file.name)))
        })?;
        let digest: Digest = named_digest(page, sum)?;
        if file.yanked {
            self.phase.warn(format!("{} was taken back by its author", file.name));
        }
        let size = self.package(&url, digest, &page.to_string()).await?;
        let listing = self.look_into(&url.to_string(), digest, is_metadata).await?;
        check(&listing, package, listed, &url.to_string())?;
        let path = format!("{}/wheels/{}", SetKind::Ansible.folder(), file.name).parse();
        let path = path.map_err(|error: ParsePathError| malformed(page, &error))?;
        let (media_type, origin) = ("application/zip".to_owned(), PlacedOrigin::Url(url));
        Ok(PlacedFile { path, digest, size, media_type, origin })
    }
}

/// Chooses the wheel that suits a platform best.
fn choose<'a>(
    files: &'a [(WheelName, IndexFile)],
    python: &Python,
    package: &PythonPackage,
    platform: &PlatformName,
) -> Result<&'a IndexFile, MirrorError> {
    let is_version = |name: &WheelName| name.version == package.version.to_ascii_lowercase();
    let of_version: Vec<_> = files.iter().filter(|(name, _)| is_version(name)).collect();
    let (name, version) = (package.name.clone(), package.version.clone());
    if of_version.is_empty() {
        let offered: BTreeSet<_> = files.iter().map(|(name, _)| shown(&name.version)).collect();
        let offered = offered.into_iter().rev().take(OFFERED).collect();
        return Err(MirrorError::NoVersion { name, version, offered });
    }
    let suits = |(name, file): &&&(WheelName, IndexFile)| {
        let suits = name.suits(python.version, platform);
        suits.filter(|_| may_hold(&file.python, python.version))
    };
    let best = of_version.iter().filter(|it| suits(it).is_some()).max_by_key(suits);
    let tags = || {
        let shown = |(name, file): &&(WheelName, IndexFile)| match file.python.as_str() {
            "" => shown(&name.tags()),
            range => shown(&format!("{} with Python {range}", name.tags())),
        };
        of_version.iter().map(shown).collect()
    };
    best.map(|(_, file)| file).ok_or_else(|| {
        let (platform, offered) = (platform.clone(), tags());
        MirrorError::NoPlatform { name, version, platform, offered }
    })
}

fn is_metadata(name: &str) -> bool {
    name.strip_suffix(".dist-info/METADATA").is_some_and(|folder| !folder.contains('/'))
}

/// Wants a wheel to be the package that its name says, and what it needs to be in the list.
fn check(
    listing: &Listing,
    package: &PythonPackage,
    listed: &BTreeSet<&str>,
    what: &str,
) -> Result<(), MirrorError> {
    let Some(metadata) = listing.kept.values().next() else {
        return Err(contents(what, "it has no METADATA, so it is no wheel".into()));
    };
    let metadata = String::from_utf8_lossy(metadata);
    let head = metadata.lines().take_while(|line| !line.is_empty());
    let fields: Vec<_> = head.filter_map(|line| line.split_once(": ")).collect();
    let field =
        |name: &str| fields.iter().find(|(key, _)| *key == name).map_or("", |(_, it)| it.trim());
    let (name, version) = (normal_python_name(field("Name")), field("Version"));
    if name != package.name || !version.eq_ignore_ascii_case(&package.version) {
        let (wanted, found) =
            (format!("{} {}", package.name, package.version), shown(&format!("{name} {version}")));
        return Err(MirrorError::Other { what: what.to_owned(), wanted, found });
    }
    let needs = fields.iter().filter(|(key, _)| *key == "Requires-Dist").map(|(_, need)| need);
    for need in needs.filter(|need| !need.contains(';')) {
        let end = need.find(|sign: char| !sign.is_ascii_alphanumeric() && !"-_.".contains(sign));
        let name = normal_python_name(&need[..end.unwrap_or(need.len())]);
        if !listed.contains(name.as_str()) {
            let by = format!("the Python package {}", package.name);
            return Err(MirrorError::Needed { name: shown(&name), by });
        }
    }
    Ok(())
}
