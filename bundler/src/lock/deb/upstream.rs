//! Repositories of others: signature, digests, indexes.

use std::io::Cursor;

use sre_deb::{DEFAULT_PREFERENCE, IndexFile, Release, Upgrades};
use sre_format::lock::Verification;
use sre_format::manifest::{DebRepository, DebUpstream};
use sre_format::{SourceUrl, Timestamp};
use sre_openpgp::{GoodSignature, Keyring};

use crate::deb::DebError;
use crate::lock::Resolver;
use crate::publisher_keys::read_keyring;

/// The largest `InRelease` or `Release`, in bytes; that of a large archive has 2 MiB.
const MAX_RELEASE: u64 = 16 << 20;
/// The largest detached signature, in bytes.
const MAX_SIGNATURE: u64 = 256 << 10;
/// The largest packed index, in bytes; Debian's largest has 9 MiB.
const MAX_PACKED_INDEX: u64 = 512 << 20;

/// The priority of a repository that says `NotAutomatic` and `ButAutomaticUpgrades`, such as backports.
const UPGRADES_PREFERENCE: i32 = 100;
/// The priority of a repository that says `NotAutomatic` alone (`apt_preferences(5)`).
const LAST_PREFERENCE: i32 = 1;

/// A suite of a repository whose signature holds.
pub(super) struct Suite {
    /// What people call it: its address and its name.
    pub(super) name: String,
    /// The address of the repository, to which paths of packages are relative.
    pub(super) base: SourceUrl,
    /// The folder of `Release`.
    folder: SourceUrl,
    /// What it says about itself.
    pub(super) release: Release,
    /// The components that are read; none where it is flat.
    components: Vec<String>,
    /// How much it is preferred.
    pub(super) priority: i32,
    /// Who signed it.
    pub(super) verified: Vec<Verification>,
}

/// An index that is in the cache.
pub(super) struct Index {
    pub(super) name: String,
    pub(super) file: IndexFile,
}

