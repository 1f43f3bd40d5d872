//! `[proxmox]`: the Proxmox VE that makes machines.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sre_format::SourceUrl;
use toml::Spanned;

use crate::checker::{Checked, Checker};
use crate::raw::{RawSecret, Text};
use crate::secret::SecretReference;
use crate::words::Fingerprint;

/// The Proxmox VE that makes machines. What machines have in common stands in each of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proxmox {
    /// Where its API is.
    pub endpoint: SourceUrl,
    /// The token of its API, `user@realm!id=uuid`.
    pub token: SecretReference,
    /// Why its certificate is believed.
    pub trust: ProxmoxTrust,
}

/// Why the certificate of a Proxmox VE is believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxmoxTrust {
    /// The authorities of the admin host signed it.
    System,
    /// An authority of this PEM file signed it.
    AuthorityFile(PathBuf),
    /// It is the one that has this SHA-256.
    Fingerprint(Fingerprint),
}

/// The Proxmox VE that makes the nodes which have a `vm`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawProxmox {
    /// Where its API is, such as `https://pve1.alpha.example:8006`.
    #[schemars(with = "String")]
    pub endpoint: Text,
    /// Where the token of its API comes from, `user@realm!id=uuid`.
    #[schemars(with = "RawSecret")]
    pub token: Spanned<RawSecret>,
    /// A PEM file of the authority that signed its certificate; those of the admin host unless given.
    #[schemars(with = "Option<String>")]
    pub ca_file: Option<Text>,
    /// The SHA-256 of its certificate, instead of an authority.
    #[schemars(with = "Option<String>")]
    pub fingerprint: Option<Text>,
    /// The template that machines are clones of.
    #[schemars(with = "Option<String>")]
    pub template: Option<Text>,
    /// Where the disks of machines lie, such as `local-lvm`.
    #[schemars(with = "Option<String>")]
    pub storage: Option<Text>,
    /// The bridge of their network cards, such as `vmbr0`.
    #[schemars(with = "Option<String>")]
    pub bridge: Option<Text>,
}

impl Checker<'_> {
    pub(crate) fn proxmox(&mut self, raw: &Spanned<RawProxmox>) -> Checked<Proxmox> {
        let raw = raw.get_ref();
        let endpoint = self.https(&raw.endpoint);
        let token = self.secret(&raw.token);
        let trust = match (&raw.ca_file, &raw.fingerprint) {
            (None, None) => Ok(ProxmoxTrust::System),
            (Some(path), None) => self.path(path).map(ProxmoxTrust::AuthorityFile),
            (None, Some(text)) => self.word(text).map(ProxmoxTrust::Fingerprint),
            (Some(_), Some(text)) => {
                let help = "write `ca-file` or `fingerprint`, not both";
                Err(self.wrong(text.span(), "it is not clear why this Proxmox is believed", help))
            }
        };
        Ok(Proxmox { endpoint: endpoint?, token: token?, trust: trust? })
    }

    /// Reads a URL, which may not hold credentials.
    pub(crate) fn url(&mut self, text: &Text) -> Checked<SourceUrl> {
        let help = "such as `https://host.alpha.example:8006`; credentials have keys of their own";
        text.get_ref().parse().map_err(|error: sre_format::SourceUrlError| {
            self.wrong(text.span(), error.to_string(), help)
        })
    }

    fn https(&mut self, text: &Text) -> Checked<SourceUrl> {
        let url = self.url(text)?;
        if url.as_url().scheme() != "https" {
            let help = "the token would travel in clear text: write `https://`";
            return Err(self.wrong(text.span(), "this URL is without TLS", help));
        }
        Ok(url)
    }
}
