"""`rke2 etcd-snapshot`: real snapshots of etcd, named as RKE2 names them."""

import datetime
import json
import os
import subprocess
import time
import zipfile
from pathlib import Path

from . import journal, members, paths
from .journal import Fatal


def save(config, name):
    """Saves a snapshot, proves it, and gives its path; the oldest of this name go."""
    folder = _folder(config)
    paths.folder(folder, 0o700)
    prefix = f"{name}-{config.node_name}"
    path = folder / f"{prefix}-{int(time.time())}"
    unfinished = folder / f".{path.name}.unfinished"
    try:
        members.ctl(members.LOCAL, "snapshot", "save", str(unfinished), patience=120)
    except members.EtcdError as error:
        raise Fatal(f"failed to save snapshot: {error}") from error
    status = _status(unfinished)
    if config.flag("etcd-snapshot-compress"):
        path = path.with_name(f"{path.name}.zip")
        packed = unfinished.with_name(f"{unfinished.name}.zip")
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(unfinished, path.stem)
        unfinished.unlink()
        unfinished = packed
    os.chmod(unfinished, 0o600)
    unfinished.rename(path)
    journal.info(f"Snapshot {path.name} saved: {status['totalKey']} keys at revision {status['revision']}")
    _prune(config, folder, prefix)
    return path


def listed(config):
    """Gives name, place, size in bytes and time of each snapshot."""
    rows = []
    for path in sorted(_folder(config).glob("[!.]*"), key=lambda one: one.stat().st_mtime):
        found = path.stat()
        made = datetime.datetime.fromtimestamp(found.st_mtime, datetime.timezone.utc)
        rows.append((path.name, f"file://{path}", found.st_size, made.strftime("%Y-%m-%dT%H:%M:%SZ")))
    return rows


def _folder(config):
    return Path(config.text("etcd-snapshot-dir", paths.SNAPSHOTS))


def _status(path):
    line = [paths.program("etcdutl"), "snapshot", "status", str(path), "-w", "json"]
    ran = subprocess.run(line, capture_output=True, text=True, check=False)
    if ran.returncode:
        path.unlink()
        raise Fatal(f"the snapshot is no good: {ran.stderr.strip()}")
    return json.loads(ran.stdout)


def _prune(config, folder, prefix):
    kept = int(config.text("etcd-snapshot-retention", 5))
    found = sorted(folder.glob(f"{prefix}-*"), key=lambda one: one.stat().st_mtime)
    for path in found[: max(len(found) - kept, 0)] if kept else []:
        path.unlink()
        journal.info(f"Removed snapshot {path.name}: {kept} are kept")
