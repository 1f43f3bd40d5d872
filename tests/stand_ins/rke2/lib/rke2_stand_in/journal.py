"""What is said, in RKE2's form, and what systemd is told."""

import datetime
import json
import os
import socket
import sys
import threading

_LOCK = threading.Lock()


class Fatal(Exception):
    """Ends the program; systemd starts it again after some seconds, as it does with RKE2."""


def say(level, message):
    """Writes one line to standard error, which is the journal."""
    now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    with _LOCK:
        print(f'time="{now}" level={level} msg={json.dumps(message)}', file=sys.stderr, flush=True)


def info(message):
    """Says what goes on."""
    say("info", message)


def warning(message):
    """Says what is odd."""
    say("warning", message)


def error(message):
    """Says what failed and is tried again."""
    say("error", message)


def notify(state):
    """Tells systemd the state of the service, such as `READY=1`."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect("\0" + address[1:] if address.startswith("@") else address)
        channel.send(state.encode())
