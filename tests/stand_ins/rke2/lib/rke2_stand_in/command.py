"""The command line: `server`, `agent`, `etcd-snapshot`, `--version`."""

import os
import signal
import sys
import threading

from . import agent, checks, client, config, journal, members, server, snapshots, version

_USAGE = """usage: rke2 server|agent [--check] [--KEY VALUE]...
       rke2 etcd-snapshot save [--name NAME] | ls
       rke2 --version
This is a stand-in for RKE2, for tests alone."""


def main(words):
    """Does what the words say, and gives the exit code."""
    os.umask(0o022)
    try:
        return _run(words)
    except (journal.Fatal, members.EtcdError, client.Unreachable, client.Refused) as fault:
        journal.say("fatal", str(fault))
        return 1


def _run(words):
    if words in (["--version"], ["-v"]):
        print(f"rke2 version {version.text()} (stand-in)")
        return 0
    if words and words[0] in ("server", "agent"):
        return _role(words[0], words[1:])
    if words and words[0] == "etcd-snapshot":
        return _snapshot(words[1:])
    print(_USAGE, file=sys.stderr)
    return 2


def _role(role, words):
    only_check = "--check" in words
    settings = config.read(role, [word for word in words if word != "--check"])
    found = checks.problems(settings)
    if only_check:
        for problem in found:
            journal.say("fatal", problem)
        return 1 if found else 0
    if found:
        raise journal.Fatal("\n".join(found))
    journal.info(f"Starting rke2 {role} {version.text()} (stand-in)")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    {"server": server, "agent": agent}[role].run(settings, stop)
    return 0


def _snapshot(words):
    verb, rest = (words[0], words[1:]) if words else ("", [])
    name = "on-demand"
    if verb == "save" and rest[:1] == ["--name"] and len(rest) > 1:
        name, rest = rest[1], rest[2:]
    elif verb == "save" and rest and rest[0].startswith("--name="):
        name, rest = rest[0].removeprefix("--name="), rest[1:]
    settings = config.read("server", rest)
    if verb == "save":
        print(snapshots.save(settings, name))
    elif verb in ("ls", "list"):
        for row in [("Name", "Location", "Size", "Created"), *snapshots.listed(settings)]:
            print("\t".join(map(str, row)))
    else:
        print(_USAGE, file=sys.stderr)
        return 2
    return 0
