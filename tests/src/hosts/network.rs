//! A switch and a place for each host, in network namespaces of their own.

use crate::Program;
use crate::caretaker::Caretaker;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Ends what runs in the namespaces, and takes away mounts below the folder, the namespaces and the folder.
///
/// Init of a host is in its namespace, so `systemd-nspawn` ends with it. A folder with something mounted
/// stays rather than that somebody else's files go.
const CLEAR: &str = r#"
for name in $(ip netns list | awk -v of="$1-" 'index($1, of) == 1 { print $1 }'); do
    for process in $(ip netns pids "$name"); do kill -9 "$process"; done
    ip netns del "$name"
done
awk -v of="$2/" 'index($2, of) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount -l
awk -v of="$2/" 'index($2, of) == 1 { exit 1 }' /proc/mounts && rm -rf --one-file-system "$2"
"#;

/// What the switch drops and remembers: everything for an address that is not of the site.
///
/// Talk of the link itself (broadcasts of ARP, discovery of neighbours) goes nowhere and is left out.
const WATCH: &str = "
table bridge watch {
    set strangers { type ipv4_addr; size 4096; flags dynamic; }
    set strangers6 { type ipv6_addr; size 4096; flags dynamic; }
    chain prerouting {
        type filter hook prerouting priority 0;
        ip daddr != 192.0.2.0/24 update @strangers { ip daddr } drop
        ip6 daddr != { fe80::/10, ff02::/16 } update @strangers6 { ip6 daddr } drop
    }
}
";

/// The network of a site: 192.0.2.0/24, which leads nowhere.
pub struct Network {
    name: String,
    folder: PathBuf,
    _caretaker: Caretaker,
}

impl Network {
    /// The admin host.
    pub const ADMIN: &str = "192.0.2.1";
    /// The router by which packets for others would leave. It takes them, remembers for whom they were, and
    /// hands none on.
    pub const ROUTER: &str = "192.0.2.254";
    /// All addresses.
    pub const RANGE: &str = "192.0.2.0/24";

    /// Makes the switch, with a folder for what belongs to them.
    pub fn make() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("sre{}x{number}", std::process::id());
        let folder = tempfile::tempdir().unwrap().keep();
        let arguments = [name.as_ref(), folder.as_os_str()];
        let caretaker = Caretaker::running(CLEAR, arguments);
        let network = Self { name, folder, _caretaker: caretaker };
        let switch = network.namespace("switch");
        ip(&format!("netns add {switch}"));
        ip(&format!("-n {switch} link add name bridge type bridge"));
        ip(&format!("-n {switch} addr add {}/24 dev bridge", Self::ROUTER));
        ip(&format!("-n {switch} link set bridge up"));
        let nft = network.inside("switch", Program::tool("nft"));
        nft.args([WATCH]).run().ok();
        network
    }

    /// Gives a place an address, and a way to everybody by the router.
    pub(super) fn join(&self, place: &str, address: &str) {
        let (switch, namespace) = (self.namespace("switch"), self.namespace(place));
        ip(&format!("netns add {namespace}"));
        let peer = format!("peer name host0 netns {namespace}");
        ip(&format!("link add to-{place} netns {switch} type veth {peer}"));
        ip(&format!("-n {switch} link set to-{place} master bridge up"));
        ip(&format!("-n {namespace} link set lo up"));
        ip(&format!("-n {namespace} addr add {address}/24 dev host0"));
        ip(&format!("-n {namespace} link set host0 up"));
        ip(&format!("-n {namespace} route add default via {}", Self::ROUTER));
    }

    /// Gives the path of a place's namespace.
    pub(super) fn namespace_path(&self, place: &str) -> PathBuf {
        Path::new("/run/netns").join(self.namespace(place))
    }

    /// Gives a path below the folder that goes away with the network.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Gives a program at a place: `switch`, or a host's name.
    pub fn inside(&self, place: &str, program: Program) -> Program {
        let namespace = format!("--net={}", self.namespace_path(place).display());
        program.under("nsenter", &[&namespace])
    }

    /// Lists the addresses outside of the site that anybody sent packets to.
    pub fn strangers(&self) -> BTreeSet<String> {
        let list = |set| {
            let nft = Program::tool("nft").args(["-j", "list", "set", "bridge", "watch", set]);
            let said = self.inside("switch", nft).run().ok();
            let said: serde_json::Value = serde_json::from_str(&said).unwrap();
            let mut sets = said["nftables"].as_array().unwrap().iter();
            let set = sets.find_map(|item| item.get("set")).unwrap().clone();
            set["elem"].as_array().cloned().unwrap_or_default()
        };
        let found = list("strangers").into_iter().chain(list("strangers6"));
        found.map(|address| address.as_str().unwrap().to_owned()).collect()
    }

    /// Gives a name for the machine at a place that no other machine of this kernel has.
    pub(super) fn machine(&self, place: &str) -> String {
        self.namespace(place)
    }

    fn namespace(&self, place: &str) -> String {
        format!("{}-{place}", self.name)
    }
}

fn ip(line: &str) {
    Program::tool("ip").args(line.split(' ')).run().ok();
}
