//! `init`, and `plan --site`: from answers to the files of each host.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use sre_format::Digest;
use sre_format::bundle::EntryKind;
use sre_testkit::bundle::Bundle;

use crate::server::start;
use crate::site::{Site, key, unsigned};

pub(crate) const INIT: &str = "init --name alpha --domain alpha.example --node one=10.20.0.11 --node two=10.20.0.12,agent \
                    --ssh-user sre --ssh-key keys/sre --ntp 10.20.0.3 --dns 10.20.0.2 --subnet 10.20.0.0/24 \
                    --gateway 10.20.0.1";
const PLAN: &str = "plan --bundle sre.tar.zst --key site.pub --site site.toml";
const PUBLIC_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f sre\n";
const PROGRAM: &[u8] = b"the program of RKE2";

/// A bundle with a release of RKE2 and a repository for apt.
pub(crate) fn with_rke2() -> Bundle {
    unsigned()
        .entry("rke2/v1.35.7+rke2r1/rke2.linux-amd64.tar.gz", EntryKind::Rke2, PROGRAM)
        .entry("rke2/v1.35.7+rke2r1/rke2-images-core.linux-amd64.tar.zst", EntryKind::Rke2, b"core")
        .entry("rke2/v1.35.7+rke2r1/rke2-images-core.linux-arm64.tar.zst", EntryKind::Rke2, b"arm")
        .entry(
            "rke2/v1.35.7+rke2r1/rke2-images-canal.linux-amd64.tar.zst",
            EntryKind::Rke2,
            b"canal",
        )
        .entry(
            "rke2/v1.35.7+rke2r1/rke2-images-cilium.linux-amd64.tar.zst",
            EntryKind::Rke2,
            b"cilium",
        )
        .entry("rke2/v1.35.7+rke2r1/sha256sum-amd64.txt", EntryKind::Rke2, b"sums")
        .entry("deb/hosts/dists/hosts/InRelease", EntryKind::RepositorySignature, b"index")
        .entry("deb/hosts/key.asc", EntryKind::RepositorySignature, b"a key")
}

fn site() -> Site {
    let site = Site::new();
    with_rke2().signed_by(&key()).write(&site.bundle());
    site
}

