//! `[[node]]`: one machine of the cluster.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::access::{RawBecome, RawNodeAccess};
use super::machine::RawMachine;
use super::{ADMIN, Access, Machine};
use crate::checker::{Checked, Checker, Noted};
use crate::raw::{RawSite, Text};
use crate::words::{DnsLabel, HostAddress, InterfaceName, LabelKey, LabelValue, Role, Taint};

/// The most nodes of a site: as many as Kubernetes itself is tested with.
const MOST_NODES: usize = 5000;

/// One machine of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Its name, which is its host name and its name in the cluster.
    pub name: DnsLabel,
    /// The address that the admin host and the other nodes reach it at.
    pub address: HostAddress,
    /// What it does.
    pub role: Role,
    /// The interface that has the address, where it has several.
    pub interface: Option<InterfaceName>,
    /// How it is reached.
    pub access: Access,
    /// Its labels in the cluster.
    pub labels: BTreeMap<LabelKey, LabelValue>,
    /// Its taints in the cluster.
    pub taints: Vec<Taint>,
    /// The machine that Proxmox makes for it; without one it is there already.
    pub machine: Option<Machine>,
}

/// One machine of the cluster.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawNode {
    /// Its host name, which is its name in the cluster.
    #[schemars(with = "String")]
    pub name: Text,
    /// The address that the admin host and the other nodes reach it at.
    #[schemars(with = "String")]
    pub address: Text,
    /// What it does: `server` or `agent`.
    #[schemars(with = "Role")]
    pub role: Text,
    /// The interface that has the address; found by the address unless given.
    #[schemars(with = "Option<String>")]
    pub interface: Option<Text>,
    /// How it is reached; what is left out is as `[ssh]` says.
    #[serde(default)]
    pub ssh: RawNodeAccess,
    /// How the SSH user becomes root here; as `[become]` says unless given.
    #[serde(default)]
    #[schemars(with = "RawBecome")]
    pub r#become: Option<Spanned<RawBecome>>,
    /// Its labels in the cluster.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub labels: BTreeMap<Text, Text>,
    /// Its taints in the cluster, such as `dedicated=storage:NoSchedule`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub taints: Vec<Text>,
    /// The machine that Proxmox makes for it; without one it is there already.
    #[serde(default)]
    #[schemars(with = "RawMachine")]
    pub vm: Option<Spanned<RawMachine>>,
}

impl Checker<'_> {
    pub(crate) fn nodes(&mut self, raw: &RawSite) -> Checked<Vec<Node>> {
        let nodes = raw.node.get_ref();
        if nodes.len() > MOST_NODES {
            let help = format!("at most {MOST_NODES}");
            return Err(self.wrong(
                raw.node.span(),
                "these are more nodes than one cluster has",
                &help,
            ));
        }
        self.quorum(raw);
        let nodes: Vec<_> = nodes.iter().map(|node| self.node(node.get_ref(), raw)).collect();
        nodes.into_iter().collect()
    }

    fn quorum(&mut self, raw: &RawSite) {
        let nodes = raw.node.get_ref().iter().map(Spanned::get_ref);
        let servers: Vec<_> =
            nodes.filter(|node| node.role.get_ref() == Role::Server.as_str()).collect();
        let Some(last) = servers.last() else {
            let help = "write `role = \"server\"` at one node, or at three";
            self.wrong(raw.node.span(), "no node is a server", help);
            return;
        };
        if servers.len().is_multiple_of(2) {
            let message = format!(
                "{} servers bear no more losses than {} do",
                servers.len(),
                servers.len() - 1
            );
            let help = "etcd needs more than half of them: take one, three or five";
            self.doubt(last.role.span(), message, help);
        }
    }

    fn node(&mut self, raw: &RawNode, site: &RawSite) -> Checked<Node> {
        let name = self.node_name(&raw.name);
        let address: Checked<HostAddress> = self.word(&raw.address);
        if let Ok(address) = address {
            self.unique("address of a node", &address.to_string(), raw.address.span());
            self.address(address, format!("node `{}`", raw.name.get_ref()), raw.address.span());
        }
        let (role, interface) = (self.word(&raw.role), self.optional(raw.interface.as_ref()));
        let escalation = raw.r#become.as_ref().or(site.r#become.as_ref());
        let access = self.access(&raw.name, &raw.ssh, &site.ssh, escalation);
        let (labels, taints) = (self.labels(&raw.labels), self.words(&raw.taints));
        let proxmox = site.proxmox.as_ref().map(Spanned::get_ref);
        let machine = raw.vm.as_ref().map(|vm| self.machine(vm, proxmox)).transpose();
        Ok(Node {
            name: name?,
            address: address?,
            role: role?,
            interface: interface?,
            access: access?,
            labels: labels?,
            taints: taints?,
            machine: machine?,
        })
    }

    fn node_name(&mut self, text: &Text) -> Checked<DnsLabel> {
        let name: DnsLabel = self.word(text)?;
        if name.as_str() == ADMIN {
            let help = "take another name: `[seed-server]` calls the admin host so";
            return Err(self.wrong(text.span(), "a node cannot be called `admin`", help));
        }
        self.unique("node", name.as_str(), text.span());
        Ok(name)
    }

    fn labels(&mut self, raw: &BTreeMap<Text, Text>) -> Checked<BTreeMap<LabelKey, LabelValue>> {
        let labels: Vec<_> =
            raw.iter().map(|(key, value)| (self.label_key(key), self.word(value))).collect();
        labels.into_iter().map(|(key, value)| Ok::<_, Noted>((key?, value?))).collect()
    }

    fn label_key(&mut self, text: &Text) -> Checked<LabelKey> {
        let key: LabelKey = self.word(text)?;
        if !key.may_be_set_by_its_node() {
            let help =
                "Kubernetes keeps such labels for its administrators: take a prefix of your own";
            return Err(self.wrong(text.span(), "a node may not give itself this label", help));
        }
        Ok(key)
    }
}
