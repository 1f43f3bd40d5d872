//! A site: an admin host with the bundle, the nodes that it drives, all by our own programs.

use super::{Host, Network, bundle, stand_in};
use crate::{Program, Ran, Running, ours};
use std::fs;
use std::path::{Path, PathBuf};

/// The nodes: name, address, and whether it is a server.
const NODES: [(&str, &str, bool); 3] =
    [("node1", "192.0.2.11", true), ("node2", "192.0.2.12", true), ("node3", "192.0.2.13", false)];

/// Where the admin host has bundle, keys and site file.
const FOLDER: &str = "/srv/site";

/// A site that waits to be brought about.
pub struct Site {
    /// The host that `sre-install` runs on.
    pub admin: Host,
    /// The nodes, in the order of the site file.
    pub nodes: Vec<Host>,
    /// Its network.
    pub network: Network,
}

impl Site {
    /// Builds the bundle, boots all hosts and writes the site file as a person does.
    pub fn prepare() -> Self {
        let network = Network::make();
        let scratch = network.path("scratch");
        fs::create_dir(&scratch).unwrap();
        let key = ["-q", "-t", "ed25519", "-N", "", "-f", "login"];
        Program::tool("ssh-keygen").folder(&scratch).args(key).run().ok();
        let random = Program::tool("openssl").args(["rand", "-hex", "20"]).run().ok();
        fs::write(scratch.join("sudo-password.txt"), random).unwrap();
        let (key, password) = (scratch.join("login.pub"), scratch.join("sudo-password.txt"));
        let boot = |name, address| Host::boot(&network, name, address, &key, &password);
        let admin = boot("admin", Network::ADMIN);
        let nodes: Vec<_> = NODES.iter().map(|(name, address, _)| boot(name, address)).collect();
        nodes.iter().for_each(stand_in::show_kernel_settings);
        bundle::build(&scratch);
        let site = Self { admin, nodes, network };
        site.furnish(&scratch);
        site.describe();
        site
    }

    /// Gives a path in the folder of the site on the admin host.
    pub fn path(&self, name: &str) -> PathBuf {
        self.admin.path(FOLDER).join(name)
    }

    /// Gives what `sudo` asks for on every node.
    pub fn password(&self) -> String {
        fs::read_to_string(self.path("sudo-password.txt")).unwrap().trim().to_owned()
    }

    /// Runs `sre-install` on the admin host, in the folder of the site, with bundle and key.
    pub fn sre_install(&self, words: &str) -> Ran {
        self.program(words).run()
    }

    /// Starts to bring the site about, and does not wait for it.
    pub fn start_apply(&self, words: &str) -> Running {
        let line = format!("apply --site site.toml --files out --yes {words}");
        Running::start(self.program(&line), |_| Some(())).0
    }

    fn program(&self, words: &str) -> Program {
        let line = format!("sre-install {words} --bundle sre.tar.zst --key site.pub");
        self.admin.root(&format!("cd {FOLDER} && exec {line}"))
    }

    /// Brings the site about, as far as the words say, and gives the answer.
    pub fn apply(&self, words: &str) -> serde_json::Value {
        let line = format!("apply --site site.toml --files out --yes --json {words}");
        let ran = self.sre_install(&line);
        assert_eq!(ran.code(), Some(0), "{}", ran.told());
        serde_json::from_str(&ran.stdout()).unwrap()
    }

    /// Puts what a person carries over onto the admin host: bundle, program, keys.
    fn furnish(&self, scratch: &Path) {
        let folder = self.path("");
        fs::create_dir_all(&folder).unwrap();
        for name in ["sre.tar.zst", "site.pub", "login", "sudo-password.txt"] {
            fs::copy(scratch.join(name), folder.join(name)).unwrap();
        }
        fs::remove_dir_all(scratch).unwrap();
        let program = self.admin.path("/usr/local/bin/sre-install");
        fs::copy(ours::sre_install_path(), program).unwrap();
        self.admin.root(&format!("chown -R root: {FOLDER}")).run().ok();
    }

    /// Writes the site file as a person does: by `init`, and then by hand.
    fn describe(&self) {
        let nodes = NODES.map(|(name, address, is_server)| {
            format!("--node {name}={address},{}", if is_server { "server" } else { "agent" })
        });
        let init = format!(
            "cd {FOLDER} && sre-install init --name demo --domain demo.test {} --ssh-user {} \
             --ssh-key login --ntp {} --subnet {} --gateway {}",
            nodes.join(" "),
            Host::USER,
            Network::ADMIN,
            Network::RANGE,
            Network::ROUTER
        );
        self.admin.root(&init).run().ok();
        let mut text = fs::read_to_string(self.path("site.toml")).unwrap();
        for (from, to) in [
            // The kernel is that of this machine, which nobody turns to FIPS mode.
            ("#fips = ", "fips = \"off\""),
            ("#[become]", "[become]"),
            ("#password = ", "password = { file = \"sudo-password.txt\" }"),
        ] {
            text = set(&text, from, to);
        }
        // The key of the first node is known before the first visit, those of the others are not.
        let key = format!("ssh = {{ host-key = \"{}\" }}", self.nodes[0].key());
        text = set(&text, "#ssh = ", &key);
        text.push_str(KERNEL);
        fs::write(self.path("site.toml"), text).unwrap();
    }
}

/// Containers share the kernel of this machine, which no test changes.
const KERNEL: &str = "
[[hardening.deviation]]
id = \"RHEL-09-213010\"
setting = \"sre_apply_kernel_settings = false\"
reason = \"hosts of tests are containers\"
compensating-controls = [\"nobody works on them\"]
expires = 2099-12-31
approver = \"nobody\"
";

/// Puts a line in the place of the first one that begins with some words, such as a key that is commented out.
fn set(text: &str, from: &str, to: &str) -> String {
    let line = text.lines().find(|line| line.starts_with(from));
    let line = line.unwrap_or_else(|| panic!("the site file has no place for `{from}`:\n{text}"));
    text.replacen(line, to, 1)
}
