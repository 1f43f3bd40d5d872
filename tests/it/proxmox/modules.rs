//! The modules by themselves: form, sense, their own tests, and the lab that needs no site.

use sre_tests::proxmox::Lab;
use std::fs;
use std::path::Path;

#[test]
fn our_modules_are_in_form_make_sense_and_pass_their_own_tests() {
    let Some(lab) = Lab::prepare() else { return };
    let run = |folder: &str, arguments: &[&str]| {
        let folder = lab.work().join(folder);
        lab.tofu_in(&folder, arguments).run()
    };
    run("", &["fmt", "-check", "-diff", "-recursive"]).ok();
    for folder in ["", "modules/proxmox", "environments/proxmox-lab"] {
        lab.init(&lab.work().join(folder));
        run(folder, &["validate", "-no-color"]).ok();
    }
    let said = run("modules/proxmox", &["test", "-no-color"]).ok();
    assert!(said.contains("Success! ") && !said.contains("Success! 0 passed"), "{said}");
}

#[test]
fn a_bundle_carries_the_provider_that_the_modules_want() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let manifest = read("manifest.toml");
    let (_, after) = manifest.split_once("source = \"registry.opentofu.org/bpg/proxmox\"").unwrap();
    let version = after.split('"').nth(1).unwrap();
    let folders = ["", "modules/proxmox/", "environments/proxmox-lab/"];
    for (folder, file) in folders.into_iter().zip(["main.tf", "versions.tf", "main.tf"]) {
        let text = read(&format!("infra/tofu/{folder}{file}"));
        assert!(text.contains(&format!("version = \"{version}\"")), "{folder}{file}: {text}");
    }
    let pins = read("tests/tools/pins.toml");
    assert!(pins.contains(&format!("set = [\"main.version={version}\"]")), "{pins}");
}

#[test]
fn the_lab_is_made_and_destroyed_without_a_site() {
    let Some(lab) = Lab::prepare() else { return };
    let folder = lab.work().join("environments/proxmox-lab");
    lab.init(&folder);
    fs::write(folder.join("key.pub"), "ssh-ed25519 AAAA sre\n").unwrap();
    let variables = format!(
        "endpoint = \"{}\"\ncluster_nodes = [\"pve1\", \"pve2\"]\nservers = 3\nagents = 1\n\
         template = \"rocky9\"\nsubnet = \"10.60.0.0/24\"\nssh_key = \"key.pub\"\n",
        lab.proxmox.endpoint()
    );
    fs::write(folder.join("lab.auto.tfvars"), variables).unwrap();
    let run = |verb: &str| {
        lab.tofu_in(&folder, &[verb, "-auto-approve", "-input=false", "-no-color"]).run().ok()
    };
    run("apply");
    assert_eq!(lab.machines(), ["agent-1", "server-1", "server-2", "server-3"]);
    let second = lab.ask("/nodes/pve2/qemu");
    assert!(second.to_string().contains("server-2"), "{second}");
    run("destroy");
    assert_eq!(lab.machines(), [""; 0]);
}
