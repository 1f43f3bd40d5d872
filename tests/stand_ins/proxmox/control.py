"""What goes wrong, as a file says it that may change at any time.

    {"task_seconds": 0.2,                      how long a task takes
     "agent": "silent",                        no guest agent answers
     "total": {"local-lvm": 40},               GiB of a storage, in the place of what the cluster's file says
     "faults": [{"call": "POST /nodes/*/qemu/*/clone", "skip": 1, "times": 1, "do": "..."}]}

A fault meets the calls that fit its pattern, after the first `skip` of them, `times` times (1 unless
given; 0 means always). What it does:

    {"do": "answer", "code": 500, "reason": "..."}   answers that instead
    {"do": "fail", "reason": "..."}                  the task of this call begins, and fails with that status
    {"do": "hang"}                                   does nothing as long as the fault is in the file
    {"do": "cut"}                                    does it, and closes the connection without an answer
    {"do": "take"}                                   somebody else has just made a machine with that number
"""

import fnmatch
import json
import pathlib
import time


class Control:
    """The control file, and how often each fault was met."""

    def __init__(self, path):
        self.path = pathlib.Path(path) if path else None
        self.met = {}

    def read(self):
        if not self.path or not self.path.exists():
            return {}
        return json.loads(self.path.read_text())

    def get(self, name, otherwise):
        return self.read().get(name, otherwise)

    def fault(self, method, path):
        """Gives the fault that this call meets, if any."""
        for fault in self.get("faults", []):
            if not fnmatch.fnmatchcase(f"{method} {path}", fault["call"]):
                continue
            name = json.dumps(fault, sort_keys=True)
            self.met[name] = count = self.met.get(name, 0) + 1
            skip, times = fault.get("skip", 0), fault.get("times", 1)
            if count > skip and (times == 0 or count <= skip + times):
                return fault
        return None

    def hang(self, fault, is_there):
        """Waits until the fault is taken out of the file, or nobody waits for the answer any more."""
        while fault in self.get("faults", []) and is_there():
            time.sleep(0.05)
