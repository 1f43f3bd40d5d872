//! A site on Proxmox as an installation has it: a bundle with OpenTofu, a site file, machines that answer.

use super::{Lab, StandIn};
use crate::{Program, Ran, Running, SshServer, ours};
use sre_format::bundle::EntryKind;
use sre_testkit::bundle::{Bundle, TestKey};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

/// Where the bundle has the provider, as its publisher packs it, and its lock.
const PROVIDER: &str = "tofu/providers/registry.opentofu.org/bpg/proxmox/terraform-provider-proxmox_0.111.1_linux_amd64.zip";
const LOCK: &str = "tofu/locks/registry.opentofu.org/bpg/proxmox_0.111.1.lock.hcl";
/// The addresses of the machines of the example, which one SSH server answers at.
const ADDRESSES: [&str; 4] = ["10.50.0.5", "10.50.0.11", "10.50.0.12", "10.50.0.13"];

/// A site on Proxmox, in a network that leads nowhere else.
pub struct Installation {
    /// The Proxmox, and what looks at it.
    pub lab: Lab,
    _serving: Running,
    _ssh: SshServer,
}

impl Installation {
    /// Prepares everything up to the first `apply`; gives none where the provider cannot be had.
    pub fn prepare() -> Option<Self> {
        let lab = Lab::prepare()?;
        let folder = lab.path("host");
        fs::create_dir(&folder).unwrap();
        let ssh = SshServer::start_on(lab.island(), &ADDRESSES, &folder, "");
        write_bundle(&lab);
        write_site(&lab);
        // The seed server of somebody else: the one that `apply` starts would outlive the test.
        let serve = ours::sre_install().folder(&lab.path("")).args([
            "serve",
            "--bundle",
            "sre.tar.zst",
            "--key",
            "site.pub",
            "--state",
            "serving",
            "--listen",
            "10.50.0.5:8443",
        ]);
        let ready = |line: &str| line.contains("https://10.50.0.5:8443").then_some(());
        let (serving, ()) = Running::start(lab.island().inside(serve), ready);
        Some(Self { lab, _serving: serving, _ssh: ssh })
    }

    /// Changes the site file.
    pub fn change(&self, from: &str, to: &str) {
        let path = self.lab.path("site.toml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// Runs `sre-install apply` up to the end of `provision`.
    pub fn provision(&self, words: &str) -> Ran {
        self.program(words).run()
    }

    /// Starts the same, and does not wait for it. With it, all that it has started can be killed at once, as a
    /// power cut does.
    pub fn start(&self, is_alone: bool) -> Child {
        let program = self.program("");
        let together = ["--pid", "--fork", "--kill-child"];
        let program = if is_alone { program } else { program.under("unshare", &together) };
        program.start(Stdio::null(), Stdio::null())
    }

    /// Gives the folder of the site.
    pub fn folder(&self) -> PathBuf {
        self.lab.path("state/sites/delta")
    }

    fn program(&self, words: &str) -> Program {
        let line = format!(
            "apply --bundle sre.tar.zst --key site.pub --site site.toml --state state --yes --until provision \
             --seed-authority serving/serve/ca.pem {words}"
        );
        let program = ours::sre_install().folder(&self.lab.path(""));
        self.lab.island().inside(program.args(line.split_whitespace()))
    }
}

/// Writes a bundle with OpenTofu and its provider, for a site of RKE2.
fn write_bundle(lab: &Lab) {
    let read = |path: PathBuf| {
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let pack = ["-m", "zipfile", "-c"];
    let zip = Program::tool("python3").args(pack).arg(lab.path("provider.zip"));
    zip.arg(lab.provider()).run().ok();
    let signer = TestKey::new(1);
    signer.write(&lab.path(""), "site");
    bundle_with_rke2()
        .entry("tools/linux-amd64/tofu", EntryKind::Tool, &read(crate::program::place_of("tofu")))
        .entry(PROVIDER, EntryKind::TofuProvider, &read(lab.path("provider.zip")))
        .entry(LOCK, EntryKind::TofuProvider, &read(lab.work().join(".terraform.lock.hcl")))
        .signed_by(&signer)
        .write(&lab.path("sre.tar.zst"));
}

/// Writes the example of a site on Proxmox, with this one.
fn write_site(lab: &Lab) {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples/site/proxmox.toml");
    let mut site = fs::read_to_string(example).unwrap();
    for (from, to) in [
        ("https://pve1.delta.example:8006", lab.proxmox.endpoint()),
        ("key = \"/home/sre/.ssh/id_ecdsa\"", "key = \"host/login\"\nport = 2222"),
        ("proxmox-ca.pem", "ca.pem"),
    ] {
        assert!(site.contains(from), "{site}");
        site = site.replace(from, to);
    }
    // The key of the SSH server is of a kind that the STIG's policy refuses.
    site.push_str("\n[hardening]\nprofile = \"baseline\"\n");
    site.push_str("\n[seed-server]\naddress = \"10.50.0.5\"\n");
    fs::write(lab.path("site.toml"), site).unwrap();
    write_secrets(&lab.path(""));
}

/// Writes the secrets that the example of a site names.
pub fn write_secrets(folder: &Path) {
    fs::create_dir(folder.join("secrets")).unwrap();
    fs::write(folder.join("secrets/harbor.txt"), "hunter2\n").unwrap();
    fs::write(folder.join("secrets/proxmox-token.txt"), StandIn::TOKEN).unwrap();
}

/// Begins a bundle with a release of RKE2 and the image of kube-vip.
pub fn bundle_with_rke2() -> Bundle {
    let vip = sre_testkit::image::Image::new("linux/amd64").build();
    let file = |name: &str| format!("rke2/v1.35.7+rke2r1/{name}");
    Bundle::new()
        .entry(&file("rke2.linux-amd64.tar.gz"), EntryKind::Rke2, b"a program")
        .entry(&file("rke2-images-core.linux-amd64.tar.zst"), EntryKind::Rke2, b"core")
        .entry(&file("rke2-images-canal.linux-amd64.tar.zst"), EntryKind::Rke2, b"canal")
        .carry("ghcr.io/kube-vip/kube-vip:v1.0.0", &vip)
}
