"""Tasks: what Proxmox does after it has answered."""

import time


class Tasks:
    """The tasks of a cluster. They end by the clock; nothing runs beside the calls."""

    def __init__(self, control):
        self.control = control
        self.rows = {}

    def begin(self, node, kind, number, who, work, failure=None):
        """Begins a task and gives its id; what it does, `work`, is done at its end and may refuse."""
        count = len(self.rows) + 1
        upid = f"UPID:{node}:{count:08X}:{count:08X}:{int(time.time()):08X}:{kind}:{number}:{who}:"
        ends = time.monotonic() + self.control.get("task_seconds", 0)
        self.rows[upid] = {
            "ends": ends, "work": work, "failure": failure, "exit": None, "kind": kind, "node": node,
        }
        return upid

    def settle(self):
        """Ends what has run long enough."""
        for row in self.rows.values():
            if row["exit"] is None and time.monotonic() >= row["ends"]:
                row["exit"] = self.end(row)

    @staticmethod
    def end(row):
        try:
            row["work"](row["failure"])
        except Exception as error:  # whatever goes wrong in a task is its exit status
            return str(error)
        return "OK"

    def status(self, upid):
        row = self.rows[upid]
        status = {"upid": upid, "node": row["node"], "type": row["kind"], "pid": 1}
        if row["exit"] is None:
            return {**status, "status": "running"}
        return {**status, "status": "stopped", "exitstatus": row["exit"]}