fn inventory(site: &Site) -> Value {
    let bytes = fs::read(site.path("out/inventory.json")).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn what_init_writes_is_planned_without_another_word() {
    let site = site();
    site.run(INIT).ends_with(0).showing("describes 2 nodes");
    let plan = site.run(PLAN).ends_with(0);
    for line in [
        "RKE2 v1.35.7+rke2r1 with canal on 1 servers and 1 agents, which join at 10.20.0.11",
        "profile stig, FIPS required, 0 deviations, packages from hosts",
        "one                  10.20.0.11       first server",
        "two                  10.20.0.12       agent",
    ] {
        assert!(plan.stdout.contains(line), "{line}\n--- in\n{}", plan.stdout);
    }
    assert!(!site.path("out").exists() && !site.path("state/receipts").exists());
    // What people wrote is never overwritten.
    site.run(INIT).ends_with(9).saying("is there already");
}

#[test]
fn hosts_are_changed_only_by_somebody_who_agreed() {
    let site = site();
    site.run(INIT).ends_with(0);
    for verb in ["", "apply "] {
        let line = format!("{verb}--bundle sre.tar.zst --key site.pub --site site.toml");
        site.run(&line).ends_with(2).saying("nobody is at a terminal").saying("--yes");
    }
    assert!(!site.path("state/sites").exists());
    let typed = |name: &str| {
        let program = env!("CARGO_BIN_EXE_sre-install");
        fs::write(site.path("typed"), name).unwrap();
        let line = format!(
            "script --quiet --return --command '{program} apply --bundle sre.tar.zst --key site.pub \
             --site site.toml --only harden' /dev/null < typed"
        );
        site.start(std::path::Path::new("sh"), ["-c", &line])
    };
    typed("yes\n").ends_with(130).showing("two                  10.20.0.12       agent");
    // Nobody serves this bundle, and that is looked at before any host is.
    typed("alpha\n").ends_with(5).showing("harden cannot begin, because seed does not stand");
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let site = site();
    site.run(INIT).ends_with(0);
    fs::create_dir_all(site.path("out/ansible")).unwrap();
    fs::write(site.path("out/ansible/mine.yml"), "---\n").unwrap();
    site.run(&format!("{PLAN} --files out")).ends_with(9).saying("not of a site").saying("--files");
    assert!(site.path("out/ansible/mine.yml").exists());
    site.run(&format!("{PLAN} --files new")).ends_with(0);
    // What was written so once may be written so again.
    site.run(&format!("{PLAN} --files new")).ends_with(0);
}

#[test]
fn a_phase_that_is_none_and_a_range_that_is_none_are_refused() {
    let site = site();
    site.run(INIT).ends_with(0);
    let line = "apply --bundle sre.tar.zst --key site.pub --site site.toml --yes";
    site.run(&format!("{line} --only sign"))
        .ends_with(2)
        .saying("seed, provision, harden, cluster");
    site.run(&format!("{line} --from cluster --until seed")).ends_with(2).saying("comes before");
}

#[test]
fn init_names_every_option_that_is_missing_where_nobody_can_be_asked() {
    let site = Site::new();
    for (left_out, option) in [
        ("--name alpha ", "--name"),
        ("--domain alpha.example ", "--domain"),
        ("--ssh-key keys/sre ", "--ssh-key"),
        ("--ntp 10.20.0.3 ", "--ntp"),
    ] {
        site.run(&INIT.replace(left_out, "")).ends_with(2).saying(option);
    }
    site.run("init --node x").ends_with(2).saying("NAME=ADDRESS");
    assert!(!site.path("site.toml").exists());
}

#[test]
fn the_folder_holds_what_ansible_needs_and_no_secret_but_its_own_tokens() {
    let site = site();
    site.run(INIT).ends_with(0);
    let text = fs::read_to_string(site.path("site.toml")).unwrap();
    let text = format!("{text}\n[become]\npassword = {{ file = \"sudo.txt\" }}\n");
    fs::write(site.path("site.toml"), text).unwrap();
    fs::write(site.path("sudo.txt"), "hunter2\n").unwrap();
    site.run(&format!("{PLAN} --files out")).ends_with(0);
    let inventory = inventory(&site);
    let variables = &inventory["all"]["vars"];
    assert_eq!(
        variables["sre_rke2_program"]["path"],
        "rke2/v1.35.7+rke2r1/rke2.linux-amd64.tar.gz"
    );
    assert_eq!(variables["sre_rke2_program"]["sha256"], Digest::of(PROGRAM).hex());
    let images = variables["sre_rke2_images"].to_string();
    assert!(
        images.contains("core.linux-amd64") && images.contains("canal.linux-amd64"),
        "{images}"
    );
    assert!(!images.contains("arm64") && !images.contains("cilium"), "{images}");
    let key = variables["package_sources_repositories"][0]["keys"][0].as_str().unwrap();
    assert_eq!(fs::read(key).unwrap(), b"a key");
    let groups = &inventory["all"]["children"];
    let one = &groups["rke2_servers"]["hosts"]["one"];
    let two = &groups["rke2_agents"]["hosts"]["two"];
    assert!(one["ansible_become_password"].as_str().unwrap().contains("sudo.txt"));
    let placed = |host: &Value, list: &str| -> Vec<String> {
        let rows = host[list].as_array().unwrap();
        rows.iter().map(|row| row["dest"].as_str().unwrap().to_owned()).collect()
    };
    assert!(placed(one, "sre_rke2_secrets").contains(&"/etc/rancher/rke2/server-token".into()));
    assert!(!placed(two, "sre_rke2_secrets").contains(&"/etc/rancher/rke2/server-token".into()));
    assert!(placed(two, "sre_rke2_files").contains(&"/etc/rancher/rke2/config.yaml".into()));
    for host in [one, two] {
        for row in host["sre_rke2_files"].as_array().unwrap() {
            let file = fs::metadata(row["src"].as_str().unwrap()).unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600, "{row}");
        }
    }
    let token = fs::read_to_string(site.path("out/secrets/server-token")).unwrap();
    assert_eq!(token.trim().len(), 64);
    for entry in walk(&site.path("out")) {
        let text = fs::read_to_string(&entry).unwrap();
        let is_token = entry.ends_with("server-token");
        assert!(is_token || !text.contains(token.trim()), "{}", entry.display());
        assert!(!text.contains("hunter2"), "{}", entry.display());
    }
    // A cluster that stands keeps its tokens, and keys of hosts that somebody has pinned stay.
    fs::write(site.path("out/known_hosts"), "10.20.0.11 ssh-ed25519 AAAA\n").unwrap();
    site.run(&format!("{PLAN} --files out")).ends_with(0);
    assert_eq!(fs::read_to_string(site.path("out/secrets/server-token")).unwrap(), token);
    assert!(fs::read_to_string(site.path("out/known_hosts")).unwrap().contains("AAAA"));
}

