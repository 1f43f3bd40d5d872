"""Archives of images: each is read to its end and named in the journal; nothing is imported."""

import json
import subprocess
import tarfile
import threading

from . import journal, paths

_LISTS = ("index.json", "manifest.json")
_ENDS = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.bz2")


def check(path):
    """Reads an archive, and gives the names of the images in it."""
    if path.name.endswith(".zst"):
        # Debian's Python knows no zstd, its apt does.
        reader = subprocess.Popen(["/usr/lib/apt/apt-helper", "cat-file", str(path)], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)  # fmt: skip
        with reader, tarfile.open(fileobj=reader.stdout, mode="r|") as archive:
            found = _images(archive)
            reader.stdout.read()
        if reader.returncode:
            raise ValueError("the archive is cut off or damaged")
        return found
    with tarfile.open(path, "r|*") as archive:
        return _images(archive)


def _images(archive):
    lists = {}
    for member in archive:
        name = member.name.removeprefix("./")
        if name in _LISTS:
            lists[name] = json.load(archive.extractfile(member))
    if not lists:
        raise ValueError("neither index.json nor manifest.json is in it")
    rows = lists.get("manifest.json") or []
    names = [tag for row in rows for tag in row.get("RepoTags") or []]
    entries = lists.get("index.json", {}).get("manifests", [])
    notes = (entry.get("annotations", {}) for entry in entries)
    key = "io.containerd.image.name"
    return sorted(set(names) | {note[key] for note in notes if key in note})


def look(path):
    """Says in the journal what is in a file of the folder of images."""
    if path.name.endswith(".txt"):
        journal.info(f"Images of {path} would be pulled: {' '.join(path.read_text().split())}")
    elif not path.name.endswith(_ENDS):
        return
    else:
        try:
            journal.info(f"Imported images from {path} (the stand-in only read them): {' '.join(check(path))}")
        except (OSError, ValueError, KeyError, TypeError, AttributeError, tarfile.TarError) as error:
            journal.error(f"Error encountered while importing {path}: {error}")


def watch(stop):
    """Begins to look at every archive, and at those that come later."""
    threading.Thread(target=_watch, args=(stop,), name="images", daemon=True).start()


def _watch(stop):
    seen = {}
    while True:
        for path in sorted(paths.IMAGES.glob("[!.]*")):
            stamp = path.stat().st_mtime_ns if path.is_file() else None
            if stamp and seen.get(path) != stamp:
                seen[path] = stamp
                look(path)
        if stop.wait(10):
            return
