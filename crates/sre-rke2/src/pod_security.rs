//! The defaults of Pod Security Admission (V-254571).

use serde_json::{Value, json};

use crate::document;
use crate::specification::{Cluster, Exemption};

/// The namespaces that RKE2's own file exempts under `profile: cis`, and why they stay so: checkers
/// compare with that file, and a namespace that nobody made exempts nothing.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("kube-system", "the control plane, the network plugin and kube-vip need the host"),
    ("compliance-operator-system", "scanners of compliance read the hosts' files"),
    ("tigera-operator", "Calico's operator uses the hosts' network"),
];

/// Gives every exemption: RKE2's own and those of the site, each namespace once.
#[must_use]
pub fn exemptions(cluster: &Cluster) -> Vec<Exemption> {
    let mut all: Vec<Exemption> = BUILT_IN
        .iter()
        .map(|(namespace, reason)| Exemption {
            namespace: (*namespace).to_owned(),
            reason: (*reason).to_owned(),
        })
        .collect();
    for exemption in &cluster.specification().exemptions {
        if all.iter().all(|one| one.namespace != exemption.namespace) {
            all.push(exemption.clone());
        }
    }
    all
}

/// Renders the file: `restricted` everywhere but in exempted namespaces.
#[must_use]
pub fn render(cluster: &Cluster) -> String {
    let namespaces: Vec<String> =
        exemptions(cluster).into_iter().map(|exemption| exemption.namespace).collect();
    document::yaml([&admission(&namespaces)])
}

fn admission(namespaces: &[String]) -> Value {
    json!({
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AdmissionConfiguration",
        "plugins": [{
            "name": "PodSecurity",
            "configuration": {
                "apiVersion": "pod-security.admission.config.k8s.io/v1",
                "kind": "PodSecurityConfiguration",
                "defaults": {
                    "enforce": "restricted", "enforce-version": "latest",
                    "audit": "restricted", "audit-version": "latest",
                    "warn": "restricted", "warn-version": "latest",
                },
                "exemptions": {"usernames": [], "runtimeClasses": [], "namespaces": namespaces},
            },
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn restricts_every_namespace_and_adds_exemptions_of_the_site_once() {
        let exempt = |name: &str| Exemption { namespace: name.into(), reason: "drivers".into() };
        let cluster = example::cluster_with(|specification| {
            specification.exemptions = vec![exempt("storage"), exempt("kube-system")];
        });
        let read = document::parse(&render(&cluster));
        let configuration = &read["plugins"][0]["configuration"];
        for mode in ["enforce", "audit", "warn"] {
            assert_eq!(configuration["defaults"][mode], "restricted");
        }
        let namespaces = &configuration["exemptions"]["namespaces"];
        let expected =
            json!(["kube-system", "compliance-operator-system", "tigera-operator", "storage"]);
        assert_eq!(namespaces, &expected);
    }
}