/// A site with everything in it, and texts that are templates for whoever takes them for such.
fn everything(site: &Site) {
    let text = fs::read_to_string("../docs/examples/site/everything.toml").unwrap();
    let text = text
        .replace("/home/sre/.ssh/id_ecdsa", "keys/sre")
        .replace("This is a system of alpha.", "This is {{ lookup('pipe', 'id') }} of {% alpha.")
        .replace("approver = \"ISSO of alpha\"", "approver = \"{{ 1 }}\"")
        .replace("kind = \"in-cluster-harbor\"\nhost = \"harbor.alpha.example\"\nstorage = \"500GiB\"\npassword", 
                 "kind = \"harbor\"\nurl = \"https://harbor.alpha.example\"\nca-file = \"harbor-ca.pem\"\nuser = \"robot\"\npassword")
        .replace("host = \"admin\"\naddress = \"10.20.0.5\"", "host = \"agent-1\"\naddress = \"10.20.0.21\"");
    assert!(text.contains("kind = \"harbor\"") && text.contains("host = \"agent-1\""), "{text}");
    fs::write(site.path("site.toml"), text).unwrap();
    fs::create_dir_all(site.path("secrets")).unwrap();
    fs::write(site.path("secrets/harbor-admin.txt"), "hunter2\n").unwrap();
    fs::write(site.path("seed-ca.pem"), "a certificate\n").unwrap();
    fs::create_dir_all(site.path("keys")).unwrap();
    fs::write(site.path("keys/sre.pub"), PUBLIC_KEY).unwrap();
    let vip = sre_testkit::image::Image::new("linux/amd64").build();
    with_rke2()
        .carry("ghcr.io/kube-vip/kube-vip:v1.0.0", &vip)
        .signed_by(&key())
        .write(&site.bundle());
}

/// Gives every text of a value that Ansible would take for a template, with where it stands.
fn templates(at: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.contains("{{") || text.contains("{%") => {
            found.push(at.to_owned());
        }
        Value::Array(items) => items.iter().for_each(|item| templates(at, item, found)),
        Value::Object(map) if map.contains_key("__ansible_unsafe") => {}
        Value::Object(map) => map.iter().for_each(|(key, value)| templates(key, value, found)),
        _ => {}
    }
}

