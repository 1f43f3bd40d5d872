"""A stand-in of the API of Proxmox VE, for tests: clusters, storages and machines that exist in memory alone.

usage: python3 tests/stand_ins/proxmox --cluster FILE --token TOKEN --certificate PEM --key PEM --log FILE
                                       [--control FILE] [--port PORT]

It is written from the published description of the API and answers under `/api2/json` over HTTPS on a free
port of loopback, which it prints. Only what the provider bpg/proxmox asks for is there; all else is a 501, as
Proxmox itself says it. Machines do not run: what is real is the bookkeeping, and the refusals.

- `cluster.json` beside this file says what a cluster has at the start: nodes, storages, templates.
- Each call is a line of JSON in the log, without the token.
- The control file is read at each call and says what goes wrong (`control.py`).
"""

import argparse
import json
import pathlib

from calls import Calls
from cluster import Cluster
from control import Control
from server import Server


def main():
    parser = argparse.ArgumentParser()
    for option in ("cluster", "token", "certificate", "key", "log"):
        parser.add_argument(f"--{option}", required=True)
    parser.add_argument("--control", default=None)
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    control = Control(given.control)
    cluster = Cluster(json.loads(pathlib.Path(given.cluster).read_text()), control)
    server = Server(given, Calls(cluster, control))
    print(f"ready: https://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
