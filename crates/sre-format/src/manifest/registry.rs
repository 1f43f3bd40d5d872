//! What is special about a host.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use crate::{ImageReference, SourceUrl};

/// What is special about a host; it holds for images, charts and files alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistryOptions {
    /// How images and OCI charts are asked for.
    pub protocol: Protocol,
    /// A PEM file of certificates to trust beside those of the system, relative to the manifest.
    pub ca_file: Option<PathBuf>,
    /// Places to ask before the host itself, in this order.
    pub mirrors: Vec<SourceUrl>,
    /// Hosts of token services on other sites that may be told who we are.
    pub trusted_realms: Vec<String>,
}

/// How a registry is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// Over TLS with a certificate that is checked.
    #[default]
    Https,
    /// Over plain HTTP; digests still protect what is locked, nothing protects the first look.
    PlainHttp,
}

/// What is special about a host.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawRegistry {
    /// Ask the registry over plain HTTP.
    #[serde(default)]
    pub plain_http: bool,
    /// A PEM file of certificates to trust beside those of the system.
    #[schemars(with = "Option<String>")]
    pub ca_file: Option<Spanned<String>>,
    /// A place, or several, to ask before the host itself.
    #[schemars(with = "Option<OneOrMany>")]
    pub mirror: Option<Spanned<OneOrMany>>,
    /// Hosts of token services on other sites that may be told who we are.
    #[schemars(with = "Option<Vec<String>>")]
    pub trusted_realms: Option<Vec<Spanned<String>>>,
}

/// One text or several.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Checker<'_> {
    pub(super) fn registry(
        &mut self,
        host: Spanned<String>,
        raw: RawRegistry,
    ) -> Option<(String, RegistryOptions)> {
        let at = host.span();
        let probe = format!("{}/probe", host.get_ref());
        if probe.parse::<ImageReference>().is_err() {
            return self.wrong(at, "this is not a registry host", "write `host` or `host:port`");
        }
        let protocol = if raw.plain_http { Protocol::PlainHttp } else { Protocol::Https };
        let mirrors = match raw.mirror {
            Some(mirrors) => self.mirrors(mirrors)?,
            None => Vec::new(),
        };
        let ca_file = raw.ca_file.map(|path| path.into_inner().into());
        let realms = raw.trusted_realms.unwrap_or_default();
        let realms: Vec<_> = realms.into_iter().map(|realm| self.realm(realm)).collect();
        let trusted_realms = realms.into_iter().collect::<Option<_>>()?;
        let options = RegistryOptions { protocol, ca_file, mirrors, trusted_realms };
        Some((host.into_inner(), options))
    }

    fn realm(&mut self, host: Spanned<String>) -> Option<String> {
        let text = host.get_ref();
        let fits = url::Host::parse(text).is_ok_and(|parsed| parsed.to_string() == *text);
        if !fits {
            let help = "write the name alone, in small letters: `auth.example.org`";
            return self.wrong(host.span(), "this is not the host of a token service", help);
        }
        Some(host.into_inner())
    }

    fn mirrors(&mut self, raw: Spanned<OneOrMany>) -> Option<Vec<SourceUrl>> {
        let at = raw.span();
        let texts = match raw.into_inner() {
            OneOrMany::One(text) => vec![text],
            OneOrMany::Many(texts) => texts,
        };
        texts.iter().map(|text| self.url_at(at.clone(), text)).collect()
    }
}
