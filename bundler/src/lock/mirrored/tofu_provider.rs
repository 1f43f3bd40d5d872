//! Providers of OpenTofu, asked for by the provider registry protocol.
//!
//! `/.well-known/terraform.json` of the host says where the registry is; `versions` lists what
//! there is; a document for each platform names the zip with its sum and the file of all sums. Both
//! sums must agree, and the zip must have them. The hash `h1:` follows from a look into the zip.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;
use sre_format::lock::{LockedFileSet, PlacedFile, PlacedOrigin, SetKind, Verification};
use sre_format::manifest::{PackageForPlatform, TofuProvider};
use sre_format::{Digest, SourceUrl};
use sre_oci::transport::Scheme;

use super::directory_hash::directory_hashes;
use super::package::want_program;
use super::{MirrorError, malformed, named_digest, named_url};
use crate::lock::checksum::MAX_CHECKSUM_FILE;
use crate::lock::{ResolveError, Resolver, checksum};

/// The service of the discovery document that gives providers.
const SERVICE: &str = "providers.v1";

/// Versions that are offered in place of one that is not there.
const OFFERED: usize = 5;

/// The answer of `versions`.
#[derive(Deserialize)]
struct Versions {
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Version {
    version: String,
    #[serde(default)]
    platforms: Vec<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    os: String,
    arch: String,
}

/// The answer of `download`.
#[derive(Deserialize)]
struct Package {
    os: String,
    arch: String,
    filename: String,
    download_url: String,
    shasums_url: String,
    #[serde(default)]
    shasums_signature_url: Option<String>,
    shasum: String,
}

/// A zip with what the registry says of it.
struct Found {
    url: SourceUrl,
    digest: Digest,
    /// The file of sums that lists it, as messages call it.
    sums: String,
    verified: Vec<Verification>,
}

impl Resolver<'_> {
    pub(super) async fn tofu_provider(
        &self,
        provider: &TofuProvider,
    ) -> Result<LockedFileSet, ResolveError> {
        let base = self.provider_service(provider).await?;
        let platforms = self.offered_platforms(provider, &base).await?;
        let mut found = Vec::new();
        for package in &provider.packages {
            let PackageForPlatform { platform, .. } = package;
            if !platforms.contains(&format!("{}/{}", platform.os(), platform.architecture())) {
                return Err(no_platform(provider, package, &platforms).into());
            }
            found.push(self.provider_package(provider, &base, package).await?);
        }
        let mut verified: Vec<_> = found.iter().flat_map(|it| it.verified.clone()).collect();
        verified.sort();
        verified.dedup();
        let files = match self.known_provider(provider, &found) {
            Some(known) => known,
            None => self.provider_files(provider, &found).await?,
        };
        Ok(LockedFileSet {
            kind: SetKind::TofuProvider,
            name: provider.source.clone(),
            version: provider.version.clone(),
            files,
            images: Vec::new(),
            verified,
        })
    }

    /// Asks the host where its registry of providers is.
    async fn provider_service(&self, provider: &TofuProvider) -> Result<SourceUrl, ResolveError> {
        let host = match &provider.registry {
            Some(registry) => registry.clone(),
            None => self.registry_at(&provider.host)?,
        };
        let discovery = named_url(&host, ".well-known/terraform.json")?;
        let none = || MirrorError::NoService { registry: host.clone(), service: SERVICE };
        let services: HashMap<String, Value> = self.document(&discovery).await?.ok_or_else(none)?;
        let place = services.get(SERVICE).ok_or_else(none)?;
        let place =
            place.as_str().ok_or_else(|| malformed(&discovery, &"its address is no text"))?;
        named_url(&discovery, &format!("{}/", place.trim_end_matches('/')))
    }

    /// Gives the address of a host that is only known by its name.
    fn registry_at(&self, host: &str) -> Result<SourceUrl, ResolveError> {
        let options = self.upstreams.transport().options();
        let scheme = match options.hosts.get(host).map(|host| host.scheme) {
            Some(Scheme::PlainHttp) => "http",
            Some(Scheme::Https) | None => "https",
        };
        let text = format!("{scheme}://{host}");
        text.parse().map_err(|error| {
            let reason: sre_format::SourceUrlError = error;
            ResolveError::Malformed { what: text.clone(), reason: reason.to_string() }
        })
    }

    /// Gives the platforms for which the registry has the wanted version.
    async fn offered_platforms(
        &self,
        provider: &TofuProvider,
        base: &SourceUrl,
    ) -> Result<Vec<String>, ResolveError> {
        let TofuProvider { source, namespace, name, version, .. } = provider;
        let url = named_url(base, &format!("{namespace}/{name}/versions"))?;
        let unknown = || MirrorError::Unknown { registry: base.clone(), name: source.clone() };
        let there: Versions = self.document(&url).await?.ok_or_else(unknown)?;
        if let Some(found) = there.versions.iter().find(|it| it.version == *version) {
            let shown = |platform: &Platform| format!("{}/{}", platform.os, platform.arch);
            return Ok(found.platforms.iter().map(shown).collect());
        }
        let mut versions: Vec<_> =
            there.versions.iter().filter_map(|it| it.version.parse().ok()).collect();
        versions.sort_by(|one: &semver::Version, other| other.cmp(one));
        let offered = versions.iter().take(OFFERED).map(ToString::to_string).collect();
        let (name, version) = (source.clone(), version.clone());
        Err(MirrorError::NoVersion { name, version, offered }.into())
    }

