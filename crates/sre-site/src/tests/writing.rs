use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::template::{Answers, MachineAnswers, NodeAnswers, ProxmoxAnswers, template};
use crate::words::{Cni, Profile, Role};
use crate::{AgentsReach, Escalation, SecretReference, Site, VirtualAddress, schema};

/// Gives the answers that a site would have come from.
fn answers_of(site: &Site) -> Answers {
    let access = &site.nodes[0].access;
    let Escalation::Sudo(sudo_password) = access.escalation.clone() else { panic!() };
    let vip = match &site.cluster.api {
        AgentsReach::Virtual(vip) => Some(vip.clone()),
        _ => None,
    };
    let machine = site.nodes.iter().find_map(|node| node.machine.as_ref());
    let proxmox = site.proxmox.as_ref().map(|proxmox| ProxmoxAnswers {
        endpoint: proxmox.endpoint.clone(),
        token: proxmox.token.clone(),
        template: machine.unwrap().template.clone(),
        storage: machine.unwrap().storage.clone(),
        bridge: machine.unwrap().bridge.clone(),
    });
    let nodes = site.nodes.iter().map(|node| NodeAnswers {
        name: node.name.clone(),
        address: node.address,
        role: node.role,
        machine: node.machine.as_ref().map(|machine| MachineAnswers {
            node: machine.node.clone(),
            cores: machine.cores,
            memory: machine.memory,
            disk: machine.disk,
        }),
    });
    Answers {
        name: site.place.name.clone(),
        domain: site.place.domain.clone(),
        subnet: site.network.subnet,
        gateway: site.network.gateway,
        dns: site.network.dns.clone(),
        ntp: site.time.ntp.clone(),
        ssh_user: access.user.clone(),
        ssh_key: access.key.clone(),
        sudo_password,
        nodes: nodes.collect(),
        vip,
        cni: site.cluster.cni,
        profile: site.hardening.profile,
        proxmox,
    }
}

/// Gives answers in which everything is answered.
fn whole() -> Answers {
    let machine = || MachineAnswers {
        node: "pve1".parse().unwrap(),
        cores: 8,
        memory: "32GiB".parse().unwrap(),
        disk: "200GiB".parse().unwrap(),
    };
    let node = |number: u8, role| NodeAnswers {
        name: format!("node-{number}").parse().unwrap(),
        address: format!("10.20.0.{number}").parse().unwrap(),
        role,
        machine: Some(machine()),
    };
    Answers {
        gateway: Some("10.20.0.1".parse().unwrap()),
        sudo_password: Some(SecretReference::Command(vec!["pass".into(), "a \"b\"\\".into()])),
        ssh_key: "/home/a \"b\"/key".into(),
        nodes: vec![node(11, Role::Server), node(12, Role::Agent)],
        vip: Some(VirtualAddress {
            address: "10.20.0.10".parse().unwrap(),
            interface: "eth0".parse().unwrap(),
        }),
        cni: Cni::Cilium,
        profile: Profile::Cis,
        proxmox: Some(ProxmoxAnswers {
            endpoint: "https://pve1.alpha.example:8006".parse().unwrap(),
            token: SecretReference::File("token.txt".into()),
            template: "rocky9".parse().unwrap(),
            storage: "local-lvm".parse().unwrap(),
            bridge: "vmbr0".parse().unwrap(),
        }),
        ..Answers::example()
    }
}

/// Takes away the sign before every key and table that stands as a comment.
fn uncommented(text: &str) -> String {
    let key =
        |line: &str| line.starts_with(|first: char| first.is_ascii_lowercase() || first == '[');
    let lines =
        text.lines().map(|line| line.strip_prefix('#').filter(|rest| key(rest)).unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_new_site_file_means_what_was_answered() {
    for answers in [Answers::example(), whole()] {
        let text = template(&answers);
        let file = parse(&text).unwrap_or_else(|error| panic!("{:?}\n{text}", error.problems()));
        assert_eq!(answers_of(file.site()), answers, "{text}");
    }
}

#[test]
fn a_new_site_file_of_one_node_leaves_no_doubt_and_equals_the_shortest_one() {
    let text = template(&Answers::example());
    let file = parse(&text).unwrap();
    assert!(file.warnings().is_empty(), "{:?}", file.warnings());
    let short: String =
        text.lines().filter(|line| !line.starts_with('#')).flat_map(|line| [line, "\n"]).collect();
    assert_eq!(parse(&short).unwrap().site(), file.site());
}

/// Collects which keys of which tables of the schema a document has.
fn used(
    document: &toml::Value,
    schema: &Value,
    root: &Value,
    found: &mut BTreeSet<(String, String)>,
) {
    let reference = schema["$ref"].as_str().unwrap_or("#");
    let schema = if reference == "#" { schema } else { root.pointer(&reference[1..]).unwrap() };
    match document {
        toml::Value::Table(table) => {
            for (key, value) in table {
                let property = &schema["properties"][key];
                if !property.is_null() {
                    found.insert((reference.to_owned(), key.clone()));
                }
                let free = &schema["additionalProperties"];
                used(value, if property.is_null() { free } else { property }, root, found);
            }
        }
        toml::Value::Array(items) => {
            for item in items {
                used(item, &schema["items"], root, found);
            }
        }
        _ => {}
    }
}

#[test]
fn a_new_site_file_shows_every_key_that_there_is() {
    let (root, mut found) = (schema(), BTreeSet::new());
    for answers in [Answers::example(), whole()] {
        let mut shown = BTreeSet::new();
        let document: toml::Table = uncommented(&template(&answers)).parse().unwrap();
        used(&document.into(), &root, &root, &mut shown);
        found.extend(shown);
    }
    let tables = root["$defs"].as_object().unwrap().iter();
    let tables = tables.map(|(name, table)| (format!("#/$defs/{name}"), table));
    for (name, table) in tables.chain([("#".to_owned(), &root)]) {
        for key in table["properties"].as_object().into_iter().flatten().map(|(key, _)| key) {
            assert!(found.contains(&(name.clone(), key.clone())), "{name} {key}");
        }
    }
}

#[test]
fn every_example_in_a_new_site_file_is_a_valid_value() {
    let found = problems(&uncommented(&template(&Answers::example())));
    // Some keys exclude each other, and that is all that may be wrong once every one is set.
    let mut found = messages(&found);
    found.sort();
    found.dedup();
    let expected = [
        "it is not clear how the API is reached",
        "it is not clear why this Proxmox is believed",
        "this belongs to a registry that is there already",
        "this belongs to an authority that the site gives",
    ];
    assert_eq!(found, expected);
}

#[test]
fn the_digest_is_that_of_the_meaning() {
    let digest = |text: &str| parse(text).unwrap().site().digest();
    let same = altered(SINGLE, "[ssh]", "# A remark.\n[ssh]\nport = 22");
    let same = format!("{same}\n[cluster]\ncni = \"canal\"\n");
    assert_eq!(digest(&same), digest(SINGLE));
    for (from, to) in
        [("bravo-1", "bravo-2"), ("user = \"sre\"", "user = \"eve\""), ("10.30.0.11", "10.30.0.12")]
    {
        assert_ne!(digest(&altered(SINGLE, from, to)), digest(SINGLE));
    }
    assert_ne!(digest(BARE_METAL), digest(PROXMOX));
}
