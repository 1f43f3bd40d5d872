//! A site of one host: its bundle, `serve`, and the folder that `plan` writes, all by our own programs.

use super::{Host, Network, bundle};
use crate::{Program, Running, ours};
use std::fs;
use std::path::{Path, PathBuf};

/// A site that waits to be hardened.
pub struct Site {
    /// Its one host.
    pub host: Host,
    /// Its network.
    pub network: Network,
    _serving: Running,
}

impl Site {
    /// Builds the bundle, boots the host, serves on the admin side and plans.
    pub fn prepare() -> Self {
        let network = Network::make();
        let folder = network.path("site");
        fs::create_dir(&folder).unwrap();
        bundle::build(&folder);
        let key = ["-q", "-t", "ed25519", "-N", "", "-f", "login"];
        Program::tool("ssh-keygen").folder(&folder).args(key).run().ok();
        let random = Program::tool("openssl").args(["rand", "-hex", "20"]).run().ok();
        fs::write(folder.join("sudo-password.txt"), random).unwrap();
        let (key, password) = (folder.join("login.pub"), folder.join("sudo-password.txt"));
        let host = Host::boot(&network, "node1", "192.0.2.11", &key, &password);
        let serving = serve(&network, &folder);
        let site = Self { host, network, _serving: serving };
        site.describe();
        site.plan();
        site
    }

    /// Gives a path in the folder of the site: `site.toml`, `out/` and what belongs to them.
    pub fn path(&self, name: &str) -> PathBuf {
        self.network.path("site").join(name)
    }

    /// Gives what `sudo` asks for on the host.
    pub fn password(&self) -> String {
        fs::read_to_string(self.path("sudo-password.txt")).unwrap().trim().to_owned()
    }

    /// Writes the site file as a person does: by `init`, and then by hand.
    fn describe(&self) {
        let node = format!("{}={}", self.host.name(), self.host.address());
        let init = ours::sre_install().folder(&self.path("")).arg("init");
        init.args(["--name", "demo", "--domain", "demo.test", "--node", &node])
            .args(["--ssh-user", Host::USER, "--ssh-key", "login", "--ntp", Network::ADMIN])
            .args(["--subnet", Network::RANGE, "--gateway", Network::ROUTER])
            .run()
            .ok();
        let text = fs::read_to_string(self.path("site.toml")).unwrap();
        let key = format!("ssh = {{ host-key = \"{}\" }}", self.host.key());
        let text = [
            // The kernel is that of this machine, which nobody turns to FIPS mode.
            ("#fips = ", "fips = \"off\""),
            ("#[become]", "[become]"),
            ("#password = ", "password = { file = \"sudo-password.txt\" }"),
            ("#ssh = ", &key),
        ]
        .into_iter()
        .fold(text, |text, (from, to)| set(&text, from, to));
        fs::write(self.path("site.toml"), text).unwrap();
    }

    fn plan(&self) {
        let plan = sre_install(&self.path(""), "plan")
            .args(["--site", "site.toml", "--files", "out"])
            .args(["--seed-authority", "state/serve/ca.pem"]);
        self.network.inside("admin", plan).run().ok();
    }
}

/// Puts a line in the place of the first one that begins with some words, such as a key that is commented out.
fn set(text: &str, from: &str, to: &str) -> String {
    let line = text.lines().find(|line| line.starts_with(from));
    let line = line.unwrap_or_else(|| panic!("the site file has no place for `{from}`:\n{text}"));
    text.replacen(line, to, 1)
}

fn sre_install(folder: &Path, verb: &str) -> Program {
    ours::sre_install().folder(folder).env("SRE_STATE", folder.join("state")).args([
        verb,
        "--bundle",
        "sre.tar.zst",
        "--key",
        "site.pub",
    ])
}

fn serve(network: &Network, folder: &Path) -> Running {
    let serve = sre_install(folder, "serve").args(["--listen", "0.0.0.0:8443"]);
    let ready = |line: &str| line.contains("ready: https://").then_some(());
    Running::start(network.inside("admin", serve), ready).0
}
