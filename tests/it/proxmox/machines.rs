//! Machines are made, changed where they stand, and destroyed only by who means it.

use serde_json::{Value, json};
use sre_tests::proxmox::{Lab, StandIn, variables};
use std::fs;

fn config(lab: &Lab, number: u8) -> Value {
    lab.ask(&format!("/nodes/pve{number}/qemu/20{number}/config"))
}

/// Gives every call that the stand-in did not know, or that asked for what is wrong.
fn misunderstood(lab: &Lab) -> Vec<(String, u64)> {
    lab.proxmox.calls().into_iter().filter(|(_, code)| [400, 403, 501].contains(code)).collect()
}

#[test]
fn a_site_of_three_machines_is_made_and_there_is_nothing_left_to_do() {
    let Some(lab) = Lab::prepare() else { return };
    let mut wanted = variables(lab.proxmox.endpoint());
    wanted["tpm"] = true.into();
    lab.write(&wanted);
    lab.apply(&[]).ok();
    assert_eq!(lab.machines(), ["server-1", "server-2", "server-3"]);
    for number in [1, 2, 3] {
        let found = config(&lab, number);
        for (key, part) in [
            ("name", format!("server-{number}")),
            ("memory", "8192".into()),
            ("scsi0", "size=60G".into()),
            ("net0", "tag=20".into()),
            ("ipconfig0", format!("ip=10.50.0.1{number}/24")),
            ("nameserver", "10.50.0.2".into()),
            ("ciuser", "sre".into()),
            ("sshkeys", "ssh-ed25519".into()),
            ("tags", "server;sre;sre-delta".into()),
            ("tpmstate0", "version=v2.0".into()),
            ("startup", format!("order={number}")),
        ] {
            let value = found[key].as_str().unwrap_or_default();
            assert!(value.contains(&part), "{key}: {value}, not {part}");
        }
        assert_eq!((&found["protection"], &found["onboot"]), (&1.into(), &1.into()), "{found}");
        assert!(found.get("cipassword").is_none(), "{found}");
        let status = lab.ask(&format!("/nodes/pve{number}/qemu/20{number}/status/current"));
        assert_eq!(status["status"], "running");
    }
    let out = lab.tofu(&["output", "-json", "machines"]).run().ok();
    let out: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(out["server-2"]["address"], "10.50.0.12");
    assert_eq!((&out["server-2"]["id"], &out["server-2"]["node"]), (&202.into(), &"pve2".into()));
    let card = config(&lab, 2)["net0"].as_str().unwrap().to_lowercase();
    assert!(card.contains(out["server-2"]["mac"].as_str().unwrap()), "{card}, {out}");
    lab.proxmox.forget_calls();
    let plan = lab.plan(&[]);
    assert_eq!(plan.code(), Some(0), "{}", plan.told());
    assert_eq!(lab.proxmox.changes(), [""; 0]);
    assert_eq!(misunderstood(&lab), []);
}

#[test]
fn the_token_is_in_no_plan_and_in_no_state() {
    let Some(lab) = Lab::prepare() else { return };
    // As a variable, which a plan would keep if it were not ephemeral.
    let with_token = |arguments: &[&str]| {
        let tofu = lab.tofu(arguments).env("PROXMOX_VE_API_TOKEN", "");
        tofu.env("TF_VAR_proxmox_token", StandIn::TOKEN).run().ok()
    };
    let saved = "-out=saved.plan";
    let said = with_token(&["plan", "-input=false", "-no-color", saved]);
    let said = said + &with_token(&["apply", "-input=false", "-no-color", "saved.plan"]);
    let shown = lab.tofu(&["show", "-json", "saved.plan"]).run().ok();
    let state = fs::read_to_string(lab.path("terraform.tfstate")).unwrap();
    let plan = fs::read(lab.work().join("saved.plan")).unwrap();
    let (_, secret) = StandIn::TOKEN.split_once('=').unwrap();
    for (name, text) in
        [("output", said.as_bytes()), ("plan", shown.as_bytes()), ("state", state.as_bytes())]
    {
        assert!(!text.windows(secret.len()).any(|part| part == secret.as_bytes()), "{name}");
    }
    // A plan is a zip, whose parts are compressed.
    fs::create_dir(lab.path("plan")).unwrap();
    fs::write(lab.path("plan/saved.zip"), plan).unwrap();
    let unzip = [
        "-c",
        "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); [sys.stdout.buffer.write(z.read(n)) for n in z.namelist()]",
    ];
    let parts =
        sre_tests::Program::tool("python3").args(unzip).arg(lab.path("plan/saved.zip")).run();
    assert!(parts.bytes().len() > 1000, "{}", parts.told());
    assert!(!parts.bytes().windows(secret.len()).any(|part| part == secret.as_bytes()));
}

