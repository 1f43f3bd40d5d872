use super::*;

#[test]
fn refuses_tables_that_contradict_each_other() {
    refuses(
        BARE_METAL,
        &[
            ("name = \"agent-1\"", "name = \"agent-2\"", "this node is there twice"),
            ("name = \"agent-1\"", "name = \"admin\"", "cannot be called `admin`"),
            (
                "address = \"10.40.0.10\"",
                "address = \"10.40.0.12\"",
                "the VIP is the address of node `server-2`",
            ),
            (
                "address = \"10.40.0.10\"",
                "address = \"10.41.0.10\"",
                "the VIP is outside of the subnet",
            ),
            (
                "gateway = \"10.40.0.1\"",
                "gateway = \"10.40.0.21\"",
                "the gateway is the address of node `agent-1`",
            ),
            (
                "gateway = \"10.40.0.1\"",
                "gateway = \"10.41.0.1\"",
                "the gateway is outside of the subnet",
            ),
            (
                "address = \"10.40.0.21\"",
                "address = \"10.42.0.21\"",
                "node `agent-1` is one of the addresses of pods",
            ),
            (
                "\"10.40.0.2\", ",
                "\"10.43.0.2\", ",
                "this DNS server is one of the addresses of services",
            ),
            ("subnet = \"10.40.0.0/24\"", "subnet = \"10.0.0.0/8\"", "overlap"),
        ],
    );
}

#[test]
fn refuses_keys_that_exclude_each_other_or_lack_one_another() {
    refuses(
        BARE_METAL,
        &[
            ("ntp = [\"10.40.0.2\", \"10.40.0.3\"]", "", "the profile `stig` needs an NTP server"),
            (
                "[cluster]",
                "[cluster]\nload-balancer = \"api.charlie.example\"",
                "not clear how the API is reached",
            ),
            ("[cluster]", "[cluster]\ncni = \"cilium\"", "does not build Cilium for FIPS"),
            ("[cluster]", "[cluster]\nservice-cidrs = [\"10.43.0.0/29\"]", "no address for DNS"),
            ("[cluster]", "[seed-server]\nhost = \"server-4\"\n[cluster]", "no node has this name"),
            (
                "[cluster]",
                "[[hardening.admin]]\nname = \"sre\"\nauthorized-keys = [\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII7olxEzDBzPOaLmWtErvX30pKLuhX9TtII/AP7Le9JS\"]\n[cluster]",
                "would lose its key",
            ),
            ("user = \"sre\"", "", "this node has no SSH user"),
            ("[become]", "[become]\nmethod = \"none\"", "nobody asks for this password"),
            (
                "[cluster]",
                "[tls]\nchain = \"a.pem\"\n[cluster]",
                "an authority that the site gives",
            ),
            ("[cluster]", "[tls]\nauthority = \"given\"\n[cluster]", "a certificate and a key"),
            (
                "[cluster]",
                "[registry]\nurl = \"https://a.example\"\n[cluster]",
                "that is there already",
            ),
            (
                "[cluster]",
                "[hardening.log-server]\naddress = \"a\"\nprotocol = \"tcp\"\nca-file = \"a\"\n[cluster]",
                "nothing is checked",
            ),
        ],
    );
}

#[test]
fn refuses_a_site_without_a_server() {
    refuses(SINGLE, &[("role = \"server\"", "role = \"agent\"", "no node is a server")]);
    let nobody = SINGLE.split("[[node]]").next().unwrap();
    assert_eq!(messages(&problems(nobody)), ["the key `node` is missing"]);
    let empty = format!("node = []\n{nobody}");
    assert_eq!(messages(&problems(&empty)), ["no node is a server"]);
}

