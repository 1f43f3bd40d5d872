//! What fits together and what does not.

use super::*;
use crate::SpecificationFault as F;
use crate::example;

type Change = fn(&mut ClusterSpecification);
type Expected = fn(&F) -> bool;

/// Ways to spoil a good cluster, each with the fault that must be found.
const SPOILED: &[(&str, Change, Expected)] = &[
    (
        "two first servers",
        |c| c.nodes[1].role = Role::FirstServer,
        |f| matches!(f, F::FirstServers { count: 2 }),
    ),
    ("no node", |c| c.nodes.clear(), |f| matches!(f, F::FirstServers { count: 0 })),
    ("capital name", |c| c.nodes[2].name = "Server-3".into(), |f| matches!(f, F::NodeName { .. })),
    ("dash at the end", |c| c.nodes[2].name = "a-".into(), |f| matches!(f, F::NodeName { .. })),
    (
        "one name twice",
        |c| c.nodes[2].name = "agent-1".into(),
        |f| matches!(f, F::Repeated { what } if what == "agent-1"),
    ),
    (
        "one address twice",
        |c| c.nodes[2].addresses = c.nodes[1].addresses.clone(),
        |f| matches!(f, F::Repeated { what } if what == "192.0.2.12"),
    ),
    ("no address", |c| c.nodes[2].addresses.clear(), |f| matches!(f, F::NodeAddresses { .. })),
    (
        "two addresses of a family",
        |c| c.nodes[2].addresses.push([192, 0, 2, 99].into()),
        |f| matches!(f, F::NodeAddresses { .. }),
    ),
    (
        "pods of another family",
        |c| c.networking.pods = vec!["fd00:42::/56".parse().unwrap()],
        |f| matches!(f, F::Families { what: "pods" }),
    ),
    (
        "services in the pods' network",
        |c| c.networking.services = vec!["10.42.128.0/20".parse().unwrap()],
        |f| matches!(f, F::Overlap { .. }),
    ),
    (
        "a node in the pods' network",
        |c| c.nodes[4].addresses = vec![[10, 42, 0, 7].into()],
        |f| matches!(f, F::Overlap { second, .. } if second == "10.42.0.7"),
    ),
    (
        "dns outside",
        |c| c.networking.dns = vec![[10, 42, 0, 10].into()],
        |f| matches!(f, F::Dns { .. }),
    ),
    (
        "virtual address of a node",
        |c| c.virtual_address.as_mut().unwrap().address = [192, 0, 2, 12].into(),
        |f| matches!(f, F::VirtualAddressTaken { .. }),
    ),
    (
        "image without a digest",
        |c| c.virtual_address.as_mut().unwrap().image = "ghcr.io/a/b:v1".parse().unwrap(),
        |f| matches!(f, F::ImageWithoutDigest { .. }),
    ),
    (
        "registration with a line break",
        |c| c.registration = "api\nevil: true".into(),
        |f| matches!(f, F::Text { text, .. } if text == "api\\nevil: true"),
    ),
    (
        "label with a blank",
        |c| {
            c.nodes[0].labels.insert("a".into(), "b c".into());
        },
        |f| matches!(f, F::Text { what: "the label", .. }),
    ),
    ("schedule", |c| c.snapshots.schedule = "hourly".into(), |f| matches!(f, F::Text { .. })),
    ("audit days", |c| c.audit_log.days = 29, |f| matches!(f, F::AuditDays { days: 29 })),
    (
        "choice without a reason",
        |c| {
            c.components.insert(Component::Coredns, Choice::Disable(" ".into()));
        },
        |f| matches!(f, F::NoReason { .. }),
    ),
    (
        "exemption without a reason",
        |c| c.exemptions.push(Exemption { namespace: "a".into(), reason: String::new() }),
        |f| matches!(f, F::NoReason { .. }),
    ),
    ("no mirror", |c| c.mirrors.endpoints.clear(), |f| matches!(f, F::NoMirror)),
];

#[test]
fn every_spoiled_cluster_is_refused_for_its_reason() {
    for (what, change, expected) in SPOILED {
        let mut specification = example::specification();
        change(&mut specification);
        let error = Cluster::new(specification).unwrap_err();
        assert!(error.faults.iter().any(expected), "{what}: {error}");
    }
}

#[test]
fn everything_wrong_is_reported_at_once() {
    let mut specification = example::specification();
    specification.audit_log.days = 1;
    specification.mirrors.endpoints.clear();
    let error = Cluster::new(specification).unwrap_err();
    assert_eq!(error.faults.len(), 2, "{error}");
}

#[test]
fn both_families_stand_side_by_side() {
    let cluster = example::cluster_with(|c| {
        c.networking.pods.push("fd00:42::/56".parse().unwrap());
        c.networking.services.push("fd00:43::/112".parse().unwrap());
        for (index, node) in c.nodes.iter_mut().enumerate() {
            node.addresses.push(format!("2001:db8::{}", index + 1).parse().unwrap());
        }
    });
    let names = cluster.certificate_names();
    assert!(names.contains(&"2001:db8::3".to_owned()), "{names:?}");
    assert_eq!(names[..2], ["api.site.example", "192.0.2.10"]);
}
