//! `[cluster]`: what RKE2 is told beside its nodes. The version comes from the bundle.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::RawPlace;
use crate::checker::{Checked, Checker};
use crate::raw::Text;
use crate::words::{Cni, DnsLabel, DnsName, Host, HostAddress, InterfaceName, Subnet};

/// What RKE2 itself takes.
const USUAL_PODS: &str = "10.42.0.0/16";
const USUAL_SERVICES: &str = "10.43.0.0/16";
const USUAL_DOMAIN: &str = "cluster.local";
/// Which address of the services is that of DNS.
const DNS_PLACE: u8 = 10;

/// What RKE2 is told beside its nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cluster {
    /// Its name, in kubeconfig files and backups.
    pub name: DnsLabel,
    /// The network between pods.
    pub cni: Cni,
    /// Where pods have their addresses from: one range, or one each of IPv4 and IPv6.
    pub pods: Vec<Subnet>,
    /// Where services have theirs from.
    pub services: Vec<Subnet>,
    /// The address of DNS for pods.
    pub dns: HostAddress,
    /// The domain of services inside the cluster.
    pub domain: DnsName,
    /// How agents and people reach the API.
    pub api: AgentsReach,
    /// Further names and addresses that the certificate of the API holds.
    pub api_names: Vec<Host>,
    /// Whether nodes give images to each other (RKE2's embedded registry).
    pub embedded_registry: bool,
}

/// How agents, later servers and people reach the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgentsReach {
    /// At the first server, which is then needed for every join.
    FirstServer,
    /// At an address that moves between the servers (kube-vip).
    Virtual(VirtualAddress),
    /// At a load balancer that the site has: TCP 6443 and 9345 to all servers.
    LoadBalancer(Host),
}

/// An address that moves between the servers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VirtualAddress {
    /// The address.
    pub address: HostAddress,
    /// The interface of the servers that gets it.
    pub interface: InterfaceName,
}

/// The cluster; its version comes from the bundle.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawCluster {
    /// Its name; that of the site unless given.
    #[schemars(with = "Option<String>")]
    pub name: Option<Text>,
    /// The network between pods; `canal` unless given.
    #[schemars(with = "Option<Cni>")]
    pub cni: Option<Text>,
    /// The addresses of pods: one range, or one each of IPv4 and IPv6; `["10.42.0.0/16"]` unless given.
    #[schemars(with = "Option<Vec<String>>")]
    pub pod_cidrs: Option<Spanned<Vec<Text>>>,
    /// The addresses of services; `["10.43.0.0/16"]` unless given.
    #[schemars(with = "Option<Vec<String>>")]
    pub service_cidrs: Option<Spanned<Vec<Text>>>,
    /// The address of DNS for pods; the tenth of the services unless given.
    #[schemars(with = "Option<String>")]
    pub cluster_dns: Option<Text>,
    /// The domain of services inside the cluster; `cluster.local` unless given.
    #[schemars(with = "Option<String>")]
    pub cluster_domain: Option<Text>,
    /// An address that moves between the servers; for several servers this or `load-balancer`.
    #[serde(default)]
    #[schemars(with = "RawVirtualAddress")]
    pub vip: Option<Spanned<RawVirtualAddress>>,
    /// The load balancer of the site, by name or address; it leads TCP 6443 and 9345 to all servers.
    #[schemars(with = "Option<String>")]
    pub load_balancer: Option<Text>,
    /// Further names and addresses that the certificate of the API holds.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub api_names: Vec<Text>,
    /// Whether nodes give images to each other; `false` unless given.
    #[serde(default)]
    pub embedded_registry: bool,
}

/// An address that moves between the servers.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawVirtualAddress {
    /// The address, which no host has.
    #[schemars(with = "String")]
    pub address: Text,
    /// The interface of the servers that gets it, such as `eth0`.
    #[schemars(with = "String")]
    pub interface: Text,
}

