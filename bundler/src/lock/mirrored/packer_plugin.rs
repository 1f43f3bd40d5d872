//! Plugins of Packer, found among the releases of their repository.
//!
//! A release has a zip for each platform and protocol version of plugins, and a file of their sums,
//! which tells what there is. Packer keeps a plugin as the program itself beside a file with its
//! SHA-256, and starts none without that; so the bundle carries both, at the places where Packer
//! looks.

use sre_format::lock::{Archive, LockedFileSet, PlacedFile, PlacedOrigin, SetKind, Verification};
use sre_format::manifest::PackerPlugin;
use sre_format::{Digest, PlatformName, SourceUrl};

use super::{MirrorError, malformed, named_url};
use crate::fetch::take_out;
use crate::lock::checksum::{self, MAX_CHECKSUM_FILE};
use crate::lock::{ResolveError, Resolver};

/// The protocol between Packer and its plugins that every Packer since 1.7 speaks; its minor
/// versions only add to it.
const PROTOCOL: u32 = 5;

/// A zip of a release.
struct Package {
    /// Its name without the ending, which is that of the program inside.
    program: String,
    digest: Digest,
}

impl Resolver<'_> {
    pub(super) async fn packer_plugin(
        &self,
        plugin: &PackerPlugin,
    ) -> Result<LockedFileSet, ResolveError> {
        let sums = named_url(&plugin.releases, &format!("{}_SHA256SUMS", plugin.stem()))?;
        let failed = |source| ResolveError::Server { what: sums.to_string(), source };
        let text = self.small(&sums, MAX_CHECKSUM_FILE).await.map_err(failed)?;
        let text = text.ok_or_else(|| ResolveError::NoFile { url: sums.clone() })?;
        let by_sums = Verification::ChecksumFile { url: sums.clone(), digest: Digest::of(&text) };
        let signature = named_url(&plugin.releases, &format!("{}_SHA256SUMS.sig", plugin.stem()))?;
        let by_key = self.signed_sums(&plugin.keys, &sums, &text, &signature).await?;
        let listed = String::from_utf8_lossy(&text).into_owned();
        let mut files = Vec::new();
        for platform in &plugin.platforms {
            let package = find(plugin, platform, &listed)?;
            files.extend(self.plugin_files(plugin, &package, &sums).await?);
        }
        Ok(LockedFileSet {
            kind: SetKind::PackerPlugin,
            name: plugin.source.clone(),
            version: plugin.version.clone(),
            files,
            images: Vec::new(),
            verified: [by_sums].into_iter().chain(by_key).collect(),
        })
    }

    /// Gives the program of a zip, and the file with its SHA-256.
    async fn plugin_files(
        &self,
        plugin: &PackerPlugin,
        package: &Package,
        sums: &SourceUrl,
    ) -> Result<[PlacedFile; 2], ResolveError> {
        let url = named_url(&plugin.releases, &format!("{}.zip", package.program))?;
        let program = &package.program;
        let path = format!("{}/{program}", plugin.folder());
        let path = path
            .parse()
            .map_err(|error: sre_format::bundle::ParsePathError| malformed(sums, &error))?;
        let old = self.old_set(SetKind::PackerPlugin, &plugin.source, &plugin.version);
        let is_known = |file: &&PlacedFile| {
            let PlacedOrigin::Member { of, path: member } = &file.origin else { return false };
            (&file.path, &of.url, of.digest, member) == (&path, &url, package.digest, program)
        };
        let known = old.and_then(|old| old.files.iter().find(is_known)).cloned();
        let file = if let Some(known) = known {
            known
        } else {
            let size = self.package(&url, package.digest, &sums.to_string()).await?;
            let of = Archive { url, digest: package.digest, size };
            let (digest, size) = take_out(self.cache, &of, program).await?;
            let origin = PlacedOrigin::Member { of, path: program.clone() };
            let media_type = crate::lock::downloads::PROGRAM_TYPE.to_owned();
            PlacedFile { path, digest, size, media_type, origin }
        };
        let sum = format!("{}_SHA256SUM", file.path).parse();
        let sum =
            sum.map_err(|error: sre_format::bundle::ParsePathError| malformed(sums, &error))?;
        let sum = PlacedFile::of_lines(sum, "text/plain", vec![file.digest.hex()]);
        Ok([file, sum])
    }
}

