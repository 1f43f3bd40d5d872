"""kube-apiserver, kube-controller-manager and kube-scheduler, as RKE2 starts them."""

import base64
import json

from . import authority, paths
from .processes import Process

API = "127.0.0.1:6443"
_SUITES = ",".join(
    f"TLS_ECDHE_{key}_WITH_{cipher}"
    for cipher in ("AES_256_GCM_SHA384", "AES_128_GCM_SHA256", "CHACHA20_POLY1305_SHA256")
    for key in ("ECDSA", "RSA")
)
_SILENT_POLICY = "apiVersion: audit.k8s.io/v1\nkind: Policy\nmetadata: {}\nrules:\n- level: None\n"


def processes(config):
    """Gives the processes in the order in which they start."""
    first = [Process("kube-apiserver", _line(config, "kube-apiserver", _api_server(config)))]
    if not config.flag("disable-controller-manager"):
        arguments = _line(config, "kube-controller-manager", _controller_manager(config))
        first.append(Process("kube-controller-manager", arguments))
    if not config.flag("disable-scheduler"):
        first.append(Process("kube-scheduler", _line(config, "kube-scheduler", _scheduler())))
    return first


def write_files(config):
    """Writes what the processes read: kubeconfigs, and policies that the site did not bring."""
    cred = paths.SERVER / "cred"
    for name, pair in (("admin", "client-admin"), ("controller", "client-controller"),
                       ("scheduler", "client-scheduler")):  # fmt: skip
        paths.write(cred / f"{name}.kubeconfig", kubeconfig(pair))
    hardened = config.text("profile") == "cis"
    if hardened and not config.text("audit-policy-file") and not paths.AUDIT_POLICY.exists():
        paths.write(paths.AUDIT_POLICY, _SILENT_POLICY)
    if not config.text("pod-security-admission-config-file"):
        paths.write(paths.POD_SECURITY, json.dumps(_admission("restricted" if hardened else "privileged")))


def kubeconfig(pair, authority_file=authority.SERVER_CA, folder=paths.TLS):
    """Renders a kubeconfig by names of files; JSON is YAML, too."""
    cluster = {"server": f"https://{API}", "certificate-authority": str(authority_file)}
    user = {"client-certificate": f"{folder}/{pair}.crt", "client-key": f"{folder}/{pair}.key"}
    return _kubeconfig(cluster, user)


def whole_kubeconfig():
    """Renders the administrator's kubeconfig, with everything in it."""
    cluster = {"server": f"https://{API}", "certificate-authority-data": _data(authority.SERVER_CA)}
    pair = paths.TLS / "client-admin"
    return _kubeconfig(cluster, {"client-certificate-data": _data(f"{pair}.crt"),
                                 "client-key-data": _data(f"{pair}.key")})  # fmt: skip


def _data(path):
    with open(path, "rb") as file:
        return base64.b64encode(file.read()).decode()


def _kubeconfig(cluster, user):
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "default", "cluster": cluster}],
            "users": [{"name": "default", "user": user}],
            "contexts": [{"name": "default", "context": {"cluster": "default", "user": "default"}}],
            "current-context": "default",
        },
        indent=2,
    )


def _line(config, part, arguments):
    """Lays the arguments of `config.yaml` over RKE2's own; a name that is said twice there stays twice."""
    own = config.arguments(part)
    replaced = {name.rstrip("+-") for name, _ in own if not name.endswith("+")}
    pairs = [(name, value) for name, value in arguments.items() if name not in replaced]
    pairs += [(name.rstrip("+"), value) for name, value in own if not name.endswith("-")]
    return [paths.program(part), *(f"--{name}={value}" for name, value in sorted(pairs))]


