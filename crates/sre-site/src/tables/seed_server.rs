//! `[seed-server]`: the server that gives out what the bundle has.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::checker::{Checked, Checker};
use crate::raw::Text;
use crate::words::{DnsLabel, HostAddress};

/// What the admin host is called; no node may have this name.
pub(crate) const ADMIN: &str = "admin";
/// The port of the seed server.
const USUAL_PORT: u16 = 8443;

/// The server that gives out what the bundle has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeedServer {
    /// Where it runs.
    pub host: SeedHost,
    /// The address that nodes ask; the one of the node, or the one that the admin host reaches the
    /// first node from, unless given.
    pub address: Option<HostAddress>,
    /// The port.
    pub port: u16,
}

/// Where the seed server runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeedHost {
    /// On the host that `sre-install` runs on.
    Admin,
    /// On a node, which has the bundle on its disk.
    Node(DnsLabel),
}

/// The server that gives out what the bundle has.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawSeedServer {
    /// Where it runs: `admin`, or the name of a node; `admin` unless given.
    #[schemars(with = "Option<String>")]
    pub host: Option<Text>,
    /// The address that nodes ask; the one that the first node is reached from unless given.
    #[schemars(with = "Option<String>")]
    pub address: Option<Text>,
    /// The port; 8443 unless given.
    #[schemars(with = "Option<u16>")]
    pub port: Option<Spanned<i64>>,
}

impl Checker<'_> {
    pub(crate) fn seed_server(&mut self, raw: &RawSeedServer) -> Checked<SeedServer> {
        let host = match &raw.host {
            Some(text) if text.get_ref() != ADMIN => self.word(text).map(SeedHost::Node),
            _ => Ok(SeedHost::Admin),
        };
        let address = self.optional(raw.address.as_ref());
        if let (Ok(Some(address)), Some(text)) = (&address, &raw.address) {
            self.address(*address, "the seed server", text.span());
        }
        let port = raw.port.as_ref().map(|port| self.number(port, 1..=65535)).transpose();
        Ok(SeedServer { host: host?, address: address?, port: port?.unwrap_or(USUAL_PORT) })
    }
}
