"""`rke2 server`."""

import json
import os
import threading

from . import authority, client, control_plane, join_token, journal, manifests, members, node, paths, supervisor
from .client import Refused, Servers, Unreachable
from .journal import Fatal

_PREPARING = "starting kubernetes: preparing server"
_ROLES = {"node-role.kubernetes.io/control-plane": "true", "node-role.kubernetes.io/etcd": "true"}


class Server:
    """One server, from its start to its stop."""

    def __init__(self, config, stop):
        self._config = config
        self._stop = stop
        self._etcd = members.Etcd(config)
        self._processes = []

    def run(self):
        """Starts everything, says that it is ready, and ends everything when it is asked to."""
        try:
            self._start()
            self._stop.wait()
        finally:
            self._stop.set()
            for process in reversed(self._processes):
                process.stop()
            self._etcd.stop()

    def _start(self):
        config = self._config
        members.require_programs()
        node.folders()
        authority.folders()
        passwords = self._enter_cluster()
        control_plane.write_files(config)
        if self._stop.is_set():
            return
        self._etcd.start()
        self._etcd.wait(self._stop)
        api = self._administrator()
        desk = supervisor.Supervisor(config, passwords, api)
        desk.start()
        for process in control_plane.processes(config):
            if self._stop.is_set():
                return
            self._processes.append(process.start())
        self._wait_for_api(api)
        if self._stop.is_set():
            return
        desk.is_ready.set()
        self._write_kubeconfig()
        if not config.flag("disable-agent"):
            self._start_node(desk)
        if not self._stop.is_set():
            manifests.watch(self._stop)
            journal.notify("READY=1")
            journal.info("rke2 is up and running")

    def _enter_cluster(self):
        """Begins a cluster, joins one, or comes back to one; gives the passwords of those who may join."""
        config, joins = self._config, self._config.text("server")
        token = config.secret("token")
        if members.has_data() and authority.is_whole():
            journal.info("Managed etcd cluster bootstrap already complete and initialized")
            token = self._same_as_before(token)
            authority.issue_own(config)
            self._etcd.resume()
        elif joins:
            journal.info("Managed etcd cluster not yet initialized")
            known = self._bootstrap(token)
            authority.issue_own(config)
            self._etcd.join(known, self._stop)
        else:
            journal.info("Managed etcd cluster initializing")
            token = token or join_token.Token("", "server", os.urandom(16).hex())
            authority.make(config.text("secrets-encryption-provider", "aescbc"))
            authority.issue_own(config)
            self._etcd.begin()
        return self._keep_tokens(token)

    def _bootstrap(self, token):
        """Takes over the keys of the cluster, and gives its members of etcd."""
        place = client.place_of(self._config.text("server"))
        try:
            servers = client.trusted(token, [place], "server")
            theirs = servers.json("GET", "/v1-rke2/config")
            shared = servers.json("GET", "/v1-rke2/server-bootstrap")
            known = servers.json("GET", "/db/info")
        except (Unreachable, Refused) as error:
            raise Fatal(f"{_PREPARING}: failed to bootstrap cluster data: {error}") from error
        ours = json.loads(json.dumps(supervisor.critical(self._config)))
        different = sorted(key for key in supervisor.CRITICAL if ours[key] != theirs.get(key))
        if different:
            raise Fatal(f"{_PREPARING}: failed to validate server configuration: critical configuration value "
                        f"mismatch between servers: {', '.join(different)}")  # fmt: skip
        authority.adopt(shared)
        return known

    def _same_as_before(self, token):
        before = join_token.read((paths.SERVER / "token").read_text().strip())
        if token and token.password != before.password:
            raise Fatal(f"{_PREPARING}: failed to bootstrap cluster data: "
                        "bootstrap data already found and encrypted with different token")  # fmt: skip
        return before

    def _keep_tokens(self, token):
        """Writes the tokens in their whole form, as people read them for joins by hand."""
        agent = self._config.secret("agent-token") or token
        ours = authority.SERVER_CA.read_bytes()
        paths.write(paths.SERVER / "token", join_token.whole(ours, "server", token.password) + "\n")
        paths.write(paths.SERVER / "agent-token", join_token.whole(ours, "node", agent.password) + "\n")
        link = paths.SERVER / "node-token"
        if not link.is_symlink():
            link.symlink_to(paths.SERVER / "token")
        return {"server": token.password, "node": agent.password}

    def _administrator(self):
        return Servers([control_plane.API], authority.SERVER_CA.read_text(), paths.TLS / "client-admin")

    def _wait_for_api(self, api):
        told = None
        while not self._stop.is_set():
            try:
                api.ask("GET", "/readyz")
                journal.info("Kube API server is now running")
                return
            except (Refused, Unreachable) as error:
                if str(error) != told:
                    journal.info(f"Waiting for API server to become available: {error}")
                told = str(error)
                self._stop.wait(1)

    def _write_kubeconfig(self):
        mode = int(self._config.text("write-kubeconfig-mode", "0600"), 8)
        place = self._config.text("write-kubeconfig", paths.KUBECONFIG)
        paths.write(place, control_plane.whole_kubeconfig(), mode)
        journal.info(f"Wrote kubeconfig {place}")

    def _start_node(self, desk):
        """This server is a node, too, and gets its certificates from itself."""
        config = self._config
        for name in ("server-ca.crt", "client-ca.crt"):
            paths.write(paths.AGENT / name, (paths.TLS / name).read_bytes(), 0o644)
        node.enrol(config, lambda kind, wanted: self._certify(desk, kind, wanted))
        api = Servers([control_plane.API], authority.SERVER_CA.read_text(), paths.AGENT / "client-kubelet")
        own = node.Node(config, api)
        own.listen()
        own.register(self._stop)
        if not self._stop.is_set():
            self._label()
            own.keep(self._stop)

    def _certify(self, desk, kind, wanted):
        try:
            return desk.certify(self._config.node_name, node.password(), kind, wanted, self._config.addresses)
        except supervisor.NodeRejected as error:
            raise Fatal(node.REJECTED) from error

    def _label(self):
        """Nodes may not give themselves a role, so the server's own controller does."""
        path = f"/api/v1/nodes/{self._config.node_name}"
        self._administrator().json("PATCH", path, {"metadata": {"labels": _ROLES}}, "application/merge-patch+json")
        journal.info("Labels and annotations have been set successfully on node: " + self._config.node_name)


def run(config, stop):
    """Runs a server until it is asked to stop."""
    Server(config, stop or threading.Event()).run()
