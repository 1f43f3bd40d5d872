"""Storages: what they hold, and that they are full at some time."""

import hashlib
import re

from refusal import Refusal, failed

GIB = 1 << 30
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": GIB, "T": GIB << 10}


def size_of(text):
    """Reads a size as Proxmox writes it, such as `32G` or `528K`, in bytes."""
    number, unit = re.fullmatch(r"([0-9.]+)([KMGT]?)", text).groups()
    return int(float(number) * UNITS[unit])


def shown(size):
    """Writes bytes in the largest unit that needs no fraction."""
    for unit in "TGMK":
        if size % UNITS[unit] == 0 and size:
            return f"{size // UNITS[unit]}{unit}"
    return str(size)


class Storage:
    """One storage of one node, or of all if it is shared."""

    def __init__(self, name, row, control):
        self.name, self.row, self.control = name, row, control
        self.volumes = {}

    def total(self):
        return self.control.get("total", {}).get(self.name, self.row["total"]) * GIB

    def used(self):
        return sum(volume["size"] for volume in self.volumes.values())

    def allocate(self, name, size, **more):
        """Makes a volume; the refusal has the words of LVM, as the usual storage is one."""
        if self.used() + size > self.total():
            missing, free = -(-size // (4 << 20)), max(0, self.total() - self.used()) // (4 << 20)
            raise failed(
                f"lvcreate 'pve/{name}' error:   Volume group \"pve\" has insufficient free space "
                f"({free} extents): {missing} required."
            )
        self.volumes[name] = {"size": size, **more}
        return f"{self.name}:{name}"

    def disk(self, number, size):
        """Makes a disk of a machine under the first free name."""
        place = next(n for n in range(1000) if f"vm-{number}-disk-{n}" not in self.volumes)
        return self.allocate(f"vm-{number}-disk-{place}", size, vmid=number, content="images")

    def grow(self, name, size):
        old = self.volumes.pop(name)
        try:
            self.allocate(name, **{**old, "size": size})
        except Refusal:
            self.volumes[name] = old
            raise

    def upload(self, content, name, data, checksum):
        """Takes a file, if its SHA-256 is the one that was said."""
        if content not in self.row["content"]:
            raise failed(f"storage '{self.name}' does not support '{content}' content")
        digest = hashlib.sha256(data).hexdigest()
        if checksum and checksum != digest:
            raise failed(f"checksum mismatch: got '{digest}' != expect '{checksum}'")
        kind = name.rsplit(".", 1)[-1]
        return self.allocate(f"{content}/{name}", len(data), content=content, format=kind)

    def listing(self, content=None):
        return [
            {"volid": f"{self.name}:{name}", "format": "raw", **row} for name, row in self.volumes.items()
            if content in (None, row["content"])
        ]

    def status(self):
        total, used = self.total(), self.used()
        return {
            "storage": self.name, "type": self.row["type"], "content": ",".join(self.row["content"]),
            "active": 1, "enabled": 1, "shared": int(self.row.get("shared", False)), "total": total,
            "used": used, "avail": total - used, "used_fraction": used / total,
        }