/// Finds the zip for a platform: of several protocol versions the newest that all of Packer
/// understands.
fn find(
    plugin: &PackerPlugin,
    platform: &PlatformName,
    sums: &str,
) -> Result<Package, MirrorError> {
    let stem = format!("{}_x", plugin.stem());
    let ending = format!("_{}_{}", platform.os(), platform.architecture());
    let mut there = Vec::new();
    let mut best: Option<(u32, Package)> = None;
    for (name, digest) in checksum::all(sums) {
        let Some(program) = name.strip_suffix(".zip") else { continue };
        let Some(rest) = program.strip_prefix(&stem) else { continue };
        let Some((protocol, target)) = rest.split_once('_') else { continue };
        there.push(target.replace('_', "/").escape_debug().to_string());
        let Some(minor) = rest.strip_suffix(&ending).and_then(minor_version) else { continue };
        if protocol.len() + ending.len() == rest.len()
            && best.as_ref().is_none_or(|(known, _)| *known < minor)
        {
            best = Some((minor, Package { program: program.to_owned(), digest }));
        }
    }
    there.sort();
    there.dedup();
    let (name, version) = (plugin.source.clone(), plugin.version.clone());
    let (platform, offered) = (platform.clone(), there);
    let none = MirrorError::NoPlatform { name, version, platform, offered };
    best.map(|(_, package)| package).ok_or(none)
}

/// Gives the minor part of a protocol version that Packer speaks.
fn minor_version(protocol: &str) -> Option<u32> {
    let (major, minor) = protocol.split_once('.')?;
    let major: u32 = major.parse().ok()?;
    minor.parse().ok().filter(|_| major == PROTOCOL)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin() -> PackerPlugin {
        PackerPlugin {
            source: "github.com/acme/tiny".into(),
            name: "tiny".into(),
            version: "1.0.0".into(),
            releases: "https://example.org/v1.0.0/".parse().unwrap(),
            keys: Vec::new(),
            platforms: Vec::new(),
        }
    }

    fn found(names: &[&str]) -> Result<String, String> {
        let sums: Vec<_> = names
            .iter()
            .map(|name| format!("{}  {name}\n", Digest::of(name.as_bytes()).hex()))
            .collect();
        let sums = sums.concat();
        let platform = "linux/amd64".parse().unwrap();
        find(&plugin(), &platform, &sums).map(|it| it.program).map_err(|error| error.to_string())
    }

    #[test]
    fn takes_the_newest_protocol_that_packer_speaks_and_no_other_file() {
        let names = [
            "packer-plugin-tiny_v1.0.0_x4.9_linux_amd64.zip",
            "packer-plugin-tiny_v1.0.0_x5.0_linux_amd64.zip",
            "packer-plugin-tiny_v1.0.0_x5.10_linux_amd64.zip",
            "packer-plugin-tiny_v1.0.0_x5.2_linux_amd64.zip",
            "packer-plugin-tiny_v1.0.0_x6.0_linux_amd64.zip",
            "packer-plugin-tiny_v1.0.0_x5.99_linux_arm64.zip",
            "packer-plugin-tiny_v1.0.0_x5.99_evil_linux_amd64.zip",
            "packer-plugin-tiny_v1.0.1_x5.99_linux_amd64.zip",
            "manifest.json",
        ];
        assert_eq!(found(&names).unwrap(), "packer-plugin-tiny_v1.0.0_x5.10_linux_amd64");
    }

    #[test]
    fn says_for_which_platforms_there_is_one() {
        let names = ["packer-plugin-tiny_v1.0.0_x5.0_darwin_arm64.zip"];
        let error = found(&names).unwrap_err();
        assert!(error.ends_with("is not there for linux/amd64, only for darwin/arm64"), "{error}");
    }
}
