//! Keys that are left out on purpose.

/// Keys that no `config.yaml` of ours has, each with the reason.
pub const ABSENT: &[(&str, &str)] = &[
    ("token", "a file that people copy and that tools show is no place for it: `token-file`"),
    ("agent-token", "as `token`: `agent-token-file`"),
    (
        "system-default-registry",
        "it would rename RKE2's own images, so that nobody could compare names with the bundle; \
         mirrors give them under their true names, and it takes no path, so no prefix either",
    ),
    ("node-external-ip", "nobody comes from outside"),
    ("debug", "its logs tell more than logs should"),
    ("etcd-expose-metrics", "it would open 2381 to everybody; monitoring runs on the host network"),
    ("enable-pprof", "it shows memory to whoever asks"),
    ("disable-kube-proxy", "only Cilium could take its place"),
    ("cluster-init", "a key of K3s; RKE2's first server always begins a cluster"),
];
