//! What goes wrong on the way is told, and the next run goes on.

use serde_json::json;
use sre_tests::proxmox::Lab;
use std::process::{Child, Stdio};

const CLONE: &str = "POST /nodes/*/qemu/*/clone";

/// Runs again until all is there, and wants that nothing is left to do.
fn completes(lab: &Lab) {
    lab.proxmox.heal();
    lab.apply(&[]).ok();
    assert_eq!(lab.machines(), ["server-1", "server-2", "server-3"]);
    let plan = lab.plan(&[]);
    assert_eq!(plan.code(), Some(0), "{}", plan.told());
}

#[test]
fn a_full_storage_is_told_and_the_next_run_completes() {
    let Some(lab) = Lab::prepare() else { return };
    // Room for the template and nothing else.
    lab.proxmox.control(&json!({ "total": { "local-lvm": 15 } }));
    let said = lab.apply(&[]).fails_with(1);
    assert!(said.contains("insufficient free space"), "{said}");
    assert_eq!(lab.machines(), [""; 0]);
    completes(&lab);
}

#[test]
fn a_machine_that_was_left_half_made_is_kept_until_somebody_has_said_what_it_is() {
    let Some(lab) = Lab::prepare() else { return };
    // Room for a machine, but not for its disk to grow.
    lab.proxmox.control(&json!({ "total": { "local-lvm": 24 } }));
    let said = lab.apply(&["-parallelism=1"]).fails_with(1);
    assert!(said.contains("insufficient free space"), "{said}");
    let half = lab.machines();
    assert!(!half.is_empty());
    lab.proxmox.heal();
    lab.proxmox.forget_calls();
    let said = lab.apply(&[]).fails_with(1);
    assert!(said.contains("Resource instance cannot be destroyed"), "{said}");
    assert_eq!(lab.proxmox.changes(), [""; 0]);
    for name in half {
        let machine = "module.machines.proxmox_virtual_environment_vm.machine";
        lab.tofu(&["untaint", "-no-color", &format!("{machine}[\"{name}\"]")]).run().ok();
    }
    completes(&lab);
}

#[test]
fn a_wrong_token_is_told_and_nothing_is_changed() {
    let Some(lab) = Lab::prepare() else { return };
    let wrong = "sre@pve!tests=00000000-0000-0000-0000-000000000000";
    let apply = ["apply", "-auto-approve", "-input=false", "-no-color"];
    let said = lab.tofu(&apply).env("PROXMOX_VE_API_TOKEN", wrong).run().fails_with(1);
    assert!(said.contains("401"), "{said}");
    assert_eq!(lab.proxmox.changes(), [""; 0]);
    completes(&lab);
}

#[test]
fn an_api_that_fails_in_the_middle_is_told_and_the_next_run_completes() {
    for fault in [
        json!({ "call": CLONE, "skip": 1, "times": 0, "do": "answer", "code": 500, "reason": "out of order" }),
        json!({ "call": CLONE, "skip": 2, "times": 0, "do": "fail", "reason": "out of order" }),
    ] {
        let Some(lab) = Lab::prepare() else { return };
        lab.proxmox.control(&json!({ "faults": [fault] }));
        let said = lab.apply(&[]).fails_with(1);
        assert!(said.contains("out of order"), "{said}");
        completes(&lab);
    }
}

#[test]
fn a_number_that_somebody_else_has_taken_is_told() {
    let Some(lab) = Lab::prepare() else { return };
    lab.proxmox.control(&json!({ "faults": [{ "call": CLONE, "do": "take" }] }));
    let said = lab.apply(&[]).fails_with(1);
    assert!(said.contains("already exists"), "{said}");
    let machines = lab.ask("/cluster/resources?type=vm");
    let rows = machines.as_array().unwrap();
    let theirs = rows.iter().find(|row| row["name"] == "of-somebody-else").unwrap();
    let (node, number) = (theirs["node"].as_str().unwrap(), &theirs["vmid"]);
    let config = lab.ask(&format!("/nodes/{node}/qemu/{number}/config"));
    assert!(config.get("net0").is_none() && config.get("tags").is_none(), "{config}");
    // From now on the plan itself knows it.
    lab.proxmox.forget_calls();
    let said = lab.plan(&[]).fails_with(1);
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("that of another machine of this Proxmox, \"of-somebody-else\""),
        "{said}"
    );
}

/// Starts an apply, and waits until it has asked Proxmox for something that is not answered.
fn stuck(lab: &Lab, call: &str) -> Child {
    let hang = json!({ "faults": [{ "call": call, "times": 0, "do": "hang" }] });
    lab.proxmox.control(&hang);
    let apply = ["apply", "-auto-approve", "-input=false", "-no-color", "-parallelism=1"];
    // The provider is a process of its own, which would go on when OpenTofu alone is killed.
    let together = ["--pid", "--fork", "--kill-child"];
    let apply = lab.tofu(&apply).under("unshare", &together);
    let child = apply.start(Stdio::null(), Stdio::null());
    lab.proxmox.wait_until_a_call_hangs();
    child
}

#[test]
fn two_runs_at_once_are_kept_apart() {
    let Some(lab) = Lab::prepare() else { return };
    let mut first = stuck(&lab, CLONE);
    let said = lab.apply(&[]).fails_with(1);
    assert!(said.contains("state lock"), "{said}");
    lab.proxmox.heal();
    assert!(first.wait().unwrap().success());
    completes(&lab);
}

/// Kills an apply that waits for the answer to a call.
fn killed_at(lab: &Lab, call: &str) {
    let mut run = stuck(lab, call);
    run.kill().unwrap();
    run.wait().unwrap();
    lab.proxmox.wait_until_the_caller_is_gone();
}

#[test]
fn a_run_that_is_killed_in_the_middle_is_taken_up_by_the_next() {
    for call in [CLONE, "PUT /nodes/*/qemu/*/resize", "POST /nodes/*/qemu/*/status/start"] {
        let Some(lab) = Lab::prepare() else { return };
        killed_at(&lab, call);
        completes(&lab);
    }
}

#[test]
fn a_machine_that_has_its_name_and_nothing_else_is_left_to_a_person() {
    let Some(lab) = Lab::prepare() else { return };
    killed_at(&lab, "PUT /nodes/*/qemu/*/config");
    lab.proxmox.heal();
    let half = lab.machines();
    let said = lab.apply(&[]).fails_with(1);
    assert!(said.contains("already exists"), "{said}");
    let number = half[0].replace("server-", "");
    let rows = lab.ask("/cluster/resources?type=vm");
    let row = rows.as_array().unwrap().iter().find(|row| row["name"] == half[0].as_str()).unwrap();
    let node = row["node"].as_str().unwrap();
    lab.say("DELETE", &format!("/nodes/{node}/qemu/20{number}"), &[]);
    completes(&lab);
}
