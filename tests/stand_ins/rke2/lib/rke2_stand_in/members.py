"""etcd: its configuration, its members, and how a server becomes one of them."""

import json
import os
import pwd
import secrets
import subprocess
import urllib.request

from . import authority, journal, paths
from .journal import Fatal
from .processes import Process

_NAME = paths.ETCD_DATA / "name"
_CONFIG = paths.ETCD_DATA / "config"

# etcd sees its own two folders at their true places and nothing else below the server's, whose folders are for
# root alone; RKE2's container of etcd is made in the same way. $1 is the server's folder, $2 who etcd runs as.
_ROOM = """
set -e
room=/run/rke2-stand-in/etcd
mkdir -p "$room"
mount -t tmpfs -o mode=755 tmpfs "$room"
for place in db/etcd tls/etcd; do
    mkdir -p "$room/$place"
    mount --bind "$1/$place" "$room/$place"
done
mount --move "$room" "$1"
server=$1 account=$2
shift 2
[ "$account" = root ] && exec "$@"
exec setpriv --pdeathsig KILL --reuid="$account" --regid="$account" --clear-groups -- "$@"
"""


def require_programs():
    """Refuses to start where nobody brought the real programs."""
    missing = [name for name in ("etcd", "etcdctl", "kube-apiserver") if not os.path.exists(paths.program(name))]
    if missing:
        where = paths.program("")
        raise Fatal(f"{where} has no {', '.join(missing)}: the host must be given the programs of Kubernetes")


class EtcdError(Exception):
    """Says what etcdctl said."""


