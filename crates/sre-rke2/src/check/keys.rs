//! The keys of `config.yaml`: those of RKE2's commands `server` and `agent`.
//!
//! Read from `pkg/cli/cmds` of RKE2 at v1.35.7+rke2r1 and v1.36.4; both have the same but for
//! `write-kubeconfig-name`, which came with 1.36.

use super::Member;

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A text.
    Text,
    /// `true` or `false`.
    Truth,
    /// A whole number.
    Number,
    /// A list of texts, or one text.
    List,
    /// A list of `name=value` for a part of Kubernetes.
    Arguments,
}

/// Who knows a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Servers and agents.
    Both,
    /// Servers only.
    Server,
}

impl Known {
    /// Says whether a member knows the key.
    #[must_use]
    pub fn by(self, member: Member) -> bool {
        self == Self::Both || member == Member::Server
    }
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The name.
    pub name: &'static str,
    /// What its value looks like.
    pub form: Form,
    /// Who knows it.
    pub known: Known,
}

/// All keys, sorted by who knows them and what they look like.
pub const KEYS: &[(Known, Form, &[&str])] = &[
    (
        Known::Both,
        Form::Text,
        &[
            "bind-address",
            "cloud-controller-manager-image",
            "cloud-provider-config",
            "cloud-provider-name",
            "config",
            "container-runtime-endpoint",
            "data-dir",
            "default-runtime",
            "etcd-image",
            "image-credential-provider-bin-dir",
            "image-credential-provider-config",
            "kube-apiserver-image",
            "kube-controller-manager-image",
            "kube-proxy-image",
            "kube-scheduler-image",
            "kubelet-path",
            "log",
            "node-name",
            "pause-image",
            "private-registry",
            "profile",
            "audit-policy-file",
            "pod-security-admission-config-file",
            "resolv-conf",
            "runtime-image",
            "server",
            "snapshotter",
            "token",
            "token-file",
            "vmodule",
        ],
    ),
    (
        Known::Both,
        Form::Truth,
        &[
            "alsologtostderr",
            "debug",
            "disable-default-registry-endpoint",
            "enable-pprof",
            "node-name-from-cloud-provider-metadata",
            "nonroot-devices",
            "protect-kernel-defaults",
            "selinux",
            "with-node-id",
        ],
    ),
    (Known::Both, Form::Number, &["lb-server-port", "v"]),
    (
        Known::Both,
        Form::List,
        &[
            "airgap-extra-registry",
            "cloud-controller-manager-extra-env",
            "cloud-controller-manager-extra-mount",
            "control-plane-probe-configuration",
            "control-plane-resource-limits",
            "control-plane-resource-requests",
            "etcd-extra-env",
            "etcd-extra-mount",
            "kube-apiserver-extra-env",
            "kube-apiserver-extra-mount",
            "kube-controller-manager-extra-env",
            "kube-controller-manager-extra-mount",
            "kube-proxy-extra-env",
            "kube-proxy-extra-mount",
            "kube-scheduler-extra-env",
            "kube-scheduler-extra-mount",
            "node-external-dns",
            "node-external-ip",
            "node-internal-dns",
            "node-ip",
            "node-label",
            "node-taint",
        ],
    ),
    (Known::Both, Form::Arguments, &["kube-proxy-arg", "kubelet-arg"]),
    (
        Known::Server,
        Form::Text,
        &[
            "advertise-address",
            "agent-token",
            "agent-token-file",
            "cluster-domain",
            "cluster-reset-restore-path",
            "datastore-cafile",
            "datastore-certfile",
            "datastore-endpoint",
            "datastore-keyfile",
            "egress-selector-mode",
            "etcd-s3-access-key",
            "etcd-s3-bucket",
            "etcd-s3-bucket-lookup-type",
            "etcd-s3-config-secret",
            "etcd-s3-endpoint",
            "etcd-s3-endpoint-ca",
            "etcd-s3-folder",
            "etcd-s3-proxy",
            "etcd-s3-region",
            "etcd-s3-secret-key",
            "etcd-s3-session-token",
            "etcd-s3-timeout",
            "etcd-snapshot-dir",
            "etcd-snapshot-name",
            "etcd-snapshot-reconcile-interval",
            "etcd-snapshot-schedule-cron",
            "helm-job-image",
            "secrets-encryption-provider",
            "service-node-port-range",
            "servicelb-namespace",
            "system-default-registry",
            "write-kubeconfig",
            "write-kubeconfig-group",
            "write-kubeconfig-mode",
            "write-kubeconfig-name",
        ],
    ),
    (
        Known::Server,
        Form::Truth,
        &[
            "cluster-reset",
            "disable-agent",
            "disable-apiserver",
            "disable-cloud-controller",
            "disable-controller-manager",
            "disable-etcd",
            "disable-kube-proxy",
            "disable-scheduler",
            "embedded-registry",
            "enable-servicelb",
            "etcd-disable-snapshots",
            "etcd-expose-metrics",
            "etcd-s3",
            "etcd-s3-insecure",
            "etcd-s3-skip-ssl-verify",
            "etcd-snapshot-compress",
            "prime",
            "secrets-encryption",
            "supervisor-metrics",
            "tls-san-security",
        ],
    ),
    (Known::Server, Form::Number, &["etcd-s3-retention", "etcd-snapshot-retention"]),
    (
        Known::Server,
        Form::List,
        &[
            "cluster-cidr",
            "cluster-dns",
            "cni",
            "disable",
            "ingress-controller",
            "service-cidr",
            "tls-san",
        ],
    ),
    (
        Known::Server,
        Form::Arguments,
        &[
            "etcd-arg",
            "helm-controller-arg",
            "kube-apiserver-arg",
            "kube-cloud-controller-manager-arg",
            "kube-controller-manager-arg",
            "kube-scheduler-arg",
        ],
    ),
];

/// Keys of K3s that RKE2 drops, which people copy from its documentation.
pub(super) const K3S_ONLY: &[&str] = &[
    "advertise-port",
    "apiserver-bind-address",
    "apiserver-port",
    "cluster-init",
    "default-local-storage-path",
    "disable-apiserver-lb",
    "disable-helm-controller",
    "disable-network-policy",
    "docker",
    "flannel-backend",
    "flannel-cni-conf",
    "flannel-conf",
    "flannel-external-ip",
    "flannel-iface",
    "flannel-ipv6-masq",
    "https-listen-port",
    "image-service-endpoint",
    "kine-tls",
    "kube-cloud-controller-arg",
    "kube-controller-arg",
    "prefer-bundled-bin",
    "rootless",
    "supervisor-port",
    "vpn-auth",
    "vpn-auth-file",
];

/// Finds a key by its name.
pub(super) fn find(name: &str) -> Option<Key> {
    all().find(|key| key.name == name)
}

/// Gives every key.
pub(super) fn all() -> impl Iterator<Item = Key> {
    KEYS.iter().flat_map(|(known, form, names)| {
        names.iter().map(|name| Key { name, form: *form, known: *known })
    })
}
