//! The tables of a new site file, in the order in which a person thinks of them.

use super::page::{Page, Presence, list, quoted, reference};
use super::{Answers, MachineAnswers, NodeAnswers};
use crate::words::{Cni, Profile};

const HEAD: &str = "\
# Where SRE is installed. A line that begins with `#` and no blank is a key with an example: take the `#`
# away to set it. Secrets never stand here, only where each comes from: a file, a variable of the
# environment, or a command that prints it.
";
const MACHINE: &str = "{ node = \"pve1\", id = 2001, cores = 8, memory = \"32GiB\", disk = \"200GiB\", \
    template = \"rocky9\", storage = \"local-lvm\", bridge = \"vmbr0\", vlan = 20, mac = \"bc:24:11:00:00:01\" }";
const HOST_KEY: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBFgiff7QkabaDKFtSlEZpugf9uTe/lYvcrxI/DMIFt0747BwVmuR5C/KFE/qlhXjDiZdHas4A3daODcIwyl49Ps=";

pub(super) fn write(answers: &Answers) -> String {
    let mut page = Page::new(HEAD);
    place(&mut page, answers);
    network(&mut page, answers);
    access(&mut page, answers);
    for (index, node) in answers.nodes.iter().enumerate() {
        if index == 0 { first_node(&mut page, node) } else { next_node(&mut page, node) }
    }
    cluster(&mut page, answers);
    proxmox(&mut page, answers);
    registry(&mut page);
    seed_server(&mut page);
    authority(&mut page);
    flux(&mut page);
    hardening(&mut page, answers);
    page.finish()
}

fn place(page: &mut Page, answers: &Answers) {
    page.table("[site]", "RawPlace", Presence::There);
    page.key("name", &quoted(&answers.name));
    page.key("domain", &quoted(&answers.domain));
}

fn network(page: &mut Page, answers: &Answers) {
    page.table("[network]", "RawNetwork", Presence::There);
    page.optional("subnet", answers.subnet.map(quoted), "\"10.20.0.0/24\"");
    page.optional("gateway", answers.gateway.map(quoted), "\"10.20.0.1\"");
    page.optional("dns", some_list(&answers.dns), "[\"10.20.0.2\"]");
    page.example("search", "[\"alpha.example\"]");
    page.example("mtu", "1500");
    page.table("[time]", "RawTime", Presence::There);
    page.optional("ntp", some_list(&answers.ntp), "[\"10.20.0.3\"]");
}

fn access(page: &mut Page, answers: &Answers) {
    page.table("[ssh]", "RawAccess", Presence::There);
    page.key("user", &quoted(&answers.ssh_user));
    page.example("port", "22");
    page.key("key", &quoted(answers.ssh_key.display()));
    let password = answers.sudo_password.as_ref();
    page.table("[become]", "RawBecome", Presence::of(password));
    page.example("method", "\"sudo\"");
    page.optional("password", password.map(reference), "{ environment = \"SRE_SUDO_PASSWORD\" }");
}

/// Writes the first node, which shows every key that a node can have.
fn first_node(page: &mut Page, node: &NodeAnswers) {
    page.table("[[node]]", "RawNode", Presence::There);
    page.key("name", &quoted(&node.name));
    page.key("address", &quoted(node.address));
    page.key("role", &quoted(node.role));
    page.optional("vm", node.machine.as_ref().map(machine), MACHINE);
    page.example("interface", "\"eth0\"");
    let access = format!(
        "{{ user = \"sre\", port = 22, key = \"/home/sre/.ssh/id_ecdsa\", host-key = \"{HOST_KEY}\" }}"
    );
    page.example("ssh", &access);
    page.example("become", "{ method = \"sudo\", password = { file = \"sudo-password.txt\" } }");
    page.example("labels", "{ \"topology.kubernetes.io/zone\" = \"a\" }");
    page.example("taints", "[\"dedicated=storage:NoSchedule\"]");
}

fn next_node(page: &mut Page, node: &NodeAnswers) {
    page.table("[[node]]", "RawNode", Presence::There);
    page.plain_key("name", &quoted(&node.name));
    page.plain_key("address", &quoted(node.address));
    page.plain_key("role", &quoted(node.role));
    if let Some(answers) = &node.machine {
        page.plain_key("vm", &machine(answers));
    }
}

fn machine(answers: &MachineAnswers) -> String {
    let MachineAnswers { node, cores, memory, disk } = answers;
    let (node, memory, disk) = (quoted(node), quoted(memory), quoted(disk));
    format!("{{ node = {node}, cores = {cores}, memory = {memory}, disk = {disk} }}")
}