def _api_server(config):
    tls, etcd = paths.TLS, paths.ETCD_TLS
    issuer = f"https://kubernetes.default.svc.{config.domain}"
    arguments = {
        "admission-control-config-file": config.text("pod-security-admission-config-file", paths.POD_SECURITY),
        "advertise-address": config.text("advertise-address", config.addresses[0]),
        "allow-privileged": "true",
        "anonymous-auth": "false",
        "api-audiences": f"{issuer},rke2",
        "authorization-mode": "Node,RBAC",
        "bind-address": config.text("bind-address", "0.0.0.0"),
        "cert-dir": f"{tls}/temporary-certs",
        "client-ca-file": f"{tls}/client-ca.crt",
        "enable-admission-plugins": "NodeRestriction",
        "enable-aggregator-routing": "true",
        "enable-bootstrap-token-auth": "true",
        "encryption-provider-config": f"{paths.SERVER}/cred/encryption-config.json",
        "encryption-provider-config-automatic-reload": "true",
        "etcd-cafile": f"{etcd}/server-ca.crt",
        "etcd-certfile": f"{etcd}/client.crt",
        "etcd-keyfile": f"{etcd}/client.key",
        "etcd-servers": "https://127.0.0.1:2379",
        "kubelet-certificate-authority": f"{tls}/server-ca.crt",
        "kubelet-client-certificate": f"{tls}/client-kube-apiserver.crt",
        "kubelet-client-key": f"{tls}/client-kube-apiserver.key",
        "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
        "profiling": "false",
        "proxy-client-cert-file": f"{tls}/client-auth-proxy.crt",
        "proxy-client-key-file": f"{tls}/client-auth-proxy.key",
        "requestheader-allowed-names": "system:auth-proxy",
        "requestheader-client-ca-file": f"{tls}/request-header-ca.crt",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-username-headers": "X-Remote-User",
        "secure-port": "6443",
        "service-account-issuer": issuer,
        "service-account-key-file": f"{tls}/service.key",
        "service-account-signing-key-file": f"{tls}/service.key",
        "service-cluster-ip-range": ",".join(config.services),
        "service-node-port-range": config.text("service-node-port-range", "30000-32767"),
        "storage-backend": "etcd3",
        "tls-cert-file": f"{tls}/serving-kube-apiserver.crt",
        "tls-cipher-suites": _SUITES,
        "tls-private-key-file": f"{tls}/serving-kube-apiserver.key",
    }
    return arguments | _audit(config)


def _audit(config):
    policy = config.text("audit-policy-file")
    if config.text("profile") != "cis" and not policy:
        return {}
    return {
        "audit-policy-file": policy or paths.AUDIT_POLICY,
        "audit-log-path": f"{paths.SERVER}/logs/audit.log",
        "audit-log-maxage": "30",
        "audit-log-maxbackup": "10",
        "audit-log-maxsize": "100",
    }


def _controller_manager(config):
    tls, own = paths.TLS, f"{paths.SERVER}/cred/controller.kubeconfig"
    signing = {}
    for what, pair in (("kube-apiserver-client", "client-ca"), ("kubelet-client", "client-ca"),
                       ("kubelet-serving", "server-ca"), ("legacy-unknown", "server-ca")):  # fmt: skip
        signing[f"cluster-signing-{what}-cert-file"] = f"{tls}/{pair}.crt"
        signing[f"cluster-signing-{what}-key-file"] = f"{tls}/{pair}.key"
    return signing | {
        "allocate-node-cidrs": "true",
        "authentication-kubeconfig": own,
        "authorization-kubeconfig": own,
        "bind-address": "127.0.0.1",
        "cluster-cidr": ",".join(config.pods),
        "controllers": "*,tokencleaner",
        "kubeconfig": own,
        "profiling": "false",
        "root-ca-file": f"{tls}/server-ca.crt",
        "secure-port": "10257",
        "service-account-private-key-file": f"{tls}/service.key",
        "service-cluster-ip-range": ",".join(config.services),
        "terminated-pod-gc-threshold": "1000",
        "use-service-account-credentials": "true",
    }


def _scheduler():
    own = f"{paths.SERVER}/cred/scheduler.kubeconfig"
    return {
        "authentication-kubeconfig": own,
        "authorization-kubeconfig": own,
        "bind-address": "127.0.0.1",
        "kubeconfig": own,
        "profiling": "false",
        "secure-port": "10259",
    }


def _admission(level):
    modes = ("enforce", "audit", "warn")
    defaults = {mode: level for mode in modes} | {f"{mode}-version": "latest" for mode in modes}
    exempt = ["kube-system", "compliance-operator-system", "tigera-operator"]
    configuration = {
        "apiVersion": "pod-security.admission.config.k8s.io/v1",
        "kind": "PodSecurityConfiguration",
        "defaults": defaults,
        "exemptions": {"usernames": [], "runtimeClasses": [], "namespaces": exempt if level == "restricted" else []},
    }
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AdmissionConfiguration",
        "plugins": [{"name": "PodSecurity", "configuration": configuration}],
    }
