"""Where RKE2 puts things, and how files get their owner and mode."""

import os
from pathlib import Path

CONFIG = Path("/etc/rancher/rke2/config.yaml")
AUDIT_POLICY = Path("/etc/rancher/rke2/audit-policy.yaml")
POD_SECURITY = Path("/etc/rancher/rke2/rke2-pss.yaml")
REGISTRIES = Path("/etc/rancher/rke2/registries.yaml")
KUBECONFIG = Path("/etc/rancher/rke2/rke2.yaml")
NODE_PASSWORD = Path("/etc/rancher/node/password")
DATA = Path("/var/lib/rancher/rke2")
SERVER = DATA / "server"
AGENT = DATA / "agent"
IMAGES = AGENT / "images"
TLS = SERVER / "tls"
ETCD_TLS = TLS / "etcd"
ETCD_DATA = SERVER / "db/etcd"
SNAPSHOTS = SERVER / "db/snapshots"
MANIFESTS = SERVER / "manifests"
LOGS = AGENT / "logs"
KUBECTL = DATA / "bin/kubectl"


def at(path):
    """Gives where a path of the host is; tests of `--check` have a folder of their own in the place of `/`."""
    return Path(os.environ.get("RKE2_STAND_IN_ROOT", "/")) / str(path).lstrip("/")


def program(name):
    """Gives a program of Kubernetes or etcd."""
    return os.path.join(os.environ.get("RKE2_STAND_IN_PROGRAMS", "/opt/kubernetes/bin"), name)


def sysctl(name):
    """Gives the file of a kernel setting; containers share the kernel, so tests may name another folder."""
    return Path(os.environ.get("RKE2_STAND_IN_SYSCTLS", "/proc/sys")) / name.replace(".", "/")


def folder(path, mode):
    """Makes a folder, and gives it its mode even when it is there: RKE2 does so at each start."""
    Path(path).mkdir(parents=True, exist_ok=True)
    os.chmod(path, mode)


def write(path, content, mode=0o600):
    """Writes a file in one step, so that a cut leaves the old one or the new one."""
    path = Path(path)
    data = content.encode() if isinstance(content, str) else content
    beside = path.with_name(f".{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
