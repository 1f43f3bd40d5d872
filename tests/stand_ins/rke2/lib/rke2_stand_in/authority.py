"""The keys of a cluster: what all servers share, and what each makes for itself out of it."""

import base64
import ipaddress
import json
import os
import pwd
import secrets

from . import certificates, paths

_AUTHORITIES = {
    "tls/server-ca": "rke2-server-ca",
    "tls/client-ca": "rke2-client-ca",
    "tls/request-header-ca": "rke2-request-header-ca",
    "tls/etcd/server-ca": "etcd-server-ca",
    "tls/etcd/peer-ca": "etcd-peer-ca",
}
_SIGNING_KEY = "tls/service.key"
_ENCRYPTION = "cred/encryption-config.json"
_SHARED = [f"{place}.{end}" for place in _AUTHORITIES for end in ("crt", "key")] + [_SIGNING_KEY, _ENCRYPTION]

SERVER_CA = paths.TLS / "server-ca.crt"
CLIENT_CA = paths.TLS / "client-ca.crt"


def folders():
    """Makes the folders of a server, with the modes that RKE2 gives them at each start."""
    for place, mode in (("", 0o755), ("tls", 0o755), ("tls/etcd", 0o755), ("cred", 0o755), ("db", 0o755),
                        ("logs", 0o755), ("manifests", 0o755)):  # fmt: skip
        paths.folder(paths.SERVER / place, mode)


def make(provider):
    """Makes what the first server brings into the world; what is there stays."""
    for place, name in _AUTHORITIES.items():
        if not (paths.SERVER / f"{place}.crt").exists():
            certificates.make_authority(paths.SERVER / place, name)
    if not (paths.SERVER / _SIGNING_KEY).exists():
        certificates.make_signing_key(paths.SERVER / _SIGNING_KEY)
    if not (paths.SERVER / _ENCRYPTION).exists():
        paths.write(paths.SERVER / _ENCRYPTION, json.dumps(_encryption(provider)))


def export():
    """Gives what another server needs to become one of this cluster."""
    return {name: base64.b64encode((paths.SERVER / name).read_bytes()).decode() for name in _SHARED}


def adopt(shared):
    """Takes what another server exported."""
    for name in _SHARED:
        paths.write(paths.SERVER / name, base64.b64decode(shared[name]))


def is_whole():
    """Says whether everything that servers share is there."""
    return all((paths.SERVER / name).exists() for name in _SHARED)


def issue_own(config):
    """Makes the certificates of this server, anew at each start, so that they follow its configuration."""
    names = _names(config)
    local = ["localhost", config.node_name, "127.0.0.1", "::1", *config.addresses]
    for place, authority, subject, alternatives in (
        ("tls/serving-kube-apiserver", "tls/server-ca", "/CN=kube-apiserver", names),
        ("tls/serving-supervisor", "tls/server-ca", "/O=rke2/CN=rke2", names),
        ("tls/client-admin", "tls/client-ca", "/O=system:masters/CN=system:admin", ()),
        ("tls/client-controller", "tls/client-ca", "/CN=system:kube-controller-manager", ()),
        ("tls/client-scheduler", "tls/client-ca", "/CN=system:kube-scheduler", ()),
        ("tls/client-kube-apiserver", "tls/client-ca", "/O=system:masters/CN=system:apiserver", ()),
        ("tls/client-auth-proxy", "tls/request-header-ca", "/CN=system:auth-proxy", ()),
        ("tls/etcd/client", "tls/etcd/server-ca", "/CN=etcd-client", ()),
        ("tls/etcd/server-client", "tls/etcd/server-ca", "/CN=etcd-server", local),
        ("tls/etcd/peer-server-client", "tls/etcd/peer-ca", "/CN=etcd-peer", local),
    ):
        certificates.issue(paths.SERVER / authority, paths.SERVER / place, subject, alternatives)
    if etcd_account(config):
        account = pwd.getpwnam("etcd")
        for path in (paths.ETCD_TLS, *paths.ETCD_TLS.iterdir()):
            os.chown(path, account.pw_uid, account.pw_gid)


def etcd_account(config):
    """Gives the account that etcd runs as, or nothing for root."""
    return "etcd" if config.text("profile") in ("cis", "etcd") else None


def _names(config):
    first = [str(ipaddress.ip_network(network, strict=False)[1]) for network in config.services]
    kubernetes = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"]
    kubernetes.append(f"kubernetes.default.svc.{config.domain}")
    names = ["localhost", "127.0.0.1", "::1", config.node_name, *config.addresses, *first, *kubernetes]
    return list(dict.fromkeys(names + config.split("tls-san")))


def _encryption(provider):
    key = {"keys": [{"name": f"{provider}key", "secret": base64.b64encode(secrets.token_bytes(32)).decode()}]}
    return {
        "kind": "EncryptionConfiguration",
        "apiVersion": "apiserver.config.k8s.io/v1",
        "resources": [{"resources": ["secrets"], "providers": [{provider: key}, {"identity": {}}]}],
    }
