"""Port 9345, where nodes register: RKE2's paths and rights, with answers of our own."""

import base64
import hashlib
import hmac
import http.server
import ipaddress
import json
import re
import secrets
import ssl
import threading

from . import authority, certificates, journal, members, paths
from .client import Refused, Unreachable

_NODE = re.compile(r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?")
CRITICAL = ("cluster-cidr", "cluster-dns", "cluster-domain", "service-cidr", "disable-kube-proxy",
            "disable-cloud-controller", "egress-selector-mode")  # fmt: skip


class NotReady(Exception):
    """Says that the API server does not answer yet."""


class NodeRejected(Exception):
    """Says that another node has this name."""


class Supervisor:
    """The server for nodes that join."""

    def __init__(self, config, passwords, api):
        self.config = config
        self.passwords = passwords
        self.api = api
        self.is_ready = threading.Event()

    def start(self):
        """Listens; connections are answered by threads of their own."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        pair = paths.TLS / "serving-supervisor"
        context.load_cert_chain(f"{pair}.crt", f"{pair}.key")
        server = _Listener(("0.0.0.0", 9345), _handler(self, context))
        threading.Thread(target=server.serve_forever, name="supervisor", daemon=True).start()

    def user(self, header):
        """Gives who asks, `server` or `node`, or nothing for whoever has no valid token."""
        try:
            user, _, password = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
        except ValueError:
            return None
        expected = self.passwords.get(user, "")
        return user if expected and hmac.compare_digest(password.encode(), expected.encode()) else None

    def settings(self):
        """Gives what servers must agree on."""
        return critical(self.config)

    def certify(self, node, password, kind, wanted, addresses):
        """Signs the request of a node whose password is the one that came with its name."""
        if not self.is_ready.is_set():
            raise NotReady
        self._admit(node, password)
        if kind == "client":
            return certificates.sign(paths.TLS / "client-ca", wanted, f"/O=system:nodes/CN=system:node:{node}")
        return certificates.sign(paths.TLS / "server-ca", wanted, f"/CN={node}", [node, "127.0.0.1", *addresses])

    def api_servers(self):
        """Gives the API servers that the cluster knows."""
        path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes"
        endpoints = self.api.json("GET", path).get("endpoints") or []
        addresses = [address for endpoint in endpoints for address in endpoint["addresses"]]
        return [f"[{address}]:6443" if ":" in address else f"{address}:6443" for address in addresses]

    def _admit(self, node, password):
        """Keeps the first password of a node in a secret, and compares later ones."""
        folder = "/api/v1/namespaces/kube-system/secrets"
        name = f"{node}.node-password.rke2"
        try:
            found = self.api.json("GET", f"{folder}/{name}")
        except Refused as refused:
            if refused.status != 404:
                raise
            secret = {"metadata": {"name": name}, "immutable": True, "type": "Opaque"}
            secret["stringData"] = {"hash": _hashed(password, secrets.token_hex(8))}
            self.api.json("POST", folder, secret)
            return
        kept = base64.b64decode(found["data"]["hash"]).decode()
        if not hmac.compare_digest(kept, _hashed(password, kept.partition("$")[0])):
            raise NodeRejected


class _Listener(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """Says nothing of connections that end before they speak: so does whoever only looks for the port."""


def critical(config):
    """Gives the settings that all servers must have in common, those that nobody set with their defaults."""
    defaults = {
        "cluster-cidr": config.pods,
        "service-cidr": config.services,
        "cluster-domain": [config.domain],
        "cluster-dns": [str(ipaddress.ip_network(network, strict=False)[10]) for network in config.services],
    }
    return {key: config.split(key) or defaults.get(key, []) for key in CRITICAL}


def _hashed(password, salt):
    return f"{salt}${hashlib.scrypt(password.encode(), salt=salt.encode(), n=2**14, r=8, p=1).hex()}"


def _handler(supervisor, context):
    class Handler(http.server.BaseHTTPRequestHandler):
        """One connection."""

        protocol_version = "HTTP/1.1"
        timeout = 15

        def setup(self):
            self.request.settimeout(self.timeout)
            self.request = context.wrap_socket(self.request, server_side=True)
            super().setup()

        def finish(self):
            super().finish()
            self.request.close()

        def log_message(self, *_):
            """Says nothing of single requests."""

        def do_GET(self):  # noqa: N802, the name that the standard library asks for
            self._reply(self._get)

        def do_POST(self):  # noqa: N802
            self._reply(self._post)

        def _reply(self, work):
            try:
                status, content = work()
            except NotReady:
                status, content = 503, b"not ready"
            except NodeRejected:
                status, content = 403, b"Node password rejected"
            except (Refused, Unreachable, members.EtcdError) as error:
                status, content = 503, str(error).encode()
            except journal.Fatal as fault:
                status, content = 400, str(fault).encode()
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _get(self):
            open_to_all = {"/ping": lambda: b"pong", "/cacerts": authority.SERVER_CA.read_bytes}
            if self.path in open_to_all:
                return 200, open_to_all[self.path]()
            for_servers = {"/v1-rke2/server-bootstrap": authority.export, "/db/info": members.listed}
            for_nodes = {
                "/v1-rke2/config": supervisor.settings,
                "/v1-rke2/apiservers": supervisor.api_servers,
                "/v1-rke2/client-ca.crt": authority.CLIENT_CA.read_bytes,
                "/v1-rke2/server-ca.crt": authority.SERVER_CA.read_bytes,
            }
            user = self._user()
            allowed = {"server": for_servers | for_nodes, "node": for_nodes}.get(user, {})
            if self.path in allowed:
                return 200, allowed[self.path]()
            if not user:
                return 401, b""
            return (403 if self.path in for_servers else 404), b""

        def _post(self):
            wanted = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 1 << 16))
            kinds = {"/v1-rke2/client-kubelet.crt": "client", "/v1-rke2/serving-kubelet.crt": "serving"}
            node = self.headers.get("rke2-Node-Name", "")
            if not self._user():
                return 401, b""
            if self.path not in kinds or not _NODE.fullmatch(node):
                return 404, b""
            addresses = [one for one in self.headers.get("rke2-Node-IP", "").split(",") if one]
            password = self.headers.get("rke2-Node-Password", "")
            return 200, supervisor.certify(node, password, kinds[self.path], wanted, addresses)

        def _user(self):
            user = supervisor.user(self.headers.get("Authorization", ""))
            if not user:
                journal.error(f"Failed to authenticate request from {self.client_address[0]}: "
                              "invalid username/password combination")  # fmt: skip
            return user

    return Handler