impl Checker<'_> {
    pub(crate) fn cluster(&mut self, raw: &RawCluster, place: &RawPlace) -> Checked<Cluster> {
        let name = match &raw.name {
            Some(name) => self.word(name),
            // What is wrong with the name of the site is told there.
            None => place.name.get_ref().parse().map_err(|_| crate::checker::Noted),
        };
        let cni = self.optional(raw.cni.as_ref());
        let pods = self.cidrs(raw.pod_cidrs.as_ref(), USUAL_PODS, "the addresses of pods");
        let services =
            self.cidrs(raw.service_cidrs.as_ref(), USUAL_SERVICES, "the addresses of services");
        let dns = self.cluster_dns(raw, services.as_deref().unwrap_or_default());
        let domain = match &raw.cluster_domain {
            Some(domain) => self.word(domain),
            None => USUAL_DOMAIN.parse().map_err(|_| crate::checker::Noted),
        };
        let (api, api_names) = (self.api(raw), self.words(&raw.api_names));
        Ok(Cluster {
            name: name?,
            cni: cni?.unwrap_or(Cni::Canal),
            pods: pods?,
            services: services?,
            dns: dns?,
            domain: domain?,
            api: api?,
            api_names: api_names?,
            embedded_registry: raw.embedded_registry,
        })
    }

    fn cidrs(
        &mut self,
        raw: Option<&Spanned<Vec<Text>>>,
        usual: &str,
        what: &str,
    ) -> Checked<Vec<Subnet>> {
        let usual = [Spanned::new(0..0, usual.to_owned())];
        let texts = raw.map_or(&usual[..], |raw| raw.get_ref());
        let ranges: Vec<Subnet> = self.words(texts)?;
        for (range, text) in ranges.iter().zip(texts) {
            self.range(*range, what, text.span());
        }
        let families: Vec<bool> = ranges.iter().map(|range| range.is_ipv4()).collect();
        let at = raw.map_or(0..0, Spanned::span);
        match families[..] {
            [_] => Ok(ranges),
            [first, second] if first != second => Ok(ranges),
            _ => Err(self.wrong(
                at,
                "RKE2 cannot use these ranges",
                "one range, or one each of IPv4 and IPv6",
            )),
        }
    }

    fn cluster_dns(&mut self, raw: &RawCluster, services: &[Subnet]) -> Checked<HostAddress> {
        let Some(text) = &raw.cluster_dns else {
            let usual = services.first().and_then(|range| range.address_at(DNS_PLACE));
            return usual.ok_or_else(|| {
                let at = raw.service_cidrs.as_ref().map_or(0..0, Spanned::span);
                self.wrong(
                    at,
                    "this range has no address for DNS",
                    "take a range of 16 addresses or more",
                )
            });
        };
        let address: HostAddress = self.word(text)?;
        if !services.is_empty() && !services.iter().any(|range| range.contains(address.ip())) {
            let help = "take an address of `service-cidrs`, or leave the key out";
            return Err(self.wrong(text.span(), "this is no address of a service", help));
        }
        Ok(address)
    }

    fn api(&mut self, raw: &RawCluster) -> Checked<AgentsReach> {
        match (&raw.vip, &raw.load_balancer) {
            (None, None) => Ok(AgentsReach::FirstServer),
            (Some(vip), None) => self.virtual_address(vip.get_ref()).map(AgentsReach::Virtual),
            (None, Some(balancer)) => self.load_balancer(balancer).map(AgentsReach::LoadBalancer),
            (Some(vip), Some(_)) => {
                let help = "write `vip` or `load-balancer`, not both";
                Err(self.wrong(vip.span(), "it is not clear how the API is reached", help))
            }
        }
    }

    fn virtual_address(&mut self, raw: &RawVirtualAddress) -> Checked<VirtualAddress> {
        let (address, interface) = (self.word(&raw.address), self.word(&raw.interface));
        if let Ok(address) = address {
            self.address(address, "the VIP", raw.address.span());
        }
        Ok(VirtualAddress { address: address?, interface: interface? })
    }

    fn load_balancer(&mut self, raw: &Text) -> Checked<Host> {
        let host = self.word(raw)?;
        if let Host::Address(address) = host {
            self.address(address, "the load balancer", raw.span());
        }
        Ok(host)
    }
}
