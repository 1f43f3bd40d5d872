//! `sre-install apply` has machines made by itself, and takes up what was cut off.

use serde_json::json;
use sre_tests::Program;
use sre_tests::proxmox::{Installation, StandIn};
use std::fs;
use std::path::Path;

const CLONE: &str = "POST /nodes/*/qemu/*/clone";
const MACHINES: [&str; 3] = ["server-1", "server-2", "server-3"];

/// Runs the same command again, wants that all machines are there, and that a third run has nothing to do.
fn completes(site: &Installation) {
    site.lab.proxmox.heal();
    let ran = site.provision("");
    assert_eq!(ran.code(), Some(0), "{}", ran.told());
    assert_eq!(site.lab.machines(), MACHINES);
    site.lab.proxmox.forget_calls();
    let said = site.provision("").ok();
    assert!(said.contains("Everything stands; nothing was changed."), "{said}");
    assert_eq!(site.lab.proxmox.calls(), [], "what stands by its receipt is not asked for");
}

/// Gives every file below a folder that has a text in it.
fn holding(folder: &Path, text: &str) -> String {
    let grep = Program::tool("grep").args(["-rlF", text]).arg(folder);
    grep.run().stdout()
}

#[test]
fn machines_are_made_by_the_opentofu_of_the_bundle_and_reached() {
    let Some(site) = Installation::prepare() else { return };
    let ran = site.provision("");
    assert_eq!(ran.code(), Some(0), "{}", ran.told());
    assert!(ran.stderr().contains("is believed from now on"), "{}", ran.told());
    completes(&site);
    // Asked for again, it looks at each machine and leaves them alone.
    let ran = site.provision("--from provision --again");
    assert_eq!(ran.code(), Some(0), "{}", ran.told());
    assert!(!site.lab.proxmox.calls().is_empty());
    assert_eq!(site.lab.proxmox.changes(), [""; 0]);
    // The site wants a machine to be larger: that alone is changed.
    site.change("cores = 8", "cores = 12");
    site.provision("").ok();
    let changes = site.lab.proxmox.changes();
    assert!(changes.iter().all(|call| call.contains("/qemu/201/")), "{changes:?}");
    assert_eq!(
        site.lab.ask("/nodes/pve1/qemu/201/config")["cores"].to_string().trim_matches('"'),
        "12"
    );
    let state = fs::read_to_string(site.folder().join("tofu/terraform.tfstate")).unwrap();
    assert!(state.contains("server-1"), "{state}");
    assert_eq!(holding(&site.lab.path("state"), StandIn::TOKEN), "");
}

/// Kills a run that waits for the answer to a call.
fn killed_at(call: &str, is_alone: bool) -> Option<Installation> {
    let site = Installation::prepare()?;
    let proxmox = &site.lab.proxmox;
    proxmox.control(&json!({ "faults": [{ "call": call, "times": 0, "do": "hang" }] }));
    let mut run = site.start(is_alone);
    proxmox.wait_until_a_call_hangs();
    run.kill().unwrap();
    run.wait().unwrap();
    Some(site)
}

#[test]
fn a_killed_run_lets_opentofu_come_to_its_end_and_the_next_one_waits_for_it() {
    let Some(site) = killed_at(CLONE, true) else { return };
    completes(&site);
}

#[test]
fn after_a_power_cut_the_next_run_goes_on() {
    let Some(site) = killed_at("POST /nodes/*/qemu/*/status/start", false) else { return };
    site.lab.proxmox.wait_until_the_caller_is_gone();
    completes(&site);
}

#[test]
fn a_machine_that_was_left_half_made_is_brought_to_its_end() {
    let Some(site) = Installation::prepare() else { return };
    // Room for a machine, but not for its disk to grow.
    site.lab.proxmox.control(&json!({ "total": { "local-lvm": 24 } }));
    let said = site.provision("").fails_with(5);
    assert!(said.contains("insufficient free space"), "{said}");
    assert!(said.contains("make room on that storage and run the same command again"), "{said}");
    assert!(!site.lab.machines().is_empty());
    completes(&site);
}

#[test]
fn nothing_is_made_for_whoever_proxmox_does_not_believe_or_who_does_not_believe_it() {
    let Some(site) = Installation::prepare() else { return };
    fs::write(
        site.lab.path("secrets/proxmox-token.txt"),
        "sre@pve!tests=00000000-0000-0000-0000-000000000000",
    )
    .unwrap();
    let said = site.provision("").fails_with(5);
    assert!(said.contains("401") && said.contains("does not know the token"), "{said}");
    fs::write(site.lab.path("secrets/proxmox-token.txt"), StandIn::TOKEN).unwrap();
    let fingerprint = |name: &str| {
        let words = ["x509", "-noout", "-fingerprint", "-sha256", "-in"];
        let said = Program::tool("openssl").args(words).arg(site.lab.path(name)).run().ok();
        said.trim().split_once('=').unwrap().1.to_owned()
    };
    let (theirs, other) = (fingerprint("server.pem"), fingerprint("ca.pem"));
    site.change("ca-file = \"ca.pem\"", &format!("fingerprint = \"{other}\""));
    let said = site.provision("").fails_with(7);
    assert!(said.contains(&theirs) && said.contains("somebody stands between"), "{said}");
    assert_eq!(site.lab.machines(), [""; 0]);
    site.change(&other, &theirs);
    completes(&site);
}

#[test]
fn a_machine_is_destroyed_by_nobody_who_has_not_asked_for_it() {
    let Some(site) = Installation::prepare() else { return };
    completes(&site);
    let text = fs::read_to_string(site.lab.path("site.toml")).unwrap();
    let start = text.find("[[node]]\nname = \"server-3\"").unwrap();
    let end = start + text[start..].find("\n\n").unwrap();
    site.change(&text[start..end], "");
    let said = site.provision("").fails_with(5);
    assert!(said.contains("cannot be destroyed"), "{said}");
    assert!(said.contains("To destroy machines"), "{said}");
    // Whoever has taken the protection away still has to do it by hand.
    fs::write(site.folder().join("tofu/own.auto.tfvars"), "protection = false\n").unwrap();
    let said = site.provision("").fails_with(5);
    assert!(said.contains("1 machines would be destroyed"), "{said}");
    assert_eq!(site.lab.machines(), MACHINES);
}
