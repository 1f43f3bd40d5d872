//! `[tls]`: who signs the certificates of the site.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::checker::{Checked, Checker};
use crate::raw::{RawSecret, Text};
use crate::secret::SecretReference;
use crate::words::AuthorityKind;

/// Who signs the certificates of the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authority {
    /// An authority that the installer makes.
    Own,
    /// An authority that the site gives.
    Given {
        /// A PEM file of its certificate.
        certificate: PathBuf,
        /// Its private key in PEM.
        key: SecretReference,
        /// A PEM file of the certificates above it, up to the root, where it is not the root itself.
        chain: Option<PathBuf>,
    },
}

/// Who signs the certificates of the site.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawTls {
    /// An authority that the installer makes (`own`), or one that the site gives (`given`); `own` unless given.
    #[schemars(with = "Option<AuthorityKind>")]
    pub authority: Option<Text>,
    /// Given: a PEM file of its certificate.
    #[schemars(with = "Option<String>")]
    pub certificate: Option<Text>,
    /// Given: where its private key comes from, in PEM.
    #[serde(default)]
    #[schemars(with = "RawSecret")]
    pub key: Option<Spanned<RawSecret>>,
    /// Given: a PEM file of the certificates above it, up to the root.
    #[schemars(with = "Option<String>")]
    pub chain: Option<Text>,
}

impl Checker<'_> {
    pub(crate) fn authority(&mut self, raw: Option<&Spanned<RawTls>>) -> Checked<Authority> {
        let Some(raw) = raw else { return Ok(Authority::Own) };
        let (at, raw) = (raw.span(), raw.get_ref());
        let kind = self.optional(raw.authority.as_ref())?.unwrap_or(AuthorityKind::Own);
        let key = raw.key.as_ref().map(Spanned::span);
        let texts = [&raw.certificate, &raw.chain].into_iter().flatten().map(Text::span);
        match (kind, texts.chain(key).next()) {
            (AuthorityKind::Own, None) => Ok(Authority::Own),
            (AuthorityKind::Own, Some(given)) => {
                let help = "remove it, or write `authority = \"given\"`";
                Err(self.wrong(given, "this belongs to an authority that the site gives", help))
            }
            (AuthorityKind::Given, _) => {
                let (Some(certificate), Some(key)) = (&raw.certificate, &raw.key) else {
                    let help = "write `certificate` and `key`";
                    return Err(self.wrong(at, "an authority has a certificate and a key", help));
                };
                let (certificate, key) = (self.path(certificate), self.secret(key));
                let chain = self.optional_path(raw.chain.as_ref());
                Ok(Authority::Given { certificate: certificate?, key: key?, chain: chain? })
            }
        }
    }
}