    /// Asks for the zip of a platform, and wants every sum of it to be the same.
    async fn provider_package(
        &self,
        provider: &TofuProvider,
        base: &SourceUrl,
        package: &PackageForPlatform,
    ) -> Result<Found, ResolveError> {
        let (os, arch) = (package.platform.os(), package.platform.architecture());
        let TofuProvider { namespace, name, version, .. } = provider;
        let url = named_url(base, &format!("{namespace}/{name}/{version}/download/{os}/{arch}"))?;
        let document: Package = self.needed(&url).await?;
        if (document.os.as_str(), document.arch.as_str()) != (os, arch) {
            let found = format!("{}/{}", document.os, document.arch).escape_debug().collect();
            let wanted = package.platform.to_string();
            return Err(MirrorError::Other { what: url.to_string(), wanted, found }.into());
        }
        let digest = named_digest(&url, &document.shasum)?;
        let sums = named_url(&url, &document.shasums_url)?;
        let text = self.small(&sums, MAX_CHECKSUM_FILE).await;
        let text =
            text.map_err(|source| ResolveError::Server { what: sums.to_string(), source })?;
        let text = text.ok_or_else(|| ResolveError::NoFile { url: sums.clone() })?;
        let listed = checksum::find(&String::from_utf8_lossy(&text), &document.filename);
        let name = document.filename.escape_debug().to_string();
        let listed = listed.ok_or_else(|| ResolveError::NotListed { sums: sums.clone(), name })?;
        if listed != digest {
            let (what, who) = (url.to_string(), sums.to_string());
            return Err(ResolveError::WrongDigest { what, who, expected: listed, found: digest });
        }
        let by_sums = Verification::ChecksumFile { url: sums.clone(), digest: Digest::of(&text) };
        let signature = match &document.shasums_signature_url {
            Some(signature) => named_url(&url, signature)?,
            None => named_url(&sums, &format!("{}.sig", sums.as_url().path()))?,
        };
        let by_key = self.signed_sums(&provider.keys, &sums, &text, &signature).await?;
        let verified = [by_sums].into_iter().chain(by_key).collect();
        let download = named_url(&url, &document.download_url)?;
        Ok(Found { url: download, digest, sums: sums.to_string(), verified })
    }

    /// Gives the files of the old lock where it has the very same zips.
    fn known_provider(&self, provider: &TofuProvider, found: &[Found]) -> Option<Vec<PlacedFile>> {
        let old = self.old_set(SetKind::TofuProvider, &provider.source, &provider.version)?;
        let is_known = |(package, found): (&PackageForPlatform, &Found)| {
            let origin = PlacedOrigin::Url(found.url.clone());
            old.files.iter().any(|old| {
                (&old.path, old.digest, &old.origin) == (&package.path, found.digest, &origin)
            })
        };
        let has_fragment = old.files.iter().any(|old| old.path == provider.lock_fragment);
        let is_same = has_fragment
            && old.files.len() == found.len() + 1
            && provider.packages.iter().zip(found).all(is_known);
        is_same.then(|| old.files.clone())
    }

    /// Fetches the zips and looks into them for what a dependency lock file says of them.
    async fn provider_files(
        &self,
        provider: &TofuProvider,
        found: &[Found],
    ) -> Result<Vec<PlacedFile>, ResolveError> {
        let (mut files, mut hashes) = (Vec::new(), Vec::new());
        for (package, found) in provider.packages.iter().zip(found) {
            let size = self.package(&found.url, found.digest, &found.sums).await?;
            let listing = self.look_into(&found.url.to_string(), found.digest, |_| false).await?;
            want_program(&found.url, &listing, &format!("terraform-provider-{}", provider.name))?;
            hashes.extend(directory_hashes(&listing));
            hashes.push(format!("zh:{}", found.digest.hex()));
            files.push(PlacedFile {
                path: package.path.clone(),
                digest: found.digest,
                size,
                media_type: "application/zip".into(),
                origin: PlacedOrigin::Url(found.url.clone()),
            });
        }
        hashes.sort();
        hashes.dedup();
        let lines = lock_fragment(provider, &hashes);
        files.push(PlacedFile::of_lines(provider.lock_fragment.clone(), "text/plain", lines));
        Ok(files)
    }
}

/// Writes what `.terraform.lock.hcl` says of a provider, in the form that `tofu` itself writes.
fn lock_fragment(provider: &TofuProvider, hashes: &[String]) -> Vec<String> {
    let mut lines = vec![
        format!("provider \"{}\" {{", provider.source),
        format!("  version = \"{}\"", provider.version),
        "  hashes = [".into(),
    ];
    lines.extend(hashes.iter().map(|hash| format!("    \"{hash}\",")));
    lines.extend(["  ]".into(), "}".into()]);
    lines
}

fn no_platform(
    provider: &TofuProvider,
    package: &PackageForPlatform,
    offered: &[String],
) -> MirrorError {
    MirrorError::NoPlatform {
        name: provider.source.clone(),
        version: provider.version.clone(),
        platform: package.platform.clone(),
        offered: offered.iter().map(|platform| platform.escape_debug().to_string()).collect(),
    }
}
