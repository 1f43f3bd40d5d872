//! Providers of OpenTofu.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::Mirrored;
use super::check::Checker;
use crate::bundle::BundlePath;
use crate::lock::SetKind;
use crate::{PlatformName, SourceUrl};

/// A provider of OpenTofu that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TofuProvider {
    /// Its full source, `host/namespace/type`.
    pub source: String,
    /// The host of the source.
    pub host: String,
    /// The namespace of the source.
    pub namespace: String,
    /// The last part of the source.
    pub name: String,
    /// Its version, exactly.
    pub version: String,
    /// Where the registry is asked instead of at the host of the source.
    pub registry: Option<SourceUrl>,
    /// Files of keys, one of which must have signed the sums; empty where sums alone will do.
    pub keys: Vec<String>,
    /// One package for each platform.
    pub packages: Vec<PackageForPlatform>,
    /// The path of what a dependency lock file says of it.
    pub lock_fragment: BundlePath,
}

/// The package of something for one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageForPlatform {
    /// The platform.
    pub platform: PlatformName,
    /// The path of the package inside the bundle.
    pub path: BundlePath,
}

/// Which letters a source may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    /// Lower case alone.
    Lower,
    /// Either case.
    Any,
}

/// A provider of OpenTofu, fetched from its registry and carried as a filesystem mirror.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawTofuProvider {
    /// The full source: `registry.opentofu.org/bpg/proxmox`.
    #[schemars(with = "String")]
    pub source: Spanned<String>,
    /// The version, exactly.
    #[schemars(with = "String")]
    pub version: Spanned<String>,
    /// The platforms that it is carried for; those of the bundle unless given.
    #[schemars(with = "Option<Vec<String>>")]
    pub platforms: Option<Spanned<Vec<Spanned<String>>>>,
    /// The URL of a registry that is asked instead of the host of the source.
    #[schemars(with = "Option<String>")]
    pub registry: Option<Spanned<String>>,
    /// Files of OpenPGP keys, relative to the manifest, of which one must have signed the sums.
    #[serde(default)]
    pub keys: Vec<String>,
}

impl Checker<'_> {
    pub(super) fn tofu_provider(
        &mut self,
        raw: RawTofuProvider,
        usual: &[PlatformName],
    ) -> Option<Mirrored> {
        let at = raw.source.span();
        let example = "write all of it, in lower case: `registry.opentofu.org/bpg/proxmox`";
        let parts = self.source_parts(&raw.source, "a provider", Letters::Lower, example);
        let version = self.plain_version(&raw.version);
        let platforms = self.platforms_or(raw.platforms, usual);
        let registry = match &raw.registry {
            Some(registry) => Some(self.url(registry)?),
            None => None,
        };
        let ([host, namespace, name], version) = (parts?, version?);
        let source = raw.source.into_inner();
        let mut packages = Vec::new();
        for platform in platforms? {
            let (os, architecture) = (platform.os(), platform.architecture());
            let file = format!("terraform-provider-{name}_{version}_{os}_{architecture}.zip");
            let path = format!("providers/{source}/{file}");
            let path = self.placed(SetKind::TofuProvider, &path, &at)?;
            packages.push(PackageForPlatform { platform, path });
        }
        let lock_fragment = format!("locks/{source}_{version}.lock.hcl");
        let lock_fragment = self.placed(SetKind::TofuProvider, &lock_fragment, &at)?;
        Some(Mirrored::TofuProvider(TofuProvider {
            source,
            host,
            namespace,
            name,
            version,
            registry,
            keys: raw.keys,
            packages,
            lock_fragment,
        }))
    }

    /// Takes a source apart into host, namespace and name, which become folders.
    pub(super) fn source_parts(
        &mut self,
        source: &Spanned<String>,
        what: &str,
        letters: Letters,
        example: &str,
    ) -> Option<[String; 3]> {
        let parts: Vec<_> = source.get_ref().split('/').map(str::to_owned).collect();
        let fits = |part: &String| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric();
            let ends = [part.bytes().next(), part.bytes().next_back()];
            part.bytes().all(|byte| allowed(byte) || b".-_".contains(&byte))
                && ends.into_iter().all(|end| end.is_some_and(allowed))
        };
        let case_fits = letters == Letters::Any || !source.get_ref().contains(char::is_uppercase);
        match <[String; 3]>::try_from(parts) {
            Ok(parts) if parts.iter().all(fits) && case_fits && parts[0].contains('.') => {
                Some(parts)
            }
            _ => self.wrong(source.span(), format!("this is not the source of {what}"), example),
        }
    }

    /// Wants one semantic version without the `v` that tags have.
    pub(super) fn plain_version(&mut self, version: &Spanned<String>) -> Option<String> {
        let text = version.get_ref();
        if semver::Version::parse(text).is_err() {
            let help = "write a semantic version such as `1.2.3`; ranges are not resolved";
            return self.wrong(version.span(), "this is not one version", help);
        }
        Some(text.clone())
    }
}
