"""The keys of `config.yaml`, as RKE2's server and agent configuration references list them.

Written from those two pages, and from nothing of the program under test, so that the two lists judge each other.
"""

_PARTS = "kube-apiserver kube-controller-manager kube-scheduler kube-proxy etcd cloud-controller-manager"

TEXTS_OF_ALL = set(
    """
    config data-dir bind-address token token-file server node-name resolv-conf lb-server-port
    image-credential-provider-bin-dir image-credential-provider-config
    container-runtime-endpoint default-runtime snapshotter private-registry
    kubelet-path pause-image runtime-image cloud-provider-name cloud-provider-config
    profile audit-policy-file pod-security-admission-config-file
    """.split()
) | {f"{part}-image" for part in _PARTS.split()}

FLAGS_OF_ALL = set(
    """
    debug with-node-id selinux protect-kernel-defaults disable-default-registry-endpoint enable-pprof
    """.split()
)

LISTS_OF_ALL = set(
    """
    node-label node-taint node-ip node-external-ip node-internal-dns node-external-dns kubelet-arg kube-proxy-arg
    control-plane-resource-requests control-plane-resource-limits control-plane-probe-configuration
    """.split()
) | {f"{part}-extra-{what}" for part in _PARTS.split() for what in ("mount", "env")}

TEXTS_OF_SERVERS = set(
    """
    advertise-address agent-token agent-token-file cluster-domain service-node-port-range egress-selector-mode
    servicelb-namespace write-kubeconfig write-kubeconfig-mode write-kubeconfig-group helm-job-image
    cluster-reset-restore-path etcd-snapshot-name etcd-snapshot-schedule-cron etcd-snapshot-retention
    etcd-snapshot-dir etcd-s3-endpoint etcd-s3-endpoint-ca etcd-s3-access-key etcd-s3-secret-key
    etcd-s3-session-token etcd-s3-bucket etcd-s3-bucket-lookup-type etcd-s3-region etcd-s3-folder
    etcd-s3-retention etcd-s3-proxy etcd-s3-config-secret etcd-s3-timeout
    secrets-encryption-provider system-default-registry
    datastore-endpoint datastore-cafile datastore-certfile datastore-keyfile
    """.split()
)

FLAGS_OF_SERVERS = set(
    """
    tls-san-security cluster-reset etcd-expose-metrics etcd-disable-snapshots etcd-snapshot-compress
    etcd-s3 etcd-s3-skip-ssl-verify etcd-s3-insecure disable-scheduler disable-cloud-controller
    disable-kube-proxy disable-apiserver disable-controller-manager disable-etcd enable-servicelb
    embedded-registry supervisor-metrics secrets-encryption
    """.split()
)

LISTS_OF_SERVERS = set(
    """
    tls-san cluster-cidr service-cidr cluster-dns cni disable ingress-controller
    kube-apiserver-arg kube-controller-manager-arg kube-scheduler-arg etcd-arg kube-cloud-controller-manager-arg
    """.split()
)

TEXTS = TEXTS_OF_ALL | TEXTS_OF_SERVERS
FLAGS = FLAGS_OF_ALL | FLAGS_OF_SERVERS
LISTS = LISTS_OF_ALL | LISTS_OF_SERVERS
OF_ALL = TEXTS_OF_ALL | FLAGS_OF_ALL | LISTS_OF_ALL
OF_SERVERS = TEXTS_OF_SERVERS | FLAGS_OF_SERVERS | LISTS_OF_SERVERS


def known_to(role):
    """Gives the keys that a role knows."""
    return OF_ALL | OF_SERVERS if role == "server" else OF_ALL
