//! What only the tables together can show.

use toml::Spanned;

use crate::checker::{Checker, Placed};
use crate::raw::{RawSite, Text};
use crate::tables::{ADMIN, AgentsReach, Cluster, Hardening, Node, SeedHost, SeedServer, Time};
use crate::words::{Cni, Fips, HostAddress, Profile, Role, Subnet};

impl Checker<'_> {
    /// Compares every address and range that was read with the others.
    pub(crate) fn compare_addresses(&mut self, raw: &RawSite) {
        let (addresses, ranges) =
            (std::mem::take(&mut self.addresses), std::mem::take(&mut self.ranges));
        self.overlaps(&ranges);
        let subnet_at = raw.network.subnet.as_ref().map(Text::span);
        let (subnet, others): (Vec<_>, Vec<_>) =
            ranges.iter().partition(|range| Some(&range.at) == subnet_at.as_ref());
        for address in &addresses {
            self.inside(address, &others);
            if let Some(subnet) = subnet.first() {
                self.outside(address, subnet, raw);
            }
        }
        self.taken(&addresses);
    }

    fn overlaps(&mut self, ranges: &[Placed<Subnet>]) {
        for (index, range) in ranges.iter().enumerate() {
            for other in ranges.iter().take(index).filter(|other| other.value.overlaps(range.value))
            {
                // A range that nobody wrote has no place; the other one has.
                let at = if range.at.is_empty() { other.at.clone() } else { range.at.clone() };
                let message = format!(
                    "{} ({}) and {} ({}) overlap",
                    other.what, other.value, range.what, range.value
                );
                self.wrong(
                    at,
                    message,
                    "give each a range of its own: `pod-cidrs`, `service-cidrs`, `subnet`",
                );
            }
        }
    }

    fn inside(&mut self, address: &Placed<HostAddress>, ranges: &[&Placed<Subnet>]) {
        for range in ranges.iter().filter(|range| range.value.contains(address.value.ip())) {
            let message = format!("{} is one of {} ({})", address.what, range.what, range.value);
            let help = "the cluster would keep its packets: change the address or the range";
            self.wrong(address.at.clone(), message, help);
        }
    }

    fn outside(&mut self, address: &Placed<HostAddress>, subnet: &Placed<Subnet>, raw: &RawSite) {
        if subnet.value.contains(address.value.ip()) {
            return;
        }
        let message = format!("{} is outside of {} ({})", address.what, subnet.what, subnet.value);
        let mut nodes = raw.node.get_ref().iter().map(Spanned::get_ref);
        let node = nodes.find(|node| node.address.span() == address.at);
        match (&*address.what, node) {
            ("the VIP" | "the gateway", _) => {
                self.wrong(address.at.clone(), message, "nobody in that subnet could reach it");
            }
            (_, Some(node)) if node.vm.is_some() => {
                let help = "Proxmox gives the machine this address with the prefix of the subnet";
                self.wrong(address.at.clone(), message, help);
            }
            (_, Some(_)) => {
                self.doubt(address.at.clone(), message, "is it routed to the other nodes?");
            }
            _ => {}
        }
    }

    /// Finds an address that moves or leads elsewhere and is a node's already.
    fn taken(&mut self, addresses: &[Placed<HostAddress>]) {
        let is_node = |address: &&Placed<HostAddress>| address.what.starts_with("node ");
        for address in addresses.iter().filter(|address| {
            matches!(&*address.what, "the VIP" | "the gateway" | "the load balancer")
        }) {
            let same = addresses.iter().filter(is_node).find(|node| node.value == address.value);
            if let Some(node) = same {
                let message = format!("{} is the address of {}", address.what, node.what);
                let help = "take an address that no node has";
                self.wrong(address.at.clone(), message, help);
            }
        }
    }

    /// Compares what the tables say of each other.
    pub(crate) fn compare_tables(&mut self, raw: &RawSite, tables: &Tables<'_>) {
        if let (Some(cluster), Some(nodes)) = (tables.cluster, tables.nodes) {
            self.entrance(raw, cluster, nodes);
        }
        if let (Some(seed_server), Some(nodes)) = (tables.seed_server, tables.nodes) {
            self.seed_host(raw, seed_server, nodes);
        }
        if let (Some(cluster), Some(hardening)) = (tables.cluster, tables.hardening) {
            self.fips_network(raw, cluster, hardening);
        }
        if let (Some(time), Some(hardening)) = (tables.time, tables.hardening) {
            self.clock(raw, time, hardening);
        }
        if let (Some(nodes), Some(hardening)) = (tables.nodes, tables.hardening) {
            self.accounts(raw, nodes, hardening);
        }
        self.machines(raw);
    }

    /// The keys of administrators are exactly those that stand here: the installer's would be gone.
    fn accounts(&mut self, raw: &RawSite, nodes: &[Node], hardening: &Hardening) {
        for (person, raw) in hardening.administrators.iter().zip(&raw.hardening.admin) {
            if nodes.iter().any(|node| node.access.user == person.name) {
                let help = "give the installer an account of its own, or the person another name";
                let message = "the installer logs in as this user, and would lose its key";
                self.wrong(raw.name.span(), message, help);
            }
        }
    }

    fn entrance(&mut self, raw: &RawSite, cluster: &Cluster, nodes: &[Node]) {
        let servers = nodes.iter().filter(|node| node.role == Role::Server).count();
        if servers > 1 && cluster.api == AgentsReach::FirstServer {
            let help = "write `vip` or `load-balancer` under `[cluster]`";
            let message = "the API is reached at the first server alone, in spite of the others";
            self.doubt(raw.node.span(), message, help);
        }
    }

    fn seed_host(&mut self, raw: &RawSite, seed_server: &SeedServer, nodes: &[Node]) {
        let (SeedHost::Node(name), Some(at)) = (&seed_server.host, &raw.seed_server.host) else {
            return;
        };
        let Some(node) = nodes.iter().find(|node| node.name == *name) else {
            let names: Vec<&str> =
                nodes.iter().map(|node| node.name.as_str()).chain([ADMIN]).collect();
            let near = sre_format::shape::nearest(name.as_str(), &names);
            let help = near.map_or_else(
                || "`admin`, or the name of a node".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.wrong(at.span(), "no node has this name", &help);
            return;
        };
        if let (Some(address), Some(text)) = (seed_server.address, &raw.seed_server.address)
            && address != node.address
        {
            let message = format!("node `{name}` has another address, {}", node.address);
            self.doubt(text.span(), message, "leave the key out unless the node has both");
        }
    }

    fn fips_network(&mut self, raw: &RawSite, cluster: &Cluster, hardening: &Hardening) {
        let Some(cni) = raw.cluster.cni.as_ref().filter(|_| cluster.cni == Cni::Cilium) else {
            return;
        };
        let message = "RKE2 does not build Cilium for FIPS";
        match hardening.fips {
            Fips::Required => {
                let help = "write `cni = \"canal\"`, or `fips = \"preferred\"` with a deviation";
                self.wrong(cni.span(), message, help);
            }
            Fips::Preferred => {
                self.doubt(
                    cni.span(),
                    message,
                    "its traffic is encrypted by modules that nobody validated",
                );
            }
            Fips::Off => {}
        }
    }

    fn clock(&mut self, raw: &RawSite, time: &Time, hardening: &Hardening) {
        if !time.ntp.is_empty() {
            return;
        }
        let at = raw.site.name.span();
        let help = "write `ntp = [\"ADDRESS\"]` under `[time]`; one of the nodes can be it";
        if hardening.profile == Profile::Baseline {
            self.doubt(
                at,
                "no NTP server is named: clocks drift apart, and certificates fail",
                help,
            );
        } else {
            let message = format!("the profile `{}` needs an NTP server", hardening.profile);
            self.wrong(at, message, help);
        }
    }

    fn machines(&mut self, raw: &RawSite) {
        let mut nodes = raw.node.get_ref().iter().map(Spanned::get_ref);
        let machine = nodes.find_map(|node| node.vm.as_ref());
        match (machine, &raw.proxmox) {
            (None, Some(proxmox)) => {
                let help = "give the nodes a `vm`, or remove `[proxmox]`";
                self.doubt(proxmox.span(), "no node is a machine of this Proxmox", help);
            }
            (Some(machine), Some(_)) if raw.network.subnet.is_none() => {
                let help = "write `subnet` under `[network]`: machines get its prefix";
                self.wrong(machine.span(), "the subnet of this machine is not known", help);
            }
            _ => {}
        }
        self.numbers(raw);
    }

    /// Finds machines without a number, which nobody can tell from those of others after a power cut.
    fn numbers(&mut self, raw: &RawSite) {
        for node in raw.node.get_ref().iter().map(Spanned::get_ref) {
            if let Some(machine) = node.vm.as_ref().filter(|machine| machine.get_ref().id.is_none())
            {
                let help =
                    "write `id`: after a power cut it tells a machine that was just made from none";
                self.doubt(machine.span(), "this machine has no number", help);
            }
        }
    }
}

/// The tables that could be read.
pub(crate) struct Tables<'a> {
    pub time: Option<&'a Time>,
    pub nodes: Option<&'a [Node]>,
    pub cluster: Option<&'a Cluster>,
    pub seed_server: Option<&'a SeedServer>,
    pub hardening: Option<&'a Hardening>,
}
