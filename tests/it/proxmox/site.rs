//! What `sre-install plan` writes for a site is what the module takes.

use sre_testkit::bundle::TestKey;
use sre_tests::proxmox::{Lab, StandIn, bundle_with_rke2, write_secrets};
use sre_tests::{Program, ours};
use std::fs;
use std::path::Path;

/// Writes the example of a site on Proxmox with what belongs to it, and a bundle with a release of RKE2.
fn prepare(folder: &Path, endpoint: &str) {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples/site/proxmox.toml");
    let example = fs::read_to_string(example).unwrap();
    let site = example
        .replace("https://pve1.delta.example:8006", endpoint)
        .replace("/home/sre/.ssh/id_ecdsa", "login");
    // A machine without a way out cannot tell by which address nodes reach it.
    let site = format!("{site}\n[seed-server]\naddress = \"10.50.0.5\"\n");
    fs::write(folder.join("site.toml"), site).unwrap();
    let key = ["-q", "-t", "ed25519", "-N", "", "-f", "login"];
    Program::tool("ssh-keygen").folder(folder).args(key).run().ok();
    write_secrets(folder);
    let signer = TestKey::new(1);
    signer.write(folder, "site");
    bundle_with_rke2().signed_by(&signer).write(&folder.join("sre.tar.zst"));
}

#[test]
fn the_variables_of_a_site_are_those_of_the_module() {
    let Some(lab) = Lab::prepare() else { return };
    let folder = lab.path("site");
    fs::create_dir(&folder).unwrap();
    prepare(&folder, lab.proxmox.endpoint());
    let plan = ours::sre_install().folder(&folder).env("SRE_STATE", folder.join("state"));
    let said = plan
        .args(["plan", "--bundle", "sre.tar.zst", "--key", "site.pub", "--site", "site.toml"])
        .args(["--files", "hosts"])
        .run()
        .ok();
    assert!(said.contains("3 machines on Proxmox"), "{said}");
    let variables = fs::read_to_string(folder.join("hosts/tofu/site.auto.tfvars.json")).unwrap();
    assert!(!variables.contains(StandIn::TOKEN), "{variables}");
    fs::write(lab.work().join("site.auto.tfvars.json"), variables).unwrap();
    let plan = lab.plan(&[]);
    assert_eq!(plan.code(), Some(2), "{}", plan.told());
    assert!(plan.stdout().contains("3 to add, 0 to change, 0 to destroy"), "{}", plan.told());
    assert!(!plan.stderr().contains("Warning"), "{}", plan.told());
    assert_eq!(lab.proxmox.changes(), [""; 0]);
}
