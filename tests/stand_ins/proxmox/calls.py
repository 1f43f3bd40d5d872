"""The calls of the API that are there, as a table: method, path, what it does."""

import re

from machines import MachineCalls
from refusal import Refusal, failed


def pattern(line):
    """Reads a line of the table: `(N)` is a name, `(V)` the number of a machine."""
    return re.compile(line.replace("(N)", "([^/]+)").replace("(V)", r"(\d+)"))


class Call:
    """One call: where it goes, what it says, who says it, and what is to go wrong in its task."""

    def __init__(self, method, path, form, who, failure=None, upload=None):
        self.method, self.path, self.form, self.who = method, path, form, who
        self.failure, self.upload = failure, upload


class Calls(MachineCalls):
    """All calls."""

    TABLE = (
        ("GET /version", "version"),
        ("GET /nodes", "nodes"),
        ("GET /nodes/(N)/status", "node_status"),
        ("GET /cluster/nextid", "next_number"),
        ("GET /cluster/resources", "resources"),
        ("GET /cluster/ha/resources", "nothing"),
        ("GET /pools", "pools"),
        ("GET /storage", "all_storages"),
        ("GET /nodes/(N)/storage", "storages"),
        ("GET /nodes/(N)/storage/(N)/status", "storage_status"),
        ("GET /nodes/(N)/storage/(N)/content", "content"),
        ("GET /nodes/(N)/storage/(N)/content/(.+)", "volume"),
        ("DELETE /nodes/(N)/storage/(N)/content/(.+)", "delete_volume"),
        ("POST /nodes/(N)/storage/(N)/upload", "upload"),
        ("GET /nodes/(N)/tasks/(N)/status", "task"),
        ("GET /nodes/(N)/tasks/(N)/log", "task_log"),
        *MachineCalls.TABLE,
    )

    def __init__(self, cluster, control):
        self.cluster, self.control = cluster, control
        self.table = [(pattern(line), getattr(self, name)) for line, name in self.TABLE]

    def answer(self, call):
        """Does what a call asks for and gives what Proxmox puts into `data`."""
        self.cluster.tasks.settle()
        for pattern, does in self.table:
            if found := pattern.fullmatch(f"{call.method} {call.path}"):
                return does(call, *found.groups())
        raise Refusal(501, f"Method '{call.method} {call.path}' not implemented")

    def version(self, _):
        return self.cluster.version

    def nodes(self, _):
        usual = {
            "status": "online", "type": "node", "maxcpu": 16, "cpu": 0.1, "maxmem": 64 << 30, "mem": 8 << 30,
            "uptime": 1000, "level": "", "maxdisk": 1 << 40, "disk": 0, "ssl_fingerprint": "00",
        }
        return [{**usual, "node": node, "id": f"node/{node}"} for node in self.cluster.nodes]

    def node_status(self, _, node):
        self.cluster.node(node)
        return {"uptime": 1000, "cpuinfo": {"cpus": 16, "sockets": 1, "cores": 16, "model": "stand-in"}}

    def next_number(self, call):
        wanted = call.form.get("vmid")
        if wanted and int(wanted) in self.cluster.machines:
            raise Refusal(400, "Parameter verification failed.", {"vmid": f"VM {wanted} already exists"})
        return wanted or str(self.cluster.next_number())

    def resources(self, call):
        if call.form.get("type") not in (None, "vm"):
            return []
        return [{**machine.status(), "id": f"qemu/{machine.number}", "type": "qemu", "node": machine.node,
                 "template": int(machine.is_template())} for machine in self.cluster.machines.values()]

    def nothing(self, _):
        return []

    def pools(self, _):
        return [{"poolid": name} for name in self.cluster.pools]

    def all_storages(self, _):
        node = next(iter(self.cluster.nodes.values()))
        return [{"storage": one.name, "type": one.row["type"], "content": ",".join(one.row["content"])}
                for one in node.values()]

    def storages(self, _, node):
        return [storage.status() for storage in self.cluster.node(node).values()]

    def storage_status(self, _, node, name):
        return self.cluster.storage(node, name).status()

    def content(self, call, node, name):
        return self.cluster.storage(node, name).listing(call.form.get("content"))

    def volume(self, _, node, name, volume):
        place = volume.partition(":")[2] or volume
        row = self.cluster.storage(node, name).volumes.get(place)
        if not row:
            raise failed(f"volume '{volume}' does not exist")
        return {"path": f"/var/lib/vz/{place}", "format": "raw", "used": row["size"], **row}

    def delete_volume(self, call, node, name, volume):
        volumes = self.cluster.storage(node, name).volumes
        place = volume.partition(":")[2] or volume

        def work(failure):
            if failure:
                raise failed(failure)
            volumes.pop(place, None)

        return self.begin(call, node, "imgdel", volume, work)

    def upload(self, call, node, name):
        storage, (fields, file_name, data) = self.cluster.storage(node, name), call.upload
        if fields.get("checksum-algorithm", "sha256") != "sha256":
            raise failed("this stand-in knows no other algorithm than sha256")

        def work(failure):
            if failure:
                raise failed(failure)
            storage.upload(fields["content"], file_name, data, fields.get("checksum"))

        return self.begin(call, node, "imgcopy", "", work)

    def task(self, _, node, upid):
        if upid not in self.cluster.tasks.rows:
            raise failed(f"no such task '{upid}' on {node}")
        return self.cluster.tasks.status(upid)

    def task_log(self, _, node, upid):
        status = self.task(None, node, upid)
        return [{"n": 1, "t": f"TASK {status.get('exitstatus', 'RUNNING')}"}]

    def begin(self, call, node, kind, number, work):
        return self.cluster.tasks.begin(node, kind, number, call.who, work, call.failure)