impl Resolver<'_> {
    /// Reads every suite that is named.
    pub(super) async fn deb_suites(&self, wanted: &DebRepository) -> Result<Vec<Suite>, DebError> {
        let mut suites = Vec::new();
        for upstream in &wanted.upstreams {
            let keyring = read_keyring(self.folder, &upstream.keys)?;
            for suite in &upstream.suites {
                suites.push(self.deb_suite(upstream, suite, &keyring).await?);
            }
        }
        Ok(suites)
    }

    async fn deb_suite(
        &self,
        upstream: &DebUpstream,
        suite: &str,
        keyring: &Keyring,
    ) -> Result<Suite, DebError> {
        let is_flat = upstream.components.is_empty();
        let folder = if is_flat { suite.to_owned() } else { format!("dists/{suite}") };
        let folder = below(&upstream.url, &folder)?;
        let now = Timestamp::now();
        let (url, text, signatures) = self.deb_release(&folder, keyring, now).await?;
        let release = Release::parse(&url.to_string(), text.as_bytes())?;
        release.check_time(&url.to_string(), now)?;
        let names = [&release.suite, &release.codename];
        let is_named = names.into_iter().flatten().any(|name| name == suite);
        if !is_flat && !is_named {
            let says = release.suite.as_ref().or(release.codename.as_ref());
            let says = says.map_or("no name", String::as_str);
            self.phase.warn(format!("{url} is asked for as `{suite}` and calls itself `{says}`"));
        }
        let key = |one: &GoodSignature| one.certificate.to_string();
        let verified = signatures.iter().map(key);
        let verified = verified
            .map(|key| Verification::RepositorySignature { url: url.clone(), key })
            .collect();
        let usual = match release.upgrades {
            Upgrades::Automatic => DEFAULT_PREFERENCE,
            Upgrades::AfterFirst => UPGRADES_PREFERENCE,
            Upgrades::Never => LAST_PREFERENCE,
        };
        Ok(Suite {
            name: format!("{} {suite}", upstream.url),
            base: upstream.url.clone(),
            folder,
            release,
            components: upstream.components.clone(),
            priority: upstream.priority.unwrap_or(usual),
            verified,
        })
    }

    /// Fetches what a suite says of itself, and believes nothing that is not signed.
    async fn deb_release(
        &self,
        folder: &SourceUrl,
        keyring: &Keyring,
        now: Timestamp,
    ) -> Result<(SourceUrl, String, Vec<GoodSignature>), DebError> {
        let url = below(folder, "InRelease")?;
        let refused = |url: &SourceUrl| {
            let url = url.clone();
            move |source| DebError::Signature { url, source }
        };
        if let Some(document) = self.deb_document(&url, MAX_RELEASE).await? {
            let signed = keyring.verify_clear_signed(&document, now).map_err(refused(&url))?;
            return Ok((url, signed.text, signed.signatures));
        }
        let url = below(folder, "Release")?;
        let Some(text) = self.deb_document(&url, MAX_RELEASE).await? else {
            return Err(DebError::NoRelease { url: folder.clone() });
        };
        let Some(signature) =
            self.deb_document(&below(folder, "Release.gpg")?, MAX_SIGNATURE).await?
        else {
            return Err(DebError::Unsigned { url });
        };
        let mut document = Cursor::new(&text);
        let signatures =
            keyring.verify_detached(&mut document, &signature, now).map_err(refused(&url))?;
        let text = String::from_utf8(text).map_err(|_| DebError::NotText { url: url.clone() })?;
        Ok((url, text, signatures))
    }

    async fn deb_document(&self, url: &SourceUrl, limit: u64) -> Result<Option<Vec<u8>>, DebError> {
        let failed = |source| DebError::Server { url: url.clone(), source };
        Ok(self.small(url, limit).await.map_err(failed)?.map(Vec::from))
    }

    /// Brings the indexes of a suite for one architecture into the cache.
    pub(super) async fn deb_indexes(
        &self,
        suite: &Suite,
        architecture: &str,
    ) -> Result<Vec<Index>, DebError> {
        let components: Vec<Option<&str>> = match &suite.components[..] {
            [] => vec![None],
            named => named.iter().map(|one| Some(one.as_str())).collect(),
        };
        let mut indexes = Vec::new();
        for component in components {
            let mut found = Vec::new();
            let best = |name| suite.release.indexes(component, name).first().copied().cloned();
            found.extend(best(architecture));
            // What fits every architecture stands in the index of each, or in one of its own.
            if component.is_some() && (suite.release.all_apart || found.is_empty()) {
                found.extend(best("all"));
            }
            if found.is_empty() {
                return Err(DebError::NoIndex {
                    suite: suite.name.clone(),
                    component: component.unwrap_or("Packages").to_owned(),
                    architecture: architecture.to_owned(),
                    components: suite.release.components.clone(),
                    architectures: suite.release.architectures.clone(),
                });
            }
            for file in found {
                self.deb_index(suite, &file).await?;
                indexes.push(Index { name: format!("{}/{}", suite.folder, file.path), file });
            }
        }
        Ok(indexes)
    }

    /// Brings an index into the cache; under the name of its digest no update takes it away meanwhile.
    async fn deb_index(&self, suite: &Suite, file: &IndexFile) -> Result<(), DebError> {
        if tokio::task::block_in_place(|| self.cache.has(&file.sha256, file.size)) {
            return Ok(());
        }
        let mut paths = vec![file.path.clone()];
        if suite.release.by_hash {
            paths.insert(0, file.path_by_hash());
        }
        let mut result = Err(DebError::NoRelease { url: suite.folder.clone() });
        for path in paths {
            result = self.deb_index_at(&below(&suite.folder, &path)?, file).await;
            if result.is_ok() {
                break;
            }
        }
        result
    }

    async fn deb_index_at(&self, url: &SourceUrl, file: &IndexFile) -> Result<(), DebError> {
        let limit = file.size.min(MAX_PACKED_INDEX);
        let (found, _) = self.keep(url, limit).await.map_err(Box::new)?;
        if found == file.sha256 {
            return Ok(());
        }
        Err(DebError::WrongIndex { url: url.clone(), expected: file.sha256, found })
    }
}

/// Gives the address of a path below another; what stands in the path is a name and no escape.
pub(super) fn below(base: &SourceUrl, path: &str) -> Result<SourceUrl, DebError> {
    let mut url = base.as_url().clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty();
        segments.extend(path.split('/').filter(|part| !matches!(*part, "" | ".")));
    }
    SourceUrl::new(url).map_err(|source| DebError::Url { base: base.clone(), source })
}