def ctl(endpoints, *arguments, patience=10):
    """Runs etcdctl with the keys of this server."""
    keys = [f"--cacert={paths.ETCD_TLS}/server-ca.crt", f"--cert={paths.ETCD_TLS}/client.crt",
            f"--key={paths.ETCD_TLS}/client.key"]  # fmt: skip
    line = [paths.program("etcdctl"), f"--endpoints={','.join(endpoints)}", *keys, "-w", "json", *arguments]
    try:
        ran = subprocess.run(line, capture_output=True, text=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired as error:
        raise EtcdError("context deadline exceeded") from error
    if ran.returncode:
        words = [row for row in ran.stderr.splitlines() if not row.startswith("{")] or ran.stderr.splitlines()
        raise EtcdError(" / ".join(words[-2:]))
    return json.loads(ran.stdout) if ran.stdout.startswith("{") else ran.stdout


LOCAL = ["https://127.0.0.1:2379"]


def listed(endpoints=None):
    """Gives the members: name, peer addresses, client addresses, whether it only learns."""
    return ctl(endpoints or LOCAL, "member", "list").get("members", [])


def has_data():
    """Says whether this server has been a member before."""
    return (paths.ETCD_DATA / "member/wal").exists()


def _url(address, port):
    return f"https://[{address}]:{port}" if ":" in address else f"https://{address}:{port}"


class Etcd:
    """The member of this server."""

    def __init__(self, config):
        self._config = config
        self._address = config.addresses[0]
        self._peer = _url(self._address, 2380)
        self._others = []
        self._process = None

    def begin(self):
        """Prepares the first member of a new cluster."""
        self._prepare("new", [(self._name(), self._peer)])

    def join(self, known, stop):
        """Adds this server to a cluster whose members are known, as one that learns first."""
        self._others = [url for member in known for url in member.get("clientURLs", [])]
        name = self._name()
        while not self._add(known, name):
            stop.wait(5)
            if stop.is_set():
                return
            known = listed(self._others)
        initial = [(member.get("name") or name, url) for member in listed(self._others) for url in member["peerURLs"]]
        self._prepare("existing", initial)

    def resume(self):
        """Prepares a member that has its data already."""
        before = json.loads(_CONFIG.read_text())
        pairs = [pair.split("=", 1) for pair in before["initial-cluster"].split(",")]
        hosts = (url.removesuffix(":2380") for _, url in pairs if url != self._peer)
        self._others = [f"{host}:2379" for host in hosts]
        self._prepare(before["initial-cluster-state"], [tuple(pair) for pair in pairs])

    def start(self):
        """Starts etcd."""
        account = authority.etcd_account(self._config) or "root"
        room = ["unshare", "--mount", "--propagation", "private", "--", "sh", "-c", _ROOM, "etcd"]
        command = [paths.program("etcd"), f"--config-file={_CONFIG}"]
        self._process = Process("etcd", command, [*room, str(paths.SERVER), account]).start()

    def wait(self, stop):
        """Waits until this member votes and there is a leader; whoever learns asks to be promoted."""
        told = None
        while not stop.is_set() and not self._is_healthy():
            state = self._promote() if self._others else "no leader"
            if state != told:
                journal.info(f"Waiting for etcd server to become available: {state}")
                told = state
            stop.wait(1)

    def stop(self):
        """Ends etcd."""
        if self._process:
            self._process.stop()

    def _name(self):
        if not _NAME.exists():
            paths.folder(paths.ETCD_DATA, 0o700)
            paths.write(_NAME, f"{self._config.node_name}-{secrets.token_hex(4)}")
        return _NAME.read_text()

    def _add(self, known, name):
        """Adds this server; says whether it is in the list now."""
        for member in known:
            mine = self._peer in member["peerURLs"]
            if mine and not member.get("name"):
                return True  # A former start was cut off between here and the first start of etcd.
            if mine or (member.get("name") or "").rpartition("-")[0] == self._config.node_name:
                raise Fatal("etcd cluster join failed: duplicate node name found, "
                            "please use a unique name for this node")  # fmt: skip
        journal.info(f"Adding member {name}={self._peer} to etcd cluster")
        try:
            ctl(self._others, "member", "add", name, "--learner", f"--peer-urls={self._peer}")
        except EtcdError as error:
            journal.info(f"Waiting for other members to finish joining etcd cluster: {error}")
            return False
        return True

    def _prepare(self, state, initial):
        paths.folder(paths.ETCD_DATA, 0o700)
        settings = self._settings(state, initial)
        for name, value in self._config.arguments("etcd"):
            settings[name] = _typed(value)
        paths.write(_CONFIG, json.dumps(settings, indent=2))
        if authority.etcd_account(self._config):
            account = pwd.getpwnam("etcd")
            for path in (paths.ETCD_DATA, _CONFIG):
                os.chown(path, account.pw_uid, account.pw_gid)

    def _settings(self, state, initial):
        client = _url(self._address, 2379)
        return {
            "name": self._name(),
            "data-dir": str(paths.ETCD_DATA),
            "listen-client-urls": f"https://127.0.0.1:2379,{client}",
            "advertise-client-urls": client,
            "listen-peer-urls": f"https://127.0.0.1:2380,{self._peer}",
            "initial-advertise-peer-urls": self._peer,
            "listen-metrics-urls": "http://127.0.0.1:2381",
            "listen-client-http-urls": "https://127.0.0.1:2382",
            "initial-cluster": ",".join(f"{name}={url}" for name, url in initial),
            "initial-cluster-state": state,
            "heartbeat-interval": 500,
            "election-timeout": 5000,
            "snapshot-count": 10000,
            "log-outputs": ["stderr"],
            "logger": "zap",
            "client-transport-security": _security("server-client", "server-ca"),
            "peer-transport-security": _security("peer-server-client", "peer-ca"),
        }

    def _is_healthy(self):
        """Says whether there is a leader, and this member votes; who only learns is healthy, too."""
        try:
            with urllib.request.urlopen("http://127.0.0.1:2381/health", timeout=3):
                pass
            with urllib.request.urlopen("http://127.0.0.1:2381/metrics", timeout=3) as answer:
                return b"\netcd_server_is_learner 0\n" in answer.read()
        except OSError:
            return False

    def _promote(self):
        """Asks the others to let this member vote, if it only learns; gives what there is to say."""
        try:
            for member in listed(self._others):
                if self._peer in member["peerURLs"] and member.get("isLearner"):
                    ctl(self._others, "member", "promote", format(member["ID"], "x"))
                    return "promoted"
        except EtcdError as error:
            return str(error)
        return "no leader"


def _security(pair, trusted):
    return {
        "cert-file": f"{paths.ETCD_TLS}/{pair}.crt",
        "key-file": f"{paths.ETCD_TLS}/{pair}.key",
        "client-cert-auth": True,
        "trusted-ca-file": f"{paths.ETCD_TLS}/{trusted}.crt",
    }


def _typed(value):
    """Gives an argument the type that a file of YAML wants."""
    if value in ("true", "false"):
        return value == "true"
    return int(value) if value.isdigit() else value
