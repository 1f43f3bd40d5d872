"""The folder `manifests` of servers: whatever lies there is applied, and again when it changes."""

import hashlib
import subprocess
import threading

from . import journal, paths


def watch(stop):
    """Begins to look at the folder."""
    threading.Thread(target=_watch, args=(stop,), name="manifests", daemon=True).start()


def _watch(stop):
    applied = {}
    while True:
        for path in sorted(paths.MANIFESTS.glob("*.y*ml")):
            digest = hashlib.sha256(path.read_bytes()).digest()
            if applied.get(path) != digest and _apply(path):
                applied[path] = digest
        if stop.wait(10):
            return


def _apply(path):
    kubeconfig = paths.SERVER / "cred/admin.kubeconfig"
    line = [paths.program("kubectl"), f"--kubeconfig={kubeconfig}", "apply", "--server-side",
            "--force-conflicts", "--field-manager=deploy@rke2-stand-in", "-f", str(path)]  # fmt: skip
    ran = subprocess.run(line, capture_output=True, text=True, check=False)
    if ran.returncode:
        journal.error(f"Failed to process config: failed to process {path}: {ran.stderr.strip()}")
        return False
    journal.info(f"Applied manifest {path}: {', '.join(ran.stdout.split(chr(10))[:-1])}")
    return True
