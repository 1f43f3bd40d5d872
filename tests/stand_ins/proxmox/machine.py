"""One virtual machine: its configuration, its disks, and whether it is on."""

import hashlib
import json
import re
import uuid

import properties
from refusal import Refusal, failed, wrong
from storage import GIB, shown, size_of

ALLOCATION = re.compile(r"([^:/]+):([0-9.]+)")
CLOUD_INIT = re.compile(r"([^:/]+):cloudinit")


UNKNOWN = "property is not defined in schema and the schema does not allow additional properties"


class Machine:
    """A machine or a template of one node."""

    def __init__(self, number, node, storages):
        self.number, self.node, self.storages = number, node, storages
        self.config = {"smbios1": f"uuid={uuid.uuid4()}", "vmgenid": str(uuid.uuid4())}
        self.waiting, self.dropped = {}, set()
        self.running, self.lock = False, None

    # -- what it is

    def seen(self):
        """Gives the configuration as its next start will have it."""
        config = {**self.config, **self.waiting}
        config = {key: config[key] for key in config if key not in self.dropped}
        if self.lock:
            config["lock"] = self.lock
        config["digest"] = hashlib.sha1(json.dumps(config, sort_keys=True).encode()).hexdigest()
        return config

    def pending(self):
        rows = []
        for key, value in {**self.config, **self.waiting}.items():
            row = {"key": key, "value": self.config.get(key)}
            if key in self.waiting:
                row["pending"] = value
            if key in self.dropped:
                row["delete"] = 1
            rows.append({name: what for name, what in row.items() if what is not None})
        return rows

    def status(self):
        config = self.seen()
        word = "running" if self.running else "stopped"
        status = {
            "vmid": self.number, "name": config.get("name", f"VM{self.number}"), "status": word,
            "qmpstatus": word, "cpus": config.get("cores", 1), "uptime": int(self.running),
            "maxmem": int(config.get("memory", 512)) << 20, "ha": {"managed": 0},
        }
        for key in ("tags", "lock", "template"):
            if key in config:
                status[key] = config[key]
        return status

    def is_template(self):
        return bool(self.config.get("template"))

    def drives(self):
        return {key: value for key, value in self.seen().items() if properties.DRIVE.fullmatch(key)}

    # -- what is done to it

    def need_no_lock(self):
        if self.lock:
            raise failed(f"VM is locked ({self.lock})")

    def need_no_protection(self, refusal):
        if self.config.get("protection"):
            raise failed(f"{refusal} - protection mode enabled")

    def set(self, given, deleted=(), is_new=False):
        """Changes the configuration: all of it, or nothing if a parameter is wrong."""
        unknown = {key: UNKNOWN for key in (*given, *deleted) if not properties.is_known(key)}
        for key in properties.ONLY_ROOT.intersection((*given, *deleted)):
            raise Refusal(403, f"only root can set '{key}' config")
        if unknown:
            raise wrong(**unknown)
        if not is_new:
            self.need_no_lock()
        for key in deleted:
            self.remove(key)
        for key, value in given.items():
            self.put(key, self.value(key, value))

    def value(self, key, text):
        if properties.DRIVE.fullmatch(key):
            return self.drive(key, text)
        if properties.CARD.fullmatch(key):
            try:
                return properties.card(text)
            except (ValueError, KeyError):
                raise wrong(**{key: "invalid format - format error"}) from None
        return properties.plain(key, text)

    def put(self, key, value):
        if self.running and not properties.is_taken_at_once(key):
            self.waiting[key] = value
        else:
            self.config[key] = value

    def remove(self, key):
        if key not in self.config:
            return
        if properties.DRIVE.fullmatch(key):
            volume = self.config[key].split(",")[0]
            if volume.endswith("-cloudinit"):
                self.free(volume)
            elif ":" in volume:
                self.need_no_protection(f"can't remove drive '{key}'")
                self.config[f"unused{len([k for k in self.config if k.startswith('unused')])}"] = volume
        if self.running and not properties.is_taken_at_once(key):
            self.dropped.add(key)
        else:
            del self.config[key]

    def drive(self, key, text):
        """Reads a drive; makes its volume where the text asks for one."""
        row = properties.parsed(text, "file")
        volume, row = row.pop("file"), {name: value for name, value in row.items() if name != "format"}
        if found := CLOUD_INIT.fullmatch(volume):
            volume = self.storage(found[1]).allocate(f"vm-{self.number}-cloudinit", 4 << 20, content="images")
            row = {**row, "media": "cdrom", "size": "4M"}
        elif found := ALLOCATION.fullmatch(volume):
            size = self.asked(key, float(found[2]), row)
            volume = self.storage(found[1]).disk(self.number, size)
            row["size"] = shown(size)
        elif ":" in volume and "size" not in row:
            row["size"] = shown(self.volume(volume)["size"])
        return properties.written(volume, row)

    def asked(self, key, gibibytes, row):
        """Gives the bytes of a new volume; those of firmware and TPM have sizes of their own."""
        if key.startswith(("efidisk", "tpmstate")):
            return 4 << 20
        if image := row.pop("import-from", None):
            return self.volume(image)["size"]
        row.pop("size", None)
        return int(gibibytes * GIB)

    def storage(self, name):
        if name not in self.storages:
            raise failed(f"storage '{name}' does not exist")
        return self.storages[name]

    def volume(self, name):
        storage, _, place = name.partition(":")
        volumes = self.storage(storage).volumes
        if place not in volumes:
            raise failed(f"no such volume '{name}'")
        return volumes[place]

    def free(self, volume):
        storage, _, place = volume.partition(":")
        if storage in self.storages:
            self.storages[storage].volumes.pop(place, None)

    def resize(self, disk, size):
        self.need_no_lock()
        row = properties.parsed(self.config[disk], "file")
        old = size_of(row["size"])
        wanted = old + size_of(size[1:]) if size.startswith("+") else size_of(size)
        if wanted < old:
            raise failed("shrinking disks is not supported")
        storage, _, name = row["file"].partition(":")
        self.storage(storage).grow(name, wanted)
        row["size"] = shown(wanted)
        self.config[disk] = properties.written(row.pop("file"), row)

    def move(self, disk, target):
        """Copies a disk to another storage; the old one is freed."""
        row = properties.parsed(self.config[disk], "file")
        volume = self.storage(target).disk(self.number, size_of(row["size"]))
        self.free(row.pop("file"))
        self.config[disk] = properties.written(volume, row)

    def copy(self, other, target):
        """Takes over the configuration of another machine, and copies of all its disks."""
        for key, value in other.config.items():
            if properties.CARD.fullmatch(key):
                value = value.replace(properties.mac_of(value), properties.new_mac())
            elif properties.DRIVE.fullmatch(key):
                value = self.copy_of(key, value, target)
            if key not in ("smbios1", "vmgenid", "template", "protection", "name", "description"):
                self.config[key] = value

    def copy_of(self, key, text, target):
        row = properties.parsed(text, "file")
        volume = row.pop("file")
        storage = target or volume.partition(":")[0]
        if volume.endswith("-cloudinit"):
            return self.drive(key, f"{storage}:cloudinit")
        copy = self.storage(storage).disk(self.number, size_of(row["size"]))
        return properties.written(copy, row)

    def start(self):
        self.config.update(self.waiting)
        for key in self.dropped:
            self.config.pop(key, None)
        self.waiting, self.dropped, self.running = {}, set(), True

    def interfaces(self):
        """Gives what the guest agent says of the network."""
        cards = [properties.interface("lo", "00:00:00:00:00:00", "ip=127.0.0.1/8")]
        for key in sorted(key for key in self.config if properties.CARD.fullmatch(key)):
            mac, given = properties.mac_of(self.config[key]), self.config.get(key.replace("net", "ipconfig"))
            cards.append(properties.interface(key.replace("net", "eth"), mac.lower(), given))
        return cards
