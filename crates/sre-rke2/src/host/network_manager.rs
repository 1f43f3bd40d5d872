//! NetworkManager must leave the interfaces of network plugins alone.

use crate::specification::Cni;

/// The file; the name is that of RKE2's documentation, whatever the plugin.
pub const NETWORK_MANAGER: &str = "/etc/NetworkManager/conf.d/rke2-canal.conf";

/// Interfaces that Canal, Calico and Flannel make (RKE2, "Known issues", NetworkManager).
const CALICO_AND_FLANNEL: &[&str] = &[
    "flannel*",
    "cali*",
    "tunl*",
    "vxlan.calico",
    "vxlan-v6.calico",
    "wireguard.cali",
    "wg-v6.cali",
];

/// Interfaces that Cilium makes.
const CILIUM: &[&str] = &["cilium*", "lxc*"];

/// Renders the file for a network plugin.
#[must_use]
pub fn network_manager(cni: Cni) -> String {
    let interfaces = match cni {
        Cni::Canal | Cni::Calico | Cni::Flannel => CALICO_AND_FLANNEL,
        Cni::Cilium => CILIUM,
    };
    let interfaces: Vec<String> =
        interfaces.iter().map(|name| format!("interface-name:{name}")).collect();
    format!(
        "# Written by sre-install: these interfaces belong to the network plugin.\n\
         [keyfile]\nunmanaged-devices={}\n",
        interfaces.join(";")
    )
}
