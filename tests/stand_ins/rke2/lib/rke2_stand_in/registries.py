"""`registries.yaml`: its structure, as RKE2's page on private registries describes it.

RKE2 itself reads what it understands and skips the rest; here an unknown key is a mistake.
"""

import re
from urllib.parse import urlsplit

import yaml

from . import paths

_AUTH = {"username", "password", "auth", "identity_token", "token"}
_TLS = {"ca_file", "cert_file", "key_file", "insecure_skip_verify"}


def problems(file):
    """Gives everything that is wrong with the file; none at all is fine."""
    path = paths.at(file)
    if not path.exists():
        return []
    try:
        document = yaml.safe_load(path.read_text()) or {}
    except yaml.YAMLError as error:
        return [f"failed to get registry configuration: {file}: {error}"]
    if not isinstance(document, dict):
        return [f"failed to get registry configuration: {file}: no map"]
    return [f"failed to get registry configuration: {file}: {fault}" for fault in _faults(document)]


def _faults(document):
    yield from _unknown("the file", document, {"mirrors", "configs"})
    for name, mirror in _map(document.get("mirrors")).items():
        if not isinstance(mirror, dict):
            yield f"mirrors.{name} is no map"
            continue
        yield from _mirror(name, mirror)
    for name, entry in _map(document.get("configs")).items():
        if not isinstance(entry, dict):
            yield f"configs.{name} is no map"
            continue
        yield from _entry(name, entry)


def _map(value):
    return value if isinstance(value, dict) else ({} if value is None else {"": value})


def _mirror(name, mirror):
    yield from _unknown(f"mirrors.{name}", mirror, {"endpoint", "rewrite"})
    endpoints = mirror.get("endpoint", [])
    if not isinstance(endpoints, list):
        yield f"mirrors.{name}.endpoint is no list"
        endpoints = []
    for endpoint in endpoints:
        parts = urlsplit(str(endpoint))
        if parts.scheme not in ("http", "https") or not parts.netloc:
            yield f"mirrors.{name}: invalid endpoint {endpoint}"
    for pattern in _map(mirror.get("rewrite")):
        try:
            re.compile(str(pattern))
        except re.error as error:
            yield f"mirrors.{name}: invalid rewrite {pattern}: {error}"


def _entry(name, entry):
    yield from _unknown(f"configs.{name}", entry, {"auth", "tls"})
    yield from _unknown(f"configs.{name}.auth", _map(entry.get("auth")), _AUTH)
    tls = _map(entry.get("tls"))
    yield from _unknown(f"configs.{name}.tls", tls, _TLS)
    for key in _TLS - {"insecure_skip_verify"}:
        # RKE2 hands the name on, and containerd fails at its first pull; that is late for a test.
        if key in tls and not paths.at(tls[key]).is_file():
            yield f"configs.{name}.tls.{key}: open {tls[key]}: no such file or directory"


def _unknown(where, value, known):
    for key in value:
        if key not in known:
            yield f"unknown key {key} in {where}"
