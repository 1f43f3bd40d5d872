"""A cluster: nodes, their storages, machines, tasks."""

from machine import Machine
from refusal import failed
from storage import Storage
from tasks import Tasks


class Cluster:
    """What the file of a cluster says, and what calls have made of it."""

    def __init__(self, file, control):
        self.version, self.pools = file["version"], {name: set() for name in file.get("pools", [])}
        self.tasks = Tasks(control)
        rows = file["storages"].items()
        shared = {name: Storage(name, row, control) for name, row in rows if row.get("shared")}
        self.nodes = {
            node: {name: shared.get(name) or Storage(name, row, control) for name, row in rows}
            for node in file["nodes"]
        }
        self.machines = {}
        for row in file["templates"]:
            machine = self.new(row["vmid"], row["node"])
            machine.set(row["config"], is_new=True)
            machine.config["template"] = 1

    def node(self, name):
        if name not in self.nodes:
            raise failed(
                f"hostname lookup '{name}' failed - failed to get address info for: {name}: "
                "Name or service not known"
            )
        return self.nodes[name]

    def storage(self, node, name):
        storages = self.node(node)
        if name not in storages:
            raise failed(f"storage '{name}' does not exist")
        return storages[name]

    def machine(self, node, number):
        self.node(node)
        machine = self.machines.get(number)
        if not machine or machine.node != node:
            raise failed(f"Configuration file 'nodes/{node}/qemu-server/{number}.conf' does not exist")
        return machine

    def on(self, node):
        return [machine for machine in self.machines.values() if machine.node == node]

    def new(self, number, node):
        """Makes a machine without anything, under a number that nobody has."""
        if found := self.machines.get(number):
            raise failed(f"unable to create VM {number}: VM {number} already exists on node '{found.node}'")
        self.machines[number] = Machine(number, node, self.node(node))
        return self.machines[number]

    def next_number(self):
        return next(number for number in range(100, 10**9) if number not in self.machines)

    def remove(self, machine):
        for storage in machine.storages.values():
            for name in [name for name in storage.volumes if name.startswith(f"vm-{machine.number}-")]:
                del storage.volumes[name]
        del self.machines[machine.number]
        for members in self.pools.values():
            members.discard(machine.number)

    def migrate(self, machine, node, target):
        """Moves a machine with its disks; those of storages that nodes share stay where they are."""
        storages = self.node(node)
        old, machine.storages, machine.node = machine.storages, storages, node
        for name, storage in old.items():
            mine = [volume for volume in storage.volumes if volume.startswith(f"vm-{machine.number}-")]
            for volume in mine if storage is not storages.get(name) else []:
                storages[target or name].allocate(volume, **storage.volumes.pop(volume))
        if target:
            for key, value in machine.drives().items():
                machine.config[key] = f"{target}:{value.partition(':')[2]}"