#[test]
fn everything_that_a_site_says_reaches_the_hosts_and_no_text_becomes_a_template() {
    let site = Site::new();
    everything(&site);
    let plan = [
        &PLAN.split(' ').collect::<Vec<_>>()[..],
        &["--files", "a b", "--seed-authority", "seed-ca.pem"],
    ];
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_sre-install"));
    site.start(program, plan.concat()).ends_with(0);
    let bytes = fs::read(site.path("a b/inventory.json")).unwrap();
    let inventory: Value = serde_json::from_slice(&bytes).unwrap();
    let mut found = Vec::new();
    templates("", &inventory, &mut found);
    found.dedup();
    // Only where the password for sudo is looked up.
    assert_eq!(found, ["ansible_become_password"]);
    let variables = &inventory["all"]["vars"];
    let arguments = variables["ansible_ssh_common_args"].as_str().unwrap();
    assert!(arguments.contains('"') && arguments.contains("a b/known_hosts"), "{arguments}");
    // Ansible believes and offers what preflight believes and offers: the files and the key of the site alone.
    for option in ["-o IdentitiesOnly=yes", "-o GlobalKnownHostsFile=/dev/null"] {
        assert!(arguments.contains(option), "{option} is not in {arguments}");
    }
    assert_eq!(variables["journal_server"], "logs.alpha.example");
    assert_eq!(variables["journal_port"], 6514);
    let agent = &inventory["all"]["children"]["rke2_agents"]["hosts"]["agent-1"];
    let server = &inventory["all"]["children"]["rke2_servers"]["hosts"]["server-1"];
    assert!(agent["firewall_client_ports"].to_string().contains("8443"), "{agent}");
    assert!(!agent["firewall_node_ports"].to_string().contains("2379"), "{agent}");
    assert!(server["firewall_node_ports"].to_string().contains("2379"), "{server}");
    assert!(!server["firewall_client_ports"].to_string().contains("8443"), "{server}");
    // Whatever `registries.yaml` names is there.
    let text = fs::read_to_string(site.path("a b/files/agent-1/etc/rancher/rke2/registries.yaml"))
        .unwrap();
    let placed = agent["sre_rke2_files"].to_string();
    for file in text.lines().filter(|line| line.contains("ca_file")) {
        let file = file.split('"').rfind(|word| word.starts_with('/')).unwrap();
        assert!(placed.contains(file) || file == "/etc/ssl/sre/seed-ca.pem", "{file} in {placed}");
    }
    assert_eq!(text.matches("ca_file").count(), 2, "{text}");
    assert!(text.contains("docker.io"), "{text}");
    let pinned = fs::read_to_string(site.path("a b/pinned_hosts")).unwrap();
    assert!(pinned.starts_with("[10.20.0.21]:2222 ecdsa-sha2-nistp256 "), "{pinned}");
    // A host that leaves the site takes its files along.
    fs::create_dir_all(site.path("a b/files/gone/etc")).unwrap();
    site.start(program, plan.concat()).ends_with(0);
    assert!(!site.path("a b/files/gone").exists());
}

/// A site whose machines Proxmox makes, and a bundle that can serve it.
fn on_proxmox() -> Site {
    let site = Site::new();
    let text = fs::read_to_string("../docs/examples/site/proxmox.toml").unwrap();
    let text = text.replace("/home/sre/.ssh/id_ecdsa", "keys/sre");
    fs::write(site.path("site.toml"), text).unwrap();
    fs::create_dir_all(site.path("secrets")).unwrap();
    fs::write(site.path("secrets/harbor.txt"), "hunter2\n").unwrap();
    fs::write(site.path("secrets/proxmox-token.txt"), "hunter3\n").unwrap();
    let vip = sre_testkit::image::Image::new("linux/amd64").build();
    let bundle = with_rke2().carry("ghcr.io/kube-vip/kube-vip:v1.0.0", &vip);
    bundle.signed_by(&key()).write(&site.bundle());
    site
}

#[test]
fn machines_of_proxmox_become_variables_of_opentofu_without_the_token() {
    let site = on_proxmox();
    let plan = format!("{PLAN} --files out");
    // New machines are given the public half of the key, which nobody can guess.
    site.run(&plan).ends_with(2).saying("ssh-keygen");
    fs::create_dir_all(site.path("keys")).unwrap();
    fs::write(site.path("keys/sre.pub"), "a private key\n").unwrap();
    site.run(&plan).ends_with(3).saying("keys/sre.pub");
    fs::write(site.path("keys/sre.pub"), PUBLIC_KEY).unwrap();
    let run = site.run(&plan).ends_with(0);
    assert!(
        run.stdout.contains("provision    3 machines on Proxmox at https://"),
        "{}",
        run.stdout
    );
    let variables = fs::read(site.path("out/tofu/site.auto.tfvars.json")).unwrap();
    let variables: Value = serde_json::from_slice(&variables).unwrap();
    assert_eq!(variables["machines"]["server-3"]["address"], "10.50.0.13/24");
    assert_eq!(variables["machines"]["server-1"]["ssh_keys"][0], PUBLIC_KEY.trim());
    for entry in walk(&site.path("out")) {
        let text = fs::read_to_string(&entry).unwrap();
        assert!(!text.contains("hunter3"), "{}", entry.display());
    }
}

