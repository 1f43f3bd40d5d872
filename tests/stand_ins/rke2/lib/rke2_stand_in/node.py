"""What stands for the kubelet: the node is registered, its lease renewed, and it is said to be ready.

No pod is started. Everything is done with the rights of a node and no others, so that the node authorizer and
the admission plugin `NodeRestriction` of the API server judge it.
"""

import datetime
import os
import platform
import secrets
import socketserver
import threading

from . import certificates, control_plane, images, journal, paths, version
from .client import Refused, Unreachable

_PAUSE = 10
_CONDITIONS = (
    ("Ready", "True", "KubeletReady"),
    ("MemoryPressure", "False", "KubeletHasSufficientMemory"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID"),
)
REJECTED = (
    f"Node password rejected, duplicate hostname or contents of '{paths.NODE_PASSWORD}' may not match server "
    "node-passwd entry, try enabling a unique node name with the --with-node-id flag"
)
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
_STRATEGIC = "application/strategic-merge-patch+json"


def folders():
    """Makes the folders of a node, with the modes that RKE2 gives them at each start."""
    for place in ("", "agent", "agent/images", "agent/etc", "agent/logs", "agent/pod-manifests"):
        paths.folder(paths.DATA / place, 0o755)
    programs = paths.DATA / "data" / version.FOLDER / "bin"
    paths.folder(paths.DATA / "data", 0o755)
    paths.folder(programs.parent, 0o755)
    paths.folder(programs, 0o755)
    paths.write(programs / "kubectl", f'#!/bin/sh\nexec {paths.program("kubectl")} "$@"\n', 0o755)
    link = paths.DATA / "bin"
    if not link.is_symlink() or os.readlink(link) != str(programs):
        beside = paths.DATA / ".bin.new"
        beside.unlink(missing_ok=True)
        beside.symlink_to(programs)
        beside.replace(link)


def password():
    """Gives the password by which this node proves later that it is the same; the first start makes it."""
    if not paths.NODE_PASSWORD.exists():
        paths.folder(paths.NODE_PASSWORD.parent, 0o755)
        paths.write(paths.NODE_PASSWORD, secrets.token_hex(16) + "\n")
    return paths.NODE_PASSWORD.read_text().strip()


def enrol(config, certify):
    """Gets the certificates of the node; `certify(kind, request)` has one signed."""
    for kind, subject in (("client", "/O=system:nodes/CN=system:node"), ("serving", "/CN=node")):
        place = paths.AGENT / f"{kind}-kubelet"
        signed = certify(kind, certificates.request(f"{place}.key", f"{subject}:{config.node_name}"))
        paths.write(f"{place}.crt", signed, 0o644)
    authority_file = paths.AGENT / "server-ca.crt"
    text = control_plane.kubeconfig("client-kubelet", authority_file, paths.AGENT)
    for name in ("kubelet", "kubeproxy", "rke2controller"):
        paths.write(paths.AGENT / f"{name}.kubeconfig", text, 0o644)


class Node:
    """The node object of this host."""

    def __init__(self, config, api):
        self._config = config
        self._api = api
        self._path = f"/api/v1/nodes/{config.node_name}"
        self._is_missed = False

    def register(self, stop):
        """Tries until the API server has the node, and knows that it is ready."""
        while not stop.is_set():
            try:
                self._register()
                self._renew()
                journal.info(f"Successfully registered node {self._config.node_name}")
                return
            except (Refused, Unreachable) as error:
                journal.info(f"Unable to register node with API server: {_words(error)}")
                stop.wait(2)

    def keep(self, stop):
        """Begins to renew the lease and the status, and to look at archives of images."""
        images.watch(stop)
        threading.Thread(target=self._keep, args=(stop,), name="node", daemon=True).start()

    def listen(self):
        """Answers on the kubelet's port, to whoever looks whether it is there."""
        socketserver.ThreadingTCPServer.allow_reuse_address = True
        server = socketserver.ThreadingTCPServer(("0.0.0.0", 10250), socketserver.BaseRequestHandler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, name="kubelet", daemon=True).start()

    def _keep(self, stop):
        while not stop.wait(_PAUSE):
            try:
                self._renew()
                self._is_missed = False
            except (Refused, Unreachable) as error:
                if not self._is_missed:
                    journal.error(f"Error updating node status, will retry: {_words(error)}")
                self._is_missed = True

    def _register(self):
        labels = self._labels()
        try:
            self._api.json("GET", self._path)
        except Refused as refused:
            if refused.status != 404:
                raise
            spec = {"taints": [_taint(text) for text in self._config.items("node-taint")]}
            node = {"metadata": {"name": self._config.node_name, "labels": labels}, "spec": spec}
            self._api.json("POST", "/api/v1/nodes", node)
            return
        self._api.json("PATCH", self._path, {"metadata": {"labels": labels}}, _STRATEGIC)

    def _labels(self):
        machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
        own = {"kubernetes.io/hostname": self._config.node_name}
        for prefix in ("", "beta."):
            own |= {f"{prefix}kubernetes.io/arch": machine, f"{prefix}kubernetes.io/os": "linux"}
        given = (label.partition("=") for label in self._config.items("node-label"))
        return own | {key: value for key, _, value in given}

    def _renew(self):
        before = self._api.json("GET", self._path)["status"].get("conditions", [])
        self._api.json("PATCH", f"{self._path}/status", {"status": self._status(before)}, _STRATEGIC)
        lease = f"{_LEASES}/{self._config.node_name}"
        spec = {"holderIdentity": self._config.node_name, "leaseDurationSeconds": 40, "renewTime": _now(True)}
        try:
            found = self._api.json("GET", lease)
        except Refused as refused:
            if refused.status != 404:
                raise
            self._api.json("POST", _LEASES, {"metadata": {"name": self._config.node_name}, "spec": spec})
            return
        found["spec"] = spec
        self._api.json("PUT", lease, found)

    def _status(self, before):
        addresses = [{"type": "InternalIP", "address": address} for address in self._config.addresses]
        size = {"cpu": str(os.cpu_count()), "memory": f"{_memory()}Ki", "pods": "110"}
        return {
            "addresses": [*addresses, {"type": "Hostname", "address": self._config.node_name}],
            "capacity": size,
            "allocatable": size,
            "conditions": [_condition(before, *row) for row in _CONDITIONS],
            "nodeInfo": {
                "architecture": self._labels()["kubernetes.io/arch"],
                "operatingSystem": "linux",
                "kubeletVersion": version.text(),
                "kubeProxyVersion": "",
                "containerRuntimeVersion": "none://stand-in",
                "kernelVersion": platform.release(),
                "osImage": platform.freedesktop_os_release().get("PRETTY_NAME", ""),
                "bootID": "",
                "machineID": "",
                "systemUUID": "",
            },
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        }


def _condition(before, kind, status, reason):
    condition = {"type": kind, "status": status, "reason": reason, "lastHeartbeatTime": _now()}
    condition["message"] = "said by the stand-in for the kubelet, which does not look"
    if not any(old["type"] == kind and old["status"] == status for old in before):
        condition["lastTransitionTime"] = _now()
    return condition


def _taint(text):
    key, _, effect = text.rpartition(":")
    key, _, value = key.partition("=")
    return {"key": key, "value": value, "effect": effect}


def _memory():
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(file.readline().split()[1])


def _now(micro=False):
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")


def _words(error):
    if isinstance(error, Refused):
        return f"{error}: {error.body.decode(errors='replace')[:400]}"
    return str(error)
