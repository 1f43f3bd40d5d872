//! OpenTofu beside a stand-in of Proxmox, in a network that leads nowhere else.

use super::{StandIn, provider};
use crate::{Island, Program, Ran};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Our modules.
const TOFU: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/tofu");

/// The place of the provider in a mirror, as the bundle has it under `tofu/providers`, unpacked.
const PLACE: &str = "registry.opentofu.org/bpg/proxmox/0.111.1/linux_amd64";

/// A Proxmox, OpenTofu, and the folder that it works in.
pub struct Lab {
    /// The Proxmox.
    pub proxmox: StandIn,
    island: Island,
    folder: TempDir,
}

impl Lab {
    /// Prepares everything up to `tofu init`; gives none where the provider cannot be had.
    pub fn prepare() -> Option<Self> {
        let provider = provider()?;
        let (island, folder) = (Island::make(), tempfile::tempdir().unwrap());
        let proxmox = StandIn::start(&island, folder.path());
        let lab = Self { proxmox, island, folder };
        fs::create_dir_all(lab.provider().parent().unwrap()).unwrap();
        fs::copy(provider, lab.provider()).unwrap();
        fs::write(lab.path("tofu.rc"), "").unwrap();
        copy(Path::new(TOFU), &lab.work());
        lab.init(&lab.work());
        lab.write(&variables(lab.proxmox.endpoint()));
        Some(lab)
    }

    /// Gives its network.
    pub fn island(&self) -> Island {
        self.island.clone()
    }

    /// Gives a path in the folder of the lab.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Gives the provider's program.
    pub fn provider(&self) -> PathBuf {
        self.path("providers").join(PLACE).join("terraform-provider-proxmox_v0.111.1")
    }

    /// Gives the folder that OpenTofu works in.
    pub fn work(&self) -> PathBuf {
        self.path("work")
    }

    /// Prepares a folder with a configuration, from the mirror alone; its state lies in the lab's folder.
    pub fn init(&self, folder: &Path) {
        let mirror = format!("-plugin-dir={}", self.path("providers").display());
        let state = format!("-backend-config=path={}", self.path("terraform.tfstate").display());
        self.tofu_in(folder, &["init", "-input=false", "-no-color", &mirror, &state]).run().ok();
    }

    /// Writes the variables that OpenTofu reads by itself.
    pub fn write(&self, variables: &Value) {
        fs::write(self.work().join("site.auto.tfvars.json"), variables.to_string()).unwrap();
    }

    /// Gives `tofu` in the work folder, with the token and the authority.
    pub fn tofu(&self, arguments: &[&str]) -> Program {
        self.tofu_in(&self.work(), arguments)
    }

    /// Gives `tofu` in a folder.
    pub fn tofu_in(&self, folder: &Path, arguments: &[&str]) -> Program {
        let tofu = Program::tool("tofu")
            .folder(folder)
            .args(arguments)
            .env("CHECKPOINT_DISABLE", "1")
            .env("HOME", self.folder.path())
            .env("TF_CLI_CONFIG_FILE", self.path("tofu.rc"))
            .env("SSL_CERT_FILE", self.proxmox.authority())
            .env("PROXMOX_VE_API_TOKEN", StandIn::TOKEN);
        self.island.inside(tofu)
    }

    /// Applies without asking.
    pub fn apply(&self, options: &[&str]) -> Ran {
        let apply = ["apply", "-auto-approve", "-input=false", "-no-color"];
        self.tofu(&[&apply, options].concat()).run()
    }

    /// Plans, and tells by the exit code what there is to do: 0 is nothing, 1 an error, 2 something.
    pub fn plan(&self, options: &[&str]) -> Ran {
        let plan = ["plan", "-detailed-exitcode", "-input=false", "-no-color"];
        self.tofu(&[&plan, options].concat()).run()
    }

    /// Asks Proxmox as a person would, and gives what it says.
    pub fn ask(&self, path: &str) -> Value {
        let said = self.say("GET", path, &[]);
        let said: Value = serde_json::from_str(&said).unwrap();
        said["data"].clone()
    }

    /// Does something by the API behind the back of OpenTofu.
    pub fn say(&self, method: &str, path: &str, form: &[&str]) -> String {
        let mut curl = Program::tool("curl").args(["-sS", "-X", method, "--cacert"]);
        curl = curl.arg(self.proxmox.authority());
        curl = curl.args(["-H", &format!("Authorization: PVEAPIToken={}", StandIn::TOKEN)]);
        curl = form.iter().fold(curl, |curl, pair| curl.args(["--data-urlencode", pair]));
        let url = format!("{}/api2/json{path}", self.proxmox.endpoint());
        self.island.inside(curl.arg(url)).run().ok()
    }

    /// Gives the names of all machines that are no templates, sorted.
    pub fn machines(&self) -> Vec<String> {
        let rows = self.ask("/cluster/resources?type=vm");
        let rows = rows.as_array().unwrap().iter().filter(|row| row["template"] == 0);
        let mut names: Vec<_> = rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }
}

/// Gives the variables of three servers, as `sre-install plan --files` writes them.
pub fn variables(endpoint: &str) -> Value {
    let machine = |number: u8| {
        json!({
            "role": "server", "node": format!("pve{number}"), "id": 200 + u32::from(number),
            "template": "rocky9", "cores": 4, "memory": 8192, "storage": "local-lvm",
            "system_disk": 60, "bridge": "vmbr0", "vlan": 20, "address": format!("10.50.0.1{number}/24"),
            "gateway": "10.50.0.1", "dns": ["10.50.0.2"], "user": "sre",
            "ssh_keys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f sre"],
            "order": number,
        })
    };
    let machines = [1, 2, 3].map(|number| (format!("server-{number}"), machine(number)));
    json!({
        "endpoint": endpoint, "site": "delta",
        "machines": machines.into_iter().collect::<serde_json::Map<_, _>>(),
    })
}

/// Copies a folder with everything in it, but for what OpenTofu has left there.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_name().to_string_lossy().starts_with(".terraform") {
            continue;
        }
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
