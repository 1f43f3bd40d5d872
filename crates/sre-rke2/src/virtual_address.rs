//! The address that moves between servers: kube-vip, as a manifest that RKE2 applies by itself.
//!
//! ARP mode, for the control plane only: the platform has its own load balancing of services.
//! Every server has the same file, as RKE2 wants it. Names of variables: kube-vip v1.2.3.

use serde_json::{Value, json};

use crate::document;
use crate::specification::{Cluster, VirtualAddress};

const NAME: &str = "kube-vip";
const NAMESPACE: &str = "kube-system";

/// Renders the manifest, if the cluster has a virtual address.
#[must_use]
pub fn render(cluster: &Cluster) -> Option<String> {
    let wanted = cluster.specification().virtual_address.as_ref()?;
    let mut documents = vec![account()];
    documents.extend(lease_rights());
    documents.extend(node_rights());
    documents.push(daemon_set(wanted));
    Some(document::yaml(&documents))
}

fn account() -> Value {
    json!({
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
    })
}

/// The lease by which one server becomes the holder; in this namespace, and no other.
fn lease_rights() -> [Value; 2] {
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "rules": [{
            "apiGroups": ["coordination.k8s.io"], "resources": ["leases"],
            "verbs": ["list", "get", "watch", "update", "create"],
        }],
    });
    [role, binding("RoleBinding", "Role", Some(NAMESPACE))]
}

/// Nodes are read to see whether the holder lives; upstream's role could also change them.
fn node_rights() -> [Value; 2] {
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": NAME},
        "rules": [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["list", "get", "watch"]}],
    });
    [role, binding("ClusterRoleBinding", "ClusterRole", None)]
}

fn binding(kind: &str, role: &str, namespace: Option<&str>) -> Value {
    let mut metadata = json!({"name": NAME});
    if let Some(namespace) = namespace {
        metadata["namespace"] = json!(namespace);
    }
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": NAME},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}],
    })
}

fn daemon_set(wanted: &VirtualAddress) -> Value {
    let labels = json!({"app.kubernetes.io/name": NAME});
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod(wanted)},
        },
    })
}

fn pod(wanted: &VirtualAddress) -> Value {
    json!({
        "serviceAccountName": NAME,
        "hostNetwork": true,
        "priorityClassName": "system-node-critical",
        "nodeSelector": {"node-role.kubernetes.io/control-plane": "true"},
        "tolerations": [
            {"effect": "NoSchedule", "operator": "Exists"},
            {"effect": "NoExecute", "operator": "Exists"},
        ],
        "containers": [{
            "name": NAME,
            "image": wanted.image.to_string(),
            "imagePullPolicy": "IfNotPresent",
            "args": ["manager"],
            "env": environment(wanted),
            "resources": {
                "requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"},
            },
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": {"add": ["NET_ADMIN", "NET_RAW"], "drop": ["ALL"]},
                "seccompProfile": {"type": "RuntimeDefault"},
            },
        }],
    })
}

fn environment(wanted: &VirtualAddress) -> Value {
    let length = if wanted.address.is_ipv4() { "32" } else { "128" };
    let address = wanted.address.to_string();
    let mut variables: Vec<Value> = [
        ("vip_arp", "true"),
        ("port", "6443"),
        ("vip_subnet", length),
        ("cp_enable", "true"),
        ("cp_namespace", NAMESPACE),
        ("svc_enable", "false"),
        ("vip_leaderelection", "true"),
        ("vip_leasename", "plndr-cp-lock"),
        ("vip_leaseduration", "5"),
        ("vip_renewdeadline", "3"),
        ("vip_retryperiod", "1"),
        ("address", &address),
        // Upstream listens on every address.
        ("prometheus_server", "127.0.0.1:2112"),
    ]
    .into_iter()
    .map(|(name, value)| json!({"name": name, "value": value}))
    .collect();
    if let Some(interface) = &wanted.interface {
        variables.push(json!({"name": "vip_interface", "value": interface}));
    }
    let node = json!({"fieldRef": {"fieldPath": "spec.nodeName"}});
    variables.push(json!({"name": "vip_nodename", "valueFrom": node}));
    Value::Array(variables)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn there_is_no_manifest_without_a_virtual_address() {
        let cluster = example::cluster_with(|specification| specification.virtual_address = None);
        assert_eq!(render(&cluster), None);
    }

    #[test]
    fn carries_the_address_and_the_image_by_digest_and_no_right_to_change_nodes() {
        let text = render(&example::cluster()).unwrap();
        let documents: Vec<Value> = text.split("---\n").map(document::parse).collect();
        let kinds: Vec<&str> = documents.iter().map(|one| one["kind"].as_str().unwrap()).collect();
        let roles = ["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"];
        assert_eq!(kinds[0], "ServiceAccount");
        assert_eq!(kinds[1..5], roles);
        assert_eq!(documents[3]["rules"][0]["verbs"], json!(["list", "get", "watch"]));
        let container = &documents[5]["spec"]["template"]["spec"]["containers"][0];
        assert!(container["image"].as_str().unwrap().contains("@sha256:"));
        let variables = container["env"].as_array().unwrap();
        assert!(variables.contains(&json!({"name": "address", "value": "192.0.2.10"})));
    }
}
