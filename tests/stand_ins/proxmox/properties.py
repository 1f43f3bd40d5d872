"""The lines of a machine's configuration, as Proxmox reads and writes them."""

import random
import re
import urllib.parse

DRIVE = re.compile(r"(ide|sata|scsi|virtio|efidisk|tpmstate)\d+")
CARD = re.compile(r"net\d+")
MODELS = ("virtio", "e1000", "rtl8139", "vmxnet3")
NUMBERS = {
    "acpi", "autostart", "balloon", "ciupgrade", "cores", "cpuunits", "freeze", "kvm", "localtime", "numa",
    "onboot", "protection", "shares", "sockets", "tablet", "template", "vcpus",
}
TEXTS = {
    "affinity", "agent", "amd-sev", "args", "bios", "boot", "bootdisk", "cicustom", "cipassword", "citype",
    "ciuser", "cpu", "cpulimit", "description", "hookscript", "hotplug", "hugepages", "keyboard", "machine",
    "memory", "name", "nameserver", "ostype", "rng0", "scsihw", "searchdomain", "smbios1", "sshkeys",
    "startdate", "startup", "tags", "vga", "vmgenid", "watchdog",
}
NUMBERED = re.compile(r"(hostpci|ipconfig|serial|usb|audio|numa|virtiofs|parallel)\d+")
# A token may not touch these, whatever its rights are.
ONLY_ROOT = {"affinity", "args", "arch", "hookscript", "lock"}
# A running machine takes these at once; all else waits for its next start.
AT_ONCE = {"description", "hotplug", "name", "onboot", "protection", "startup", "tags"}


def is_known(key):
    patterns = (DRIVE, CARD, NUMBERED)
    return key in NUMBERS or key in TEXTS or any(pattern.fullmatch(key) for pattern in patterns)


def is_taken_at_once(key):
    return key in AT_ONCE or (CARD.fullmatch(key) or DRIVE.fullmatch(key)) is not None


def parsed(text, first):
    """Reads `value,key=value,...` into a dictionary; `first` is the key of what has none."""
    row = {}
    for part in filter(None, text.split(",")):
        key, sign, value = part.partition("=")
        row[key if sign else first] = value if sign else key
    return row


def written(first, row):
    """Writes the value that needs no key, and the others in their order."""
    return ",".join([first, *(f"{key}={row[key]}" for key in sorted(row))])


def new_mac():
    """Makes an address with the first bytes of Proxmox."""
    return "BC:24:11:" + ":".join(f"{random.randrange(256):02X}" for _ in range(3))


def card(text):
    """Reads a network card, and gives it an address if it has none."""
    row = parsed(text, "model")
    model = next((name for name in MODELS if name in row), None)
    mac = row.pop(model) if model else row.pop("macaddr", None)
    model = model or row.pop("model")
    if model in ("", None) or "bridge" not in row:
        raise ValueError("net: invalid format - format error")
    return written(f"{model}={(mac or new_mac()).upper()}", row)


def mac_of(text):
    return next(part.partition("=")[2] for part in text.split(",") if part.partition("=")[0] in MODELS)


def interface(name, mac, given):
    """Gives a card as a guest agent sees it: with the address that cloud-init gave it, if any."""
    row = parsed(given or "", "ip")
    address, _, prefix = (row.get("ip") or row.get("ip6", "")).partition("/")
    kind = "ipv6" if ":" in address else "ipv4"
    rows = [{"ip-address": address, "ip-address-type": kind, "prefix": int(prefix or 0)}] if address else []
    return {"name": name, "hardware-address": mac, "ip-addresses": rows}


def plain(key, value):
    """Gives a value as the API answers it."""
    if key in NUMBERS:
        return int(value)
    return urllib.parse.quote(urllib.parse.unquote(value), safe="") if key == "sshkeys" else str(value)