fn cluster(page: &mut Page, answers: &Answers) {
    page.table("[cluster]", "RawCluster", Presence::There);
    page.example("name", &quoted(&answers.name));
    let cni = Some(answers.cni).filter(|cni| *cni != Cni::Canal);
    page.optional("cni", cni.map(quoted), "\"canal\"");
    let vip = answers.vip.as_ref().map(|vip| {
        let (address, interface) = (quoted(vip.address), quoted(&vip.interface));
        format!("{{ address = {address}, interface = {interface} }}")
    });
    page.optional("vip", vip, "{ address = \"10.20.0.10\", interface = \"eth0\" }");
    page.example("load-balancer", "\"api.alpha.example\"");
    page.example("api-names", "[\"api.alpha.example\"]");
    page.example("pod-cidrs", "[\"10.42.0.0/16\"]");
    page.example("service-cidrs", "[\"10.43.0.0/16\"]");
    page.example("cluster-dns", "\"10.43.0.10\"");
    page.example("cluster-domain", "\"cluster.local\"");
    page.example("embedded-registry", "false");
}

fn proxmox(page: &mut Page, answers: &Answers) {
    let proxmox = answers.proxmox.as_ref();
    page.table("[proxmox]", "RawProxmox", Presence::of(proxmox));
    let endpoint = proxmox.map(|proxmox| quoted(&proxmox.endpoint));
    page.optional("endpoint", endpoint, "\"https://pve1.alpha.example:8006\"");
    let token = proxmox.map(|proxmox| reference(&proxmox.token));
    page.optional("token", token, "{ command = [\"pass\", \"show\", \"sre/proxmox\"] }");
    page.example("ca-file", "\"proxmox-ca.pem\"");
    let fingerprint = vec!["00"; 32].join(":");
    page.example("fingerprint", &quoted(fingerprint));
    let usual = [
        ("template", proxmox.map(|proxmox| &proxmox.template), "\"rocky9\""),
        ("storage", proxmox.map(|proxmox| &proxmox.storage), "\"local-lvm\""),
        ("bridge", proxmox.map(|proxmox| &proxmox.bridge), "\"vmbr0\""),
    ];
    for (key, answer, example) in usual {
        page.optional(key, answer.map(quoted), example);
    }
}

fn registry(page: &mut Page) {
    page.table("[registry]", "RawRegistry", Presence::Comment);
    page.example("kind", "\"in-cluster-harbor\"");
    page.example("host", "\"harbor.alpha.example\"");
    page.example("storage", "\"200GiB\"");
    page.example("url", "\"https://registry.alpha.example\"");
    page.example("prefix", "\"mission/sre\"");
    page.example("user", "\"robot$sre\"");
    page.example("password", "{ file = \"registry-password.txt\" }");
    page.example("ca-file", "\"registry-ca.pem\"");
}

fn seed_server(page: &mut Page) {
    page.table("[seed-server]", "RawSeedServer", Presence::Comment);
    page.example("host", "\"admin\"");
    page.example("address", "\"10.20.0.5\"");
    page.example("port", "8443");
}

fn authority(page: &mut Page) {
    page.table("[tls]", "RawTls", Presence::Comment);
    page.example("authority", "\"own\"");
    page.example("certificate", "\"authority.pem\"");
    page.example("key", "{ file = \"authority.key\" }");
    page.example("chain", "\"authority-chain.pem\"");
}

fn flux(page: &mut Page) {
    page.table("[flux]", "RawFlux", Presence::Comment);
    page.example("variables", "{ cluster_issuer = \"site-authority\" }");
    page.example("secret-variables", "{ backup_key = { file = \"backup-key.txt\" } }");
}

fn hardening(page: &mut Page, answers: &Answers) {
    page.table("[hardening]", "RawHardening", Presence::There);
    let profile = Some(answers.profile).filter(|profile| *profile != Profile::Stig);
    page.optional("profile", profile.map(quoted), "\"stig\"");
    page.example("stig-release", "\"v2r7\"");
    page.example("fips", "\"required\"");
    page.example("reboot", "\"allowed\"");
    page.example("banner", "\"Authorized use only.\"");
    page.example("boot-password", "{ file = \"boot-password.txt\" }");
    page.example("audit-storage", "\"10GiB\"");
    page.table("[hardening.log-server]", "RawLogServer", Presence::Comment);
    page.example("address", "\"10.20.0.4\"");
    page.example("port", "6514");
    page.example("protocol", "\"tls\"");
    page.example("ca-file", "\"log-ca.pem\"");
    page.table("[[hardening.admin]]", "RawAdministrator", Presence::Comment);
    page.example("name", "\"ada\"");
    page.example("authorized-keys", &list(&[HOST_KEY]));
    page.table("[[hardening.deviation]]", "RawDeviation", Presence::Comment);
    page.example("id", "\"RHEL-09-251010\"");
    page.example(
        "setting",
        "\"firewalld is not installed; nftables guards the ports of the host\"",
    );
    page.example("reason", "\"firewalld removes the rules of the network between pods\"");
    page.example(
        "compensating-controls",
        "[\"nftables on each host\", \"network policies in each namespace\"]",
    );
    page.example("expires", "2027-03-31");
    page.example("approver", "\"ISSO of alpha\"");
}

fn some_list<T: std::fmt::Display>(values: &[T]) -> Option<String> {
    if values.is_empty() { None } else { Some(list(values)) }
}
