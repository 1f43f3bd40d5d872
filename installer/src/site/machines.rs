//! The machines that Proxmox makes for a site, as variables of `infra/tofu`. They hold no secret.
//!
//! [`machines`] is a function of the site and of public keys, and nothing else. The token of
//! Proxmox and the certificate that it is believed by go to OpenTofu through the environment.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use sre_site::words::{PublicKey, Role, Subnet};
use sre_site::{Machine, Node, Site};

use super::HostPlanError;

/// MiB in a GiB, in which Proxmox counts disks.
const GIBIBYTE: u64 = 1024;

/// What `infra/tofu` is told of a site.
#[derive(Debug, Serialize)]
pub(super) struct Variables {
    endpoint: String,
    site: String,
    machines: BTreeMap<String, MachineVariables>,
}

/// One machine in the words of `infra/tofu/modules/proxmox/variables.tf`.
#[derive(Debug, Serialize)]
struct MachineVariables {
    role: &'static str,
    node: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u32>,
    template: String,
    cores: u16,
    memory: u64,
    storage: String,
    system_disk: u64,
    bridge: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    vlan: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mac: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mtu: Option<u16>,
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway: Option<String>,
    dns: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<String>,
    user: String,
    ssh_keys: Vec<String>,
    order: usize,
}

/// Gives the variables of a site that has a Proxmox; `public_key` gives the public half of a key that logs in.
pub(super) fn machines(
    site: &Site,
    public_key: impl Fn(&Path) -> Result<PublicKey, HostPlanError>,
) -> Result<Option<Variables>, HostPlanError> {
    let Some(proxmox) = &site.proxmox else { return Ok(None) };
    let mut machines = BTreeMap::new();
    // Servers are there before agents want them, also after the power came back.
    for (place, node) in site.servers().chain(site.agents()).enumerate() {
        if let Some(machine) = &node.machine {
            let key = public_key(&node.access.key)?;
            machines.insert(node.name.to_string(), variables(site, node, machine, &key, place + 1));
        }
    }
    let endpoint = proxmox.endpoint.to_string();
    Ok(Some(Variables { endpoint, site: site.place.name.to_string(), machines }))
}

fn variables(
    site: &Site,
    node: &Node,
    machine: &Machine,
    key: &PublicKey,
    order: usize,
) -> MachineVariables {
    let network = &site.network;
    let search: Vec<_> = network.search.iter().map(ToString::to_string).collect();
    MachineVariables {
        role: match node.role {
            Role::Server => "server",
            Role::Agent => "agent",
        },
        node: machine.node.to_string(),
        id: machine.id,
        template: machine.template.to_string(),
        cores: machine.cores,
        memory: machine.memory.mebibytes(),
        storage: machine.storage.to_string(),
        system_disk: machine.disk.mebibytes().div_ceil(GIBIBYTE),
        bridge: machine.bridge.to_string(),
        vlan: machine.vlan,
        mac: machine.mac.as_ref().map(ToString::to_string),
        mtu: network.mtu,
        address: address(site, node),
        gateway: network.gateway.map(|gateway| gateway.to_string()),
        dns: network.dns.iter().map(ToString::to_string).collect(),
        // Proxmox takes several in one text.
        search: (!search.is_empty()).then(|| search.join(" ")),
        user: node.access.user.to_string(),
        ssh_keys: vec![key.to_string()],
        order,
    }
}

/// Gives the address of a node with the length of the prefix; a site with machines has a subnet.
fn address(site: &Site, node: &Node) -> String {
    let alone = if node.address.ip().is_ipv4() { 32 } else { 128 };
    let length = site.network.subnet.map_or(alone, Subnet::prefix_length);
    format!("{}/{length}", node.address)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use sre_site::SiteFile;

    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f sre";

    fn of(text: &str) -> Option<Value> {
        let file = SiteFile::parse("site.toml", text.as_bytes()).unwrap();
        let found = machines(file.site(), |_| Ok(KEY.parse().unwrap())).unwrap();
        found.map(|found| serde_json::to_value(found).unwrap())
    }

    fn example() -> String {
        include_str!("../../../docs/examples/site/proxmox.toml").to_owned()
    }

    #[test]
    fn a_machine_has_what_the_site_says_of_it_and_nothing_that_it_does_not_say() {
        let found = of(&example()).unwrap();
        assert_eq!(found["endpoint"], "https://pve1.delta.example:8006");
        assert_eq!(found["site"], "delta");
        let machine = json!({
            "role": "server", "node": "pve2", "id": 202, "template": "rocky9", "cores": 8, "memory": 32768,
            "storage": "local-lvm", "system_disk": 200, "bridge": "vmbr0",
            "address": "10.50.0.12/24", "gateway": "10.50.0.1", "dns": ["10.50.0.2"],
            "user": "sre", "ssh_keys": [KEY], "order": 2,
        });
        assert_eq!(found["machines"]["server-2"], machine);
        assert_eq!(found["machines"].as_object().unwrap().len(), 3);
    }

    #[test]
    fn what_a_machine_says_itself_reaches_its_variables() {
        let own = "disk = \"20500MiB\", vlan = 20, mac = \"bc:24:11:00:00:01\", \
                   template = \"rocky9-new\" }";
        let text = example().replacen("disk = \"200GiB\" }", own, 1);
        let text = text.replace(
            "dns = [\"10.50.0.2\"]",
            "dns = [\"10.50.0.2\"]\nmtu = 1400\nsearch = [\"delta.example\", \"example\"]",
        );
        let found = of(&text).unwrap();
        let machine = &found["machines"]["server-1"];
        for (name, value) in [
            ("id", json!(201)),
            ("vlan", json!(20)),
            ("mac", json!("bc:24:11:00:00:01")),
            ("mtu", json!(1400)),
            ("search", json!("delta.example example")),
            ("template", json!("rocky9-new")),
            // Proxmox counts whole GiB, and less than what was asked for is never right.
            ("system_disk", json!(21)),
        ] {
            assert_eq!(machine[name], value, "{name}");
        }
    }

    #[test]
    fn agents_start_after_all_servers() {
        let text = example().replacen("name = \"server-1\"", "name = \"agent-1\"", 1).replacen(
            "role = \"server\"",
            "role = \"agent\"",
            1,
        );
        let found = of(&text).unwrap();
        let order = |name: &str| found["machines"][name]["order"].as_u64().unwrap();
        assert_eq!([order("server-2"), order("server-3"), order("agent-1")], [1, 2, 3]);
    }

    #[test]
    fn a_site_without_a_proxmox_has_no_variables_and_nothing_of_a_token_is_in_any() {
        let text = include_str!("../../../docs/examples/site/bare-metal.toml");
        assert!(of(text).is_none());
        let found = of(&example()).unwrap().to_string();
        assert!(!found.contains("token") && !found.contains("secrets/"), "{found}");
    }
}
