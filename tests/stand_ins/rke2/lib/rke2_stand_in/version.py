"""The version that this stand-in says it has; who packs it chooses."""

from pathlib import Path


def text():
    """Gives the version, such as `v1.35.7+rke2r1`."""
    return (Path(__file__).parent / "VERSION").read_text().strip()


FOLDER = f"{text().replace('+', '-')}-stand-in"