#[test]
fn memory_grows_where_a_machine_stands_and_nothing_restarts() {
    let Some(lab) = Lab::prepare() else { return };
    lab.apply(&[]).ok();
    lab.proxmox.forget_calls();
    let mut wanted = variables(lab.proxmox.endpoint());
    wanted["machines"]["server-2"]["memory"] = 12288.into();
    lab.write(&wanted);
    let said = lab.apply(&[]).ok();
    assert!(said.contains("0 added, 1 changed, 0 destroyed"), "{said}");
    assert_eq!(config(&lab, 2)["memory"], "12288");
    let changes = lab.proxmox.changes();
    assert!(changes.iter().all(|call| call.ends_with("/pve2/qemu/202/config")), "{changes:?}");
    let plan = lab.plan(&[]);
    assert_eq!(plan.code(), Some(0), "{}", plan.told());
}

#[test]
fn what_a_machine_is_born_with_is_for_new_machines_alone() {
    let Some(lab) = Lab::prepare() else { return };
    lab.apply(&[]).ok();
    let mut changed = variables(lab.proxmox.endpoint());
    let machine = &mut changed["machines"]["server-1"];
    machine["ssh_keys"] = json!(["ssh-ed25519 AAAA new"]);
    machine["dns"] = json!(["10.50.0.3"]);
    // The template may be gone by now.
    machine["template"] = "rocky10".into();
    (changed["tpm"], changed["firmware"]) = (true.into(), "secure-boot".into());
    lab.write(&changed);
    let plan = lab.plan(&[]);
    assert_eq!(plan.code(), Some(0), "{}", plan.told());
}

#[test]
fn machines_are_destroyed_only_by_who_takes_their_protection_away() {
    let Some(lab) = Lab::prepare() else { return };
    lab.apply(&[]).ok();
    lab.proxmox.forget_calls();
    let destroy = ["destroy", "-auto-approve", "-input=false", "-no-color"];
    let said = lab.tofu(&destroy).run().fails_with(1);
    assert!(said.contains("prevent_destroy"), "{said}");
    // A machine that leaves the site is one that would be destroyed.
    let mut fewer = variables(lab.proxmox.endpoint());
    fewer["machines"].as_object_mut().unwrap().remove("server-3");
    lab.write(&fewer);
    let said = lab.apply(&[]).fails_with(1);
    assert!(said.contains("prevent_destroy"), "{said}");
    assert_eq!(lab.proxmox.changes(), [""; 0], "a machine was touched");
    assert_eq!(lab.machines().len(), 3);

    lab.write(&variables(lab.proxmox.endpoint()));
    lab.apply(&["-var=protection=false"]).ok();
    lab.tofu(&[&destroy[..], &["-var=protection=false"]].concat()).run().ok();
    assert_eq!(lab.machines(), [""; 0]);
}

#[test]
fn proxmox_itself_keeps_a_machine_that_is_protected() {
    let Some(lab) = Lab::prepare() else { return };
    lab.apply(&["-var=protection=false"]).ok();
    lab.say("PUT", "/nodes/pve2/qemu/202/config", &["protection=1"]);
    let destroy = ["destroy", "-auto-approve", "-refresh=false", "-input=false", "-no-color"];
    let ran = lab.tofu(&[&destroy[..], &["-var=protection=false"]].concat()).run();
    let said = ran.fails_with(1);
    assert!(said.contains("protection mode enabled"), "{said}");
    assert_eq!(lab.machines(), ["server-2"]);
}
