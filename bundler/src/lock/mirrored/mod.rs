//! What is laid out as a mirror of the registry that it comes from: packages that foreign programs
//! install.
//!
//! Each kind asks its registry by the protocol of the program that would ask it, checks what it
//! gets against the sums and signatures that upstream publishes, and looks into each package before
//! it is believed. What the foreign program wants to find beside a package (hashes, requirements)
//! is text that stands in the lock.
//!
//! Deliberately absent: logins. What is carried can be fetched by everybody, or lies on this
//! machine.

mod ansible;
mod directory_hash;
mod error;
mod package;
mod packer_plugin;
mod signature;
mod tofu_provider;

pub use error::MirrorError;

use http::HeaderValue;
use http::header::ACCEPT;
use serde::de::DeserializeOwned;
use sre_format::lock::{LockedFileSet, SetKind};
use sre_format::manifest::Mirrored;
use sre_format::{Digest, SourceUrl};
use sre_oci::transport::Request;

use super::{ResolveError, Resolver};

/// The most bytes of a document of a registry: the longest list of versions has a tenth of it.
const MAX_DOCUMENT: u64 = 32 << 20;

/// The most characters of a parser's words that are shown; they may repeat what a stranger wrote.
const MAX_REASON: usize = 200;

impl Resolver<'_> {
    pub(super) async fn mirrored(
        &self,
        input: &Mirrored,
    ) -> Result<Vec<LockedFileSet>, ResolveError> {
        match input {
            Mirrored::TofuProvider(provider) => Ok(vec![self.tofu_provider(provider).await?]),
            Mirrored::PackerPlugin(plugin) => Ok(vec![self.packer_plugin(plugin).await?]),
            Mirrored::Ansible(ansible) => self.ansible(ansible).await,
        }
    }

    /// Asks for a JSON document; `None` where the server says 404.
    async fn document<T: DeserializeOwned>(
        &self,
        url: &SourceUrl,
    ) -> Result<Option<T>, ResolveError> {
        let accept = HeaderValue::from_static("application/json");
        let request = Request::get(url.as_url().clone()).header(ACCEPT, accept);
        let failed = |source| ResolveError::Server { what: url.to_string(), source };
        let bytes = self.small_answer(&request, MAX_DOCUMENT).await.map_err(failed)?;
        let Some(bytes) = bytes else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| malformed(url, &error))
    }

    /// Asks for a JSON document that must be there.
    async fn needed<T: DeserializeOwned>(&self, url: &SourceUrl) -> Result<T, ResolveError> {
        let document = self.document(url).await?;
        document.ok_or_else(|| ResolveError::NoFile { url: url.clone() })
    }

    /// Brings a package into the cache, unless it is there; gives its size.
    async fn package(
        &self,
        url: &SourceUrl,
        promised: Digest,
        who: &str,
    ) -> Result<u64, ResolveError> {
        if let Some(size) = tokio::task::block_in_place(|| self.cache.size(&promised)) {
            return Ok(size);
        }
        let (found, size) = self.keep(url, package::MAX_PACKAGE).await?;
        super::file::check(&url.to_string(), who, Some(promised), found)?;
        Ok(size)
    }

    /// Finds what the old lock has under a name and version.
    fn old_set(&self, kind: SetKind, name: &str, version: &str) -> Option<&LockedFileSet> {
        let is_same = |old: &&LockedFileSet| {
            (old.kind, old.name.as_str(), old.version.as_str()) == (kind, name, version)
        };
        self.old?.sets.iter().find(is_same)
    }
}

/// Takes a URL as it stands in a document of a registry.
fn named_url(base: &SourceUrl, text: &str) -> Result<SourceUrl, ResolveError> {
    let without_fragment = text.split('#').next().unwrap_or_default();
    base.join(without_fragment).map_err(|error| malformed(base, &error))
}

/// Takes a SHA-256 as it stands in a document of a registry.
fn named_digest(base: &SourceUrl, hex: &str) -> Result<Digest, ResolveError> {
    Digest::from_hex(&hex.to_ascii_lowercase()).map_err(|error| malformed(base, &error))
}

fn malformed(what: &SourceUrl, reason: &impl ToString) -> ResolveError {
    let reason = reason.to_string().escape_debug().take(MAX_REASON).collect();
    ResolveError::Malformed { what: what.to_string(), reason }
}
