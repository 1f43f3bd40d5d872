//! A template out of an image of the bundle, and machines that are clones of it.

use serde_json::json;
use sre_format::Digest;
use sre_tests::proxmox::{Lab, variables};
use std::fs;

#[test]
fn an_image_becomes_a_template_and_machines_its_clones() {
    let Some(lab) = Lab::prepare() else { return };
    let image = vec![0x51; 3 << 20];
    fs::write(lab.path("rocky9.qcow2"), &image).unwrap();
    let mut wanted = variables(lab.proxmox.endpoint());
    wanted["image"] = json!({
        "template": "rocky9-new", "node": "pve1", "file": lab.path("rocky9.qcow2"), "id": 9100,
        "sha256": Digest::of(&image).hex(), "image_storage": "local", "storage": "local-lvm",
    });
    for machine in wanted["machines"].as_object_mut().unwrap().values_mut() {
        machine["template"] = "rocky9-new".into();
    }
    lab.write(&wanted);
    lab.apply(&[]).ok();
    let template = lab.ask("/nodes/pve1/qemu/9100/config");
    assert_eq!(template["template"], 1, "{template}");
    assert!(template["efidisk0"].as_str().unwrap().contains("pre-enrolled-keys=1"), "{template}");
    assert_eq!(lab.machines(), ["server-1", "server-2", "server-3"]);
    let changes = lab.proxmox.changes();
    assert_eq!(changes.iter().filter(|call| call.ends_with("/qemu/9100/clone")).count(), 3);
    let plan = lab.plan(&[]);
    assert_eq!(plan.code(), Some(0), "{}", plan.told());
}

#[test]
fn an_image_that_is_another_one_is_refused() {
    let Some(lab) = Lab::prepare() else { return };
    fs::write(lab.path("rocky9.qcow2"), b"another").unwrap();
    let mut wanted = variables(lab.proxmox.endpoint());
    wanted["image"] = json!({
        "template": "rocky9-new", "node": "pve1", "file": lab.path("rocky9.qcow2"),
        "sha256": Digest::of(b"the right one").hex(), "image_storage": "local", "storage": "local-lvm",
    });
    wanted["machines"] = json!({});
    lab.write(&wanted);
    let said = lab.apply(&[]).fails_with(1);
    assert!(said.contains("checksum"), "{said}");
}