#[test]
fn refuses_machines_that_nobody_could_make() {
    let without = |from: &str| altered(PROXMOX, from, "");
    for (text, message) in [
        (without("subnet = \"10.50.0.0/24\"\n"), "the subnet of this machine is not known"),
        (without("template = \"rocky9\"\n"), "this machine has no template"),
        (without("bridge = \"vmbr0\"\n"), "this machine has no bridge"),
        (altered(PROXMOX, "10.50.0.12", "10.51.0.12"), "node `server-2` is outside of the subnet"),
        (
            altered(PROXMOX, "ca-file = \"p", "fingerprint = \"00\"\nca-file = \"p"),
            "why this Proxmox is believed",
        ),
    ] {
        let found = messages(&problems(&text));
        assert!(found.iter().any(|it| it.contains(message)), "{message}: {found:?}");
    }
    let (before, rest) = PROXMOX.split_once("[proxmox]").unwrap();
    let (_, after) = rest.split_once("[[node]]").unwrap();
    let found = messages(&problems(&format!("{before}[[node]]{after}")));
    assert_eq!(found, ["this machine has no Proxmox to make it"; 3]);
}

#[test]
fn refuses_registries_that_nobody_could_ask() {
    refuses(
        PROXMOX,
        &[
            ("url = \"https://harbor.delta.example\"\n", "", "not clear where this registry is"),
            ("https://harbor", "http://harbor", "the password would travel in clear text"),
            (
                "harbor.delta.example\"",
                "harbor.delta.example/v2\"",
                "more than the host of a registry",
            ),
            ("user = \"robot$sre\"\n", "", "this password has no user"),
            ("password = { file = \"secrets/harbor.txt\" }\n", "", "this user has no password"),
            ("prefix", "storage = \"1GiB\"\nprefix", "belongs to a Harbor in the cluster"),
            ("kind = \"harbor\"", "kind = \"nexus\"", "not a kind of registry"),
        ],
    );
}

#[test]
fn warns_of_what_is_allowed_and_may_still_be_a_mistake() {
    doubts(
        BARE_METAL,
        &[
            (
                "name = \"agent-1\"\naddress = \"10.40.0.21\"\nrole = \"agent\"",
                "name = \"agent-1\"\naddress = \"10.40.0.21\"\nrole = \"server\"",
                "4 servers bear no more losses than 3 do",
            ),
            (
                "vip = { address = \"10.40.0.10\", interface = \"bond0\" }",
                "",
                "at the first server alone",
            ),
            (
                "address = \"10.40.0.22\"",
                "address = \"10.44.0.22\"",
                "node `agent-2` is outside of the subnet",
            ),
            (
                "[cluster]",
                "[hardening]\nfips = \"preferred\"\n[cluster]\ncni = \"cilium\"",
                "does not build Cilium for FIPS",
            ),
            (
                "[cluster]",
                "[seed-server]\nhost = \"agent-1\"\naddress = \"10.40.0.23\"\n[cluster]",
                "has another address, 10.40.0.21",
            ),
            (
                "[cluster]",
                "[registry]\nkind = \"oci\"\nurl = \"http://a.example\"\n[cluster]",
                "without TLS",
            ),
        ],
    );
    doubts(
        EVERYTHING,
        &[
            ("id = \"CNTR-R2-000460\"", "id = \"CNTR-R2-001500\"", "has no such rule"),
            ("id = \"RHEL-09-251010\"", "id = \"CIS-1.2.9\"", "has no such rule"),
        ],
    );
    let baseline = altered(SINGLE, "ntp = [\"10.30.0.2\"]", "");
    doubts(
        &baseline,
        &[("[network]", "[hardening]\nprofile = \"baseline\"\n[network]", "clocks drift apart")],
    );
    let no_machines = altered(
        SINGLE,
        "[ssh]",
        "[proxmox]\nendpoint = \"https://a.example\"\ntoken = { file = \"t\" }\n[ssh]",
    );
    doubts(&no_machines, &[("bravo", "bravo", "no node is a machine of this Proxmox")]);
    doubts(PROXMOX, &[("id = 202, ", "", "this machine has no number")]);
}
