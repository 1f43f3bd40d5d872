"""`rke2 agent`."""

import json
import random
import threading

from . import client, journal, node, paths
from .client import Refused, Servers, Unreachable

_BALANCER = paths.AGENT / "etc/rke2-agent-load-balancer.json"


class Agent:
    """One agent, from its start to its stop."""

    def __init__(self, config, stop):
        self._config = config
        self._stop = stop
        self._token = config.secret("token")

    def run(self):
        """Gets what the cluster gives, registers, says that it is ready, and waits to be asked to end."""
        node.folders()
        supervisors, places = self._wait_for_supervisors()
        if self._stop.is_set():
            return
        api = Servers(places, (paths.AGENT / "server-ca.crt").read_text(),
                      paths.AGENT / "client-kubelet")  # fmt: skip
        own = node.Node(self._config, api)
        own.listen()
        own.register(self._stop)
        if not self._stop.is_set():
            own.keep(self._stop)
            journal.notify("READY=1")
            journal.info("rke2 agent is up and running")
            self._follow(supervisors, api)

    def _wait_for_supervisors(self):
        while not self._stop.is_set():
            try:
                return self._enrol()
            except (Unreachable, Refused) as error:
                journal.info(f"Waiting to retrieve agent configuration; server is not ready: {_words(error)}")
                self._stop.wait(5 + 5 * random.random())
        return None, []

    def _enrol(self):
        """Gets certificates from a supervisor that can be trusted, and the places of the API servers."""
        supervisors = client.trusted(self._token, self._known_supervisors(), "node")
        try:
            supervisors.ask("GET", "/v1-rke2/config")
        except Refused as refused:
            raise Unreachable(f"failed to retrieve configuration from server: {refused}") from refused
        for name in ("server-ca.crt", "client-ca.crt"):
            paths.write(paths.AGENT / name, supervisors.ask("GET", f"/v1-rke2/{name}"), 0o644)
        headers = {
            "rke2-Node-Name": self._config.node_name,
            "rke2-Node-Password": node.password(),
            "rke2-Node-IP": ",".join(self._config.addresses),
        }
        node.enrol(self._config, lambda kind, wanted: supervisors.ask(
            "POST", f"/v1-rke2/{kind}-kubelet.crt", wanted, "application/octet-stream", headers))  # fmt: skip
        return supervisors, self._api_servers(supervisors)

    def _known_supervisors(self):
        """Gives the configured server, and those that the cluster named before."""
        known = [client.place_of(self._config.text("server"))]
        if _BALANCER.exists():
            kept = json.loads(_BALANCER.read_text())["ServerAddresses"]
            known += [place.rpartition(":")[0] + ":9345" for place in kept]
        return list(dict.fromkeys(known))

    def _api_servers(self, supervisors):
        """Asks for the API servers, and keeps the answer for the next start."""
        found = supervisors.json("GET", "/v1-rke2/apiservers")
        if not found:
            raise Unreachable("the server knows no API server yet")
        content = {"ServerURL": self._config.text("server"), "ServerAddresses": sorted(found)}
        if not _BALANCER.exists() or json.loads(_BALANCER.read_text()) != content:
            journal.info(f"Updated load balancer rke2-agent-load-balancer server addresses -> {sorted(found)}")
            paths.write(_BALANCER, json.dumps(content))
        return found

    def _follow(self, supervisors, api):
        """Learns of servers that come and go."""
        while not self._stop.wait(15):
            try:
                found = self._api_servers(supervisors)
            except (Unreachable, Refused):
                continue  # The lease tells in the journal when nobody answers.
            api.places[:] = [place for place in api.places if place in found] + \
                [place for place in found if place not in api.places]  # fmt: skip
            supervisors.places[:] = self._known_supervisors()


def _words(error):
    return node.REJECTED if isinstance(error, Refused) and error.status == 403 else str(error)


def run(config, stop):
    """Runs an agent until it is asked to stop."""
    Agent(config, stop or threading.Event()).run()
