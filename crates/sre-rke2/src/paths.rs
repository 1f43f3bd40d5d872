//! Where RKE2 and we put things on a node.

/// What RKE2 reads at each start.
pub const CONFIG: &str = "/etc/rancher/rke2/config.yaml";
/// Settings of the site that are not ours; RKE2 merges the files of this folder in order of name.
pub const SITE_CONFIG: &str = "/etc/rancher/rke2/config.yaml.d/90-site.yaml";
/// Mirrors and credentials of registries.
pub const REGISTRIES: &str = "/etc/rancher/rke2/registries.yaml";
/// The audit policy, at the place where the STIG's check looks for it.
pub const AUDIT_POLICY: &str = "/etc/rancher/rke2/audit-policy.yaml";
/// The defaults of Pod Security Admission, at the place where RKE2 itself would write them.
pub const POD_SECURITY: &str = "/etc/rancher/rke2/rke2-pss.yaml";
/// The token by which servers join; on servers only.
pub const SERVER_TOKEN: &str = "/etc/rancher/rke2/server-token";
/// The token by which agents join; it makes nobody a server.
pub const AGENT_TOKEN: &str = "/etc/rancher/rke2/agent-token";
/// RKE2's data.
pub const DATA: &str = "/var/lib/rancher/rke2";
/// Snapshots of etcd, unless the site names a place of its own.
pub const SNAPSHOTS: &str = "/var/lib/rancher/rke2/server/db/snapshots";
/// The manifest of kube-vip, which servers apply by themselves.
pub const VIRTUAL_ADDRESS: &str = "/var/lib/rancher/rke2/server/manifests/sre-kube-vip.yaml";
/// The script that mends modes and owners.
pub const MODES_SCRIPT: &str = "/usr/local/libexec/sre/rke2-modes";
