"""Real programs, kept running as long as the service runs."""

import os
import subprocess
import threading

from . import journal, paths


class Process:
    """One program; what it says goes to a file, and its last words to the journal when it ends too early."""

    def __init__(self, name, arguments, within=()):
        """`within` is a command line that leads to the program, such as one that makes a room for it."""
        self.name = name
        self.arguments = arguments
        # A service that is killed takes its programs with it, also where systemd cannot kill what is left: not in
        # every container may it write to control groups.
        self._line = ["setpriv", "--pdeathsig", "KILL", "--", *within, *arguments]
        self.log = paths.LOGS / f"{name}.log"
        self._stopping = threading.Event()
        self._child = None
        self._thread = threading.Thread(target=self._keep, name=name, daemon=True)

    def start(self):
        """Starts it, and starts it again whenever it ends."""
        paths.folder(paths.LOGS, 0o755)
        journal.info(f"Running {self.name} {' '.join(self.arguments[1:])}")
        self._thread.start()
        return self

    def stop(self, patience=20):
        """Ends it, first by asking."""
        self._stopping.set()
        child = self._child
        if child and child.poll() is None:
            child.terminate()
            try:
                child.wait(patience)
            except subprocess.TimeoutExpired:
                journal.warning(f"{self.name} did not end within {patience} s and is killed")
                child.kill()
        self._thread.join()

    def _keep(self):
        pause = 1
        while not self._stopping.is_set():
            start = os.path.getsize(self.log) if self.log.exists() else 0
            try:
                code = self._run()
            except OSError as error:
                code = error
            if not self._stopping.is_set():
                journal.error(f"{self.name} exited: {code}; its last words: {self._last_words(start)}")
                self._stopping.wait(pause)
                pause = min(pause * 2, 30)

    def _run(self):
        # systemd hears from this service alone; etcd would tell it of its own readiness.
        kept = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
        with open(self.log, "ab") as log:
            self._child = subprocess.Popen(self._line, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=kept)
        if self._stopping.is_set():
            self._child.terminate()
        return self._child.wait()

    def _last_words(self, start):
        with open(self.log, "rb") as log:
            log.seek(start)
            lines = log.read().decode(errors="replace").splitlines()
        return " / ".join(lines[-4:])[-1500:]
