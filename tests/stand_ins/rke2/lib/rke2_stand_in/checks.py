"""What RKE2 refuses before it starts anything, in its words."""

import re

from . import keys, paths, registries
from .journal import Fatal

_SYSCTLS = {"vm.overcommit_memory": 1, "vm.panic_on_oom": 0, "kernel.panic": 10, "kernel.panic_on_oops": 1}
_PLUGINS = {"none", "canal", "calico", "cilium", "flannel", "multus"}
# Labels of Kubernetes' own that a kubelet may give itself; any other ends the kubelet.
_OWN_LABELS = re.compile(
    r"(?:kubelet|node)\.kubernetes\.io/.*|(?:beta\.)?kubernetes\.io/(?:arch|os|instance-type|hostname)"
    r"|(?:topology|failure-domain\.beta)\.kubernetes\.io/(?:zone|region)"
)


def problems(config):
    """Gives everything that is wrong."""
    found = [*_keys(config), *_profile(config), *_tokens(config), *_networks(config), *_labels(config)]
    return found + registries.problems(config.text("private-registry", paths.REGISTRIES))


def _keys(config):
    known = keys.known_to(config.role)
    for key, value in config.values.items():
        if key in keys.OF_SERVERS and key not in known:
            continue  # One file may serve both roles; agents skip what is for servers, without a word.
        if key not in known:
            yield f"Unknown flag --{key} found in {config.file.name}, skipping (the stand-in ends here)"
        elif isinstance(value, dict) or (isinstance(value, list) and key not in keys.LISTS):
            yield f"failed to parse {config.file.name}: invalid value for --{key}"
        elif key in keys.FLAGS and str(value).lower() not in ("true", "false"):
            yield f'invalid boolean value "{value}" for -{key}: parse error'
        elif key.endswith("-arg") and any("=" not in item for item in config.items(key)):
            yield f"failed to parse {config.file.name}: an item of {key} is no name=value"


def _profile(config):
    profile = config.text("profile")
    if profile not in ("", "cis", "etcd"):
        yield "invalid value provided for --profile flag"
    if profile == "cis":
        yield from _sysctls()
        if not config.flag("protect-kernel-defaults", True):
            yield "--protect-kernel-defaults must be true when using --profile=cis"
    if profile in ("cis", "etcd") and config.role == "server":
        yield from _etcd_account()


def _sysctls():
    for name, expected in _SYSCTLS.items():
        path = paths.sysctl(name)
        try:
            found = int(path.read_text())
        except (OSError, ValueError) as error:
            yield f"{path}: {error}"
            continue
        if found != expected:
            yield f"invalid kernel parameter value {name}={found} - expected {expected}"


def _etcd_account():
    """RKE2 looks into the files themselves, so an account of LDAP is none."""
    for what, file in (("user", "/etc/passwd"), ("group", "/etc/group")):
        lines = paths.at(file).read_text().splitlines()
        if not any(line.split(":")[0] == "etcd" for line in lines):
            yield f"missing required: {what}: unknown {what} etcd"


def _tokens(config):
    for key in ("token", "agent-token") if config.role == "server" else ("token",):
        try:
            found = config.secret(key)
        except Fatal as fault:
            yield str(fault)
            continue
        if found is None and key == "token" and (config.role == "agent" or config.text("server")):
            yield "--token is required"
    server = config.text("server")
    if config.role == "agent" and not server:
        yield "--server is required"
    if server and not re.fullmatch(r"https://[^/]+/?", server):
        yield f"only https:// URLs are supported, invalid scheme: {server}"


def _networks(config):
    if config.role == "server":
        for plugin in config.split("cni", "canal"):
            if plugin not in _PLUGINS:
                yield f"invalid value provided for --cni flag: {plugin}"


def _labels(config):
    for label in config.items("node-label"):
        key = label.split("=")[0]
        prefix = key.rpartition("/")[0]
        if re.search(r"(?:^|\.)(?:kubernetes|k8s)\.io$", prefix) and not _OWN_LABELS.fullmatch(key):
            yield f"unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [{key}]"
    for taint in config.items("node-taint"):
        if not re.fullmatch(r"[^=:]+(?:=[^:]*)?:(?:NoSchedule|PreferNoSchedule|NoExecute)", taint):
            yield f"invalid taint spec: {taint}"