#[test]
fn a_bundle_that_hosts_cannot_use_is_refused_by_name() {
    let site = Site::new();
    site.run(INIT).ends_with(0);
    let odd = "rpm/{{ odd }}/repodata/repomd.xml";
    for (bundle, said) in [
        (with_rke2().entry(odd, EntryKind::Rpm, b"x"), "with the name `{{ odd }}`"),
        (
            with_rke2().entry("rpm/a/repodata/repomd.xml", EntryKind::Rpm, b"x"),
            "no key of its repository",
        ),
        (
            unsigned().entry("rke2/v1.35.7+rke2r1/rke2.linux-amd64.tar.gz", EntryKind::Rke2, b"x"),
            "no images of the network plugin",
        ),
        (unsigned().entry("rke2/$(id)/rke2.linux-amd64.tar.gz", EntryKind::Rke2, b"x"), "$(id)"),
    ] {
        bundle.signed_by(&key()).write(&site.bundle());
        let other = format!("{PLAN} --state other-{}", said.len());
        site.run(&other).ends_with(3).saying(said);
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn a_plan_says_what_the_bundle_or_the_site_lacks() {
    let site = site();
    site.run("plan --bundle sre.tar.zst --key site.pub").ends_with(2).saying("--site");
    site.run(PLAN).ends_with(2).saying("site.toml");
    site.run(INIT).ends_with(0);
    let text = fs::read_to_string(site.path("site.toml")).unwrap();
    fs::write(site.path("site.toml"), text.replace("[cluster]", "[clutser]")).unwrap();
    site.run(PLAN).ends_with(3).saying("clutser");
    fs::write(site.path("site.toml"), &text).unwrap();
    let vip = format!("{text}\n")
        .replace("[cluster]", "[cluster]\nvip = { address = \"10.20.0.9\", interface = \"eth0\" }");
    fs::write(site.path("site.toml"), vip).unwrap();
    site.run(PLAN).ends_with(3).saying("no image of kube-vip");
    fs::write(site.path("site.toml"), text).unwrap();
    unsigned().signed_by(&key()).write(&site.bundle());
    site.run(&format!("{PLAN} --allow-older-serial --state other"))
        .ends_with(3)
        .saying("brings no RKE2");
}

#[tokio::test]
async fn the_seed_server_gives_out_releases_of_rke2_as_files() {
    let server = start(with_rke2()).await;
    let program = server.bytes("/files/rke2/v1.35.7+rke2r1/rke2.linux-amd64.tar.gz").await;
    assert_eq!(program, PROGRAM);
    let url = format!("{}/files/deb/hosts/key.asc", server.url);
    assert_eq!(server.client.get(url).send().await.unwrap().status(), 404);
}

#[test]
fn the_first_server_is_that_of_the_site_file_and_not_that_of_the_alphabet() {
    let site = site();
    let nodes = "--node zulu=10.20.0.11 --node mike=10.20.0.12 --node alpha=10.20.0.13";
    let init = INIT.replace("--node one=10.20.0.11 --node two=10.20.0.12,agent", nodes);
    site.run(&init).ends_with(0);
    site.run(&format!("{PLAN} --files out")).ends_with(0);
    let groups = &inventory(&site)["all"]["children"];
    let first = groups["rke2_first_server"]["hosts"].as_object().unwrap();
    assert_eq!(first.keys().collect::<Vec<_>>(), ["zulu"]);
    assert_eq!(groups["rke2_servers"]["hosts"].as_object().unwrap().len(), 3);
    // It alone joins nobody.
    for (name, joins) in [("zulu", false), ("mike", true), ("alpha", true)] {
        let file = site.path(&format!("out/files/{name}/etc/rancher/rke2/config.yaml"));
        let config = fs::read_to_string(file).unwrap();
        assert_eq!(config.lines().any(|line| line.starts_with("server:")), joins, "{config}");
    }
}
