"""What the tests of the packages find: the Debian package, and Debians in folders where it is installed."""

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from . import servers
from .machine import CACHE, ROOT, Missing

PACKAGING = ROOT / "tests" / "packaging"
MIRROR = "http://deb.debian.org/debian"
RELEASE = "bookworm"
# Beside the smallest Debian, what one needs that starts as a machine does, and that reads manual pages.
MACHINE = ["systemd", "systemd-sysv", "dbus", "man-db"]


@contextmanager
def packages(binary: str):
    """The package of this command, without what debuggers want; yields what the tests find in their environment."""
    if os.geteuid() != 0:
        raise Missing("group `packaging` installs into Debians of its own, below tests/.cache, and needs root for it")
    small = debian("debian", [])
    machine = debian("debian-machine", MACHINE)
    with servers.temporary_folder() as folder:
        stripped = folder / "footbridge"
        _run(["strip", "-o", stripped, binary])
        # A package for one run need not be small.
        quick = {"DPKG_DEB_COMPRESSOR_TYPE": "gzip", "DPKG_DEB_COMPRESSOR_LEVEL": "1"}
        _run([ROOT / "packaging" / "debian" / "build", folder], {"FOOTBRIDGE_BINARY": str(stripped), **quick})
        yield {
            "FOOTBRIDGE_BIN": str(stripped), "FOOTBRIDGE_PACKAGE": str(next(folder.glob("*.deb"))),
            "FOOTBRIDGE_DEBIAN": str(small), "FOOTBRIDGE_MACHINE": str(machine), "FOOTBRIDGE_FOLDER": str(folder),
        }


def debian(name: str, more: list[str]) -> Path:
    """A Debian in a folder, made once: the smallest, which is what images of containers begin with, what the package
    depends on, and these packages."""
    folder = CACHE / name
    if not folder.exists():
        CACHE.mkdir(exist_ok=True)
        new = CACHE / f"{name}.new"
        shutil.rmtree(new, ignore_errors=True)
        include = [f"--include={','.join(more)}"] if more else []
        _run(["debootstrap", "--variant=minbase", *include, RELEASE, new, MIRROR])
        for left in (new / "var/cache/apt/archives").glob("*.deb"):
            left.unlink()
        new.rename(folder)
    return folder


def _run(command: list, env: dict | None = None) -> None:
    command = [str(word) for word in command]
    done = subprocess.run(
        command, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    )
    if done.returncode != 0:
        raise Missing(f"`{' '.join(command)}` failed:\n{done.stdout[-2000:]}")
