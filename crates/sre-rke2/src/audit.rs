//! The audit policy of the API server.
//!
//! The first two rules are those of V-254555, literally; the first rule that matches wins, so
//! nothing may come before them. They cover the core group only. What follows is a superset for
//! all other groups: reads by their metadata, changes with request and response. Only probes and
//! leases are left out, which say that something lives and nothing else.
//!
//! Mind what the second rule brings with it: requests for service account tokens are in the core
//! group, so the log has tokens in it (bound ones, of an hour). The log is for root alone, and
//! whatever ships it must treat it as a secret.

use serde_json::{Value, json};

use crate::document;

/// Verbs that change something.
const CHANGES: [&str; 5] = ["create", "update", "patch", "delete", "deletecollection"];

/// Gives the policy as data.
#[must_use]
pub fn policy() -> Value {
    json!({
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "rules": [
            {"level": "Metadata", "resources": [{"group": "", "resources": ["secrets"]}]},
            {"level": "RequestResponse", "resources": [{"group": "", "resources": ["*"]}]},
            // Reviews have tokens of people and pods in them; that one was asked for is enough.
            {"level": "Metadata", "resources": [{"group": "authentication.k8s.io"}]},
            // Certificates to be signed have no secrets, but reviews of access are many.
            {"level": "Metadata", "resources": [{"group": "authorization.k8s.io"}]},
            // Nodes and controllers say every few seconds that they live.
            {
                "level": "None",
                "userGroups": ["system:nodes", "system:serviceaccounts:kube-system"],
                "verbs": ["get", "update"],
                "resources": [{"group": "coordination.k8s.io", "resources": ["leases"]}],
            },
            {
                "level": "None",
                "users": ["system:kube-controller-manager", "system:kube-scheduler"],
                "verbs": ["get", "update"],
                "resources": [{"group": "coordination.k8s.io", "resources": ["leases"]}],
            },
            {
                "level": "None",
                "verbs": ["get"],
                "nonResourceURLs": ["/healthz*", "/livez*", "/readyz*"],
            },
            {"level": "RequestResponse", "verbs": CHANGES},
            {"level": "Metadata"},
        ],
    })
}

/// Renders the policy as a file.
#[must_use]
pub fn render() -> String {
    document::yaml([&policy()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_with_the_two_rules_of_the_stig_as_they_stand_there() {
        let read = document::parse(&render());
        let literal = document::parse(
            "- level: Metadata\n  resources:\n  - group: \"\"\n    resources: [\"secrets\"]\n\
             - level: RequestResponse\n  resources:\n  - group: \"\"\n    resources: [\"*\"]\n",
        );
        let rules = read["rules"].as_array().unwrap();
        assert_eq!(&Value::Array(rules[..2].to_vec()), &literal);
        assert_eq!(read, policy());
    }

    #[test]
    fn leaves_out_nothing_but_probes_and_leases() {
        let policy = policy();
        let silent = policy["rules"].as_array().unwrap().iter();
        for rule in silent.filter(|rule| rule["level"] == "None") {
            let leases = json!([{"group": "coordination.k8s.io", "resources": ["leases"]}]);
            let is_probe = rule.get("nonResourceURLs").is_some() && rule["verbs"] == json!(["get"]);
            assert!(rule["resources"] == leases || is_probe, "{rule}");
        }
    }

    #[test]
    fn ends_with_a_rule_for_everything() {
        let policy = policy();
        assert_eq!(
            policy["rules"].as_array().unwrap().last().unwrap(),
            &json!({"level": "Metadata"})
        );
    }
}
