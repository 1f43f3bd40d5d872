"""`config.yaml`, its folder of further files, and the command line."""

import socket

import yaml

from . import join_token, keys, paths
from .journal import Fatal


class Config:
    """The settings of one start."""

    def __init__(self, role, values, file):
        self.role = role
        self.values = values
        self.file = file

    def text(self, key, default=""):
        """Gives a text; numbers are written as people wrote them."""
        value = self.values.get(key)
        return default if value is None else str(value)

    def flag(self, key, default=False):
        """Gives a truth."""
        value = self.values.get(key)
        return default if value is None else str(value).lower() == "true"

    def items(self, key):
        """Gives a list; one text stands for a list of one."""
        value = self.values.get(key)
        if value is None:
            return []
        return [str(item) for item in value] if isinstance(value, list) else [str(value)]

    def split(self, key, default=""):
        """Gives a list whose items may also be separated by commas, as networks and addresses may."""
        found = [part.strip() for item in self.items(key) for part in item.split(",")]
        return found or ([default] if default else [])

    def arguments(self, part):
        """Gives the arguments for a part of Kubernetes as pairs of name and value."""
        pairs = (item.split("=", 1) for item in self.items(f"{part}-arg"))
        return [(pair[0].lstrip("-"), pair[1] if len(pair) > 1 else "true") for pair in pairs]

    @property
    def node_name(self):
        """The name of the node."""
        return self.text("node-name", socket.gethostname()).lower()

    @property
    def addresses(self):
        """The addresses of the node, the main one first."""
        return self.split("node-ip") or [_own_address()]

    @property
    def services(self):
        """The networks of services."""
        return self.split("service-cidr", "10.43.0.0/16")

    @property
    def pods(self):
        """The networks of pods."""
        return self.split("cluster-cidr", "10.42.0.0/16")

    @property
    def domain(self):
        """The domain of services."""
        return self.text("cluster-domain", "cluster.local")

    def secret(self, key):
        """Gives a token: itself, or what its file holds; nothing when neither is set."""
        if self.text(key):
            return join_token.read(self.text(key))
        file = self.text(f"{key}-file")
        if not file:
            return None
        try:
            content = paths.at(file).read_text()
        except OSError as error:
            raise Fatal(f"open {file}: {error.strerror.lower()}") from error
        return join_token.read(content.strip())


def read(role, arguments):
    """Reads all files, and lays the command line over them."""
    given = _command_line(arguments)
    file = paths.at(given.get("config", paths.CONFIG))
    values = {}
    for path in [file, *sorted((file.parent / f"{file.name}.d").glob("*.yaml"))]:
        if path.exists():
            _merge(values, _document(path))
    values.update(given)
    return Config(role, values, file)


def _document(path):
    try:
        document = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Fatal(f"failed to parse {path}: {error}") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise Fatal(f"failed to parse {path}: cannot unmarshal into a map of settings")
    return document


def _merge(values, document):
    """A later file replaces a key, unless the key ends in `+`, which appends."""
    for key, value in document.items():
        key = str(key)
        if not key.endswith("+"):
            values[key] = value
            continue
        old, more = values.get(key[:-1]) or [], value or []
        old = old if isinstance(old, list) else [old]
        values[key[:-1]] = old + (more if isinstance(more, list) else [more])


def _command_line(arguments):
    given, rest = {}, list(arguments)
    while rest:
        word = rest.pop(0)
        key, equals, value = word.lstrip("-").partition("=")
        if not word.startswith("-") or key not in keys.TEXTS | keys.FLAGS | keys.LISTS:
            raise Fatal(f"flag provided but not defined: {word}")
        if key in keys.FLAGS:
            given[key] = value if equals else "true"
        elif not equals and not rest:
            raise Fatal(f"flag needs an argument: {word}")
        else:
            value = value if equals else rest.pop(0)
            given[key] = given.get(key, []) + [value] if key in keys.LISTS else value
    return given


def _own_address():
    """Gives the address from which packets to anywhere would leave; none is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("203.0.113.1", 9))
        except OSError as error:
            raise Fatal("no default routes found in \"/proc/net/route\" or \"/proc/net/ipv6_route\"") from error
        return probe.getsockname()[0]
