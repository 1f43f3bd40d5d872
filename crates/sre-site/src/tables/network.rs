//! `[network]` and `[time]`: what the network of the site offers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::checker::{Checked, Checker};
use crate::raw::Text;
use crate::words::{DnsName, Host, HostAddress, Subnet};

/// What the network of the site offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Network {
    /// The range of addresses that the nodes are in.
    pub subnet: Option<Subnet>,
    /// The way out of it; a site without one gets a route that leads nowhere, since RKE2 wants one.
    pub gateway: Option<HostAddress>,
    /// Servers that the nodes ask for names, the first one first; none leaves the nodes as they are.
    pub dns: Vec<HostAddress>,
    /// Domains in which short names are looked for.
    pub search: Vec<DnsName>,
    /// The largest packet in bytes, where it is not what the interface has.
    pub mtu: Option<u16>,
}

/// What the network of the site offers; what is left out stays as the nodes have it.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawNetwork {
    /// The range of addresses that the nodes are in, such as `10.20.0.0/24`; needed for machines of Proxmox.
    #[schemars(with = "Option<String>")]
    pub subnet: Option<Text>,
    /// The router, where there is one.
    #[schemars(with = "Option<String>")]
    pub gateway: Option<Text>,
    /// The addresses of DNS servers; never a public one by default.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub dns: Vec<Text>,
    /// Domains in which short names are looked for.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub search: Vec<Text>,
    /// The largest packet in bytes, from 1280 to 9216; that of the interface unless given.
    #[schemars(with = "Option<u16>")]
    pub mtu: Option<Spanned<i64>>,
}

/// Where the nodes have the time from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Time {
    /// Servers that are asked for the time.
    pub ntp: Vec<Host>,
}

/// Where the nodes have the time from.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawTime {
    /// The names or addresses of NTP servers; needed by the profiles `stig` and `cis`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub ntp: Vec<Text>,
}

impl Checker<'_> {
    pub(crate) fn network(&mut self, raw: &RawNetwork) -> Checked<Network> {
        let subnet = self.optional(raw.subnet.as_ref());
        if let (Ok(Some(subnet)), Some(text)) = (&subnet, &raw.subnet) {
            self.range(*subnet, "the subnet of the nodes", text.span());
        }
        let gateway = self.optional(raw.gateway.as_ref());
        if let (Ok(Some(gateway)), Some(text)) = (&gateway, &raw.gateway) {
            self.address(*gateway, "the gateway", text.span());
        }
        let dns: Checked<Vec<HostAddress>> = self.words(&raw.dns);
        for (server, text) in dns.iter().flatten().zip(&raw.dns) {
            self.address(*server, "this DNS server", text.span());
        }
        let search = self.words(&raw.search);
        let mtu = raw.mtu.as_ref().map(|mtu| self.number(mtu, 1280..=9216)).transpose();
        Ok(Network { subnet: subnet?, gateway: gateway?, dns: dns?, search: search?, mtu: mtu? })
    }

    pub(crate) fn time(&mut self, raw: &RawTime) -> Checked<Time> {
        let ntp: Checked<Vec<Host>> = self.words(&raw.ntp);
        for (server, text) in ntp.iter().flatten().zip(&raw.ntp) {
            if let Host::Address(server) = server {
                self.address(*server, "this NTP server", text.span());
            }
        }
        Ok(Time { ntp: ntp? })
    }
}
