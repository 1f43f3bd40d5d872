//! Which tables a site file has; the file of each says its keys. The first lines are what editors show.

use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use crate::checker::{Checked, Checker};
use crate::cross::Tables;
use crate::site::Site;
use crate::tables::{
    RawAccess, RawBecome, RawCluster, RawFlux, RawHardening, RawNetwork, RawNode, RawPlace,
    RawProxmox, RawRegistry, RawSeedServer, RawTime, RawTls,
};

/// A text with its place in the file.
pub(crate) type Text = Spanned<String>;

/// Where SRE is installed; `sre-install` contacts nothing that is not named here.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "site.toml")]
pub(crate) struct RawSite {
    /// What the site is called.
    pub site: RawPlace,
    /// What its network offers; what is left out stays as the nodes have it.
    #[serde(default)]
    pub network: RawNetwork,
    /// Where the nodes have the time from.
    #[serde(default)]
    pub time: RawTime,
    /// How the nodes are reached, unless a node says otherwise.
    #[serde(default)]
    pub ssh: RawAccess,
    /// How the SSH user becomes root, unless a node says otherwise; by `sudo` without a password unless given.
    #[serde(default)]
    #[schemars(with = "RawBecome")]
    pub r#become: Option<Spanned<RawBecome>>,
    /// The machines, servers before agents; the first server begins the cluster.
    #[schemars(with = "Vec<RawNode>")]
    pub node: Spanned<Vec<Spanned<RawNode>>>,
    /// The cluster.
    #[serde(default)]
    pub cluster: RawCluster,
    /// The Proxmox VE that makes the nodes which have a `vm`.
    #[serde(default)]
    #[schemars(with = "RawProxmox")]
    pub proxmox: Option<Spanned<RawProxmox>>,
    /// The registry that the cluster pulls from; a Harbor inside the cluster unless given.
    #[serde(default)]
    #[schemars(with = "RawRegistry")]
    pub registry: Option<Spanned<RawRegistry>>,
    /// The server that gives out what the bundle has.
    #[serde(default)]
    pub seed_server: RawSeedServer,
    /// Who signs the certificates of the site; an authority of its own unless given.
    #[serde(default)]
    #[schemars(with = "RawTls")]
    pub tls: Option<Spanned<RawTls>>,
    /// What Flux puts into the manifests of the platform.
    #[serde(default)]
    pub flux: RawFlux,
    /// How hosts and cluster are hardened.
    #[serde(default)]
    pub hardening: RawHardening,
}

/// Where a secret comes from: one of the three.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawSecret {
    /// A file that holds it; a relative path begins at the folder of the site file.
    #[schemars(with = "Option<String>")]
    pub file: Option<Text>,
    /// The variable of the environment that holds it.
    #[schemars(with = "Option<String>")]
    pub environment: Option<Text>,
    /// A program that prints it, with its arguments; there is no shell.
    #[schemars(with = "Option<Vec<String>>")]
    pub command: Option<Vec<Text>>,
}

impl RawSite {
    /// Gives where the id of each deviation stands.
    pub(crate) fn places_of_deviations(&self) -> Vec<Range<usize>> {
        self.hardening.deviation.iter().map(|deviation| deviation.id.span()).collect()
    }
}

impl Checker<'_> {
    pub(crate) fn site(&mut self, raw: &RawSite) -> Checked<Site> {
        let place = self.place(&raw.site);
        let network = self.network(&raw.network);
        let (cluster, nodes) = (self.cluster(&raw.cluster, &raw.site), self.nodes(raw));
        let proxmox = raw.proxmox.as_ref().map(|raw| self.proxmox(raw)).transpose();
        let registry = self.registry(raw.registry.as_ref(), place.as_ref().ok());
        let seed_server = self.seed_server(&raw.seed_server);
        let authority = self.authority(raw.tls.as_ref());
        let hardening = self.hardening(&raw.hardening);
        let time = self.time(&raw.time);
        let flux = self.flux(&raw.flux);
        self.compare_addresses(raw);
        let tables = Tables {
            time: time.as_ref().ok(),
            nodes: nodes.as_deref().ok(),
            cluster: cluster.as_ref().ok(),
            seed_server: seed_server.as_ref().ok(),
            hardening: hardening.as_ref().ok(),
        };
        self.compare_tables(raw, &tables);
        let site = Site {
            place: place?,
            network: network?,
            time: time?,
            nodes: nodes?,
            cluster: cluster?,
            proxmox: proxmox?,
            registry: registry?,
            seed_server: seed_server?,
            authority: authority?,
            flux: flux?,
            hardening: hardening?,
        };
        Ok(site)
    }
}
