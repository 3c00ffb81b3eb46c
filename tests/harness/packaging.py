"""What the tests of the packages find: the Debian package, and Debians in folders where it is installed."""

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from . import servers
from .machine import CACHE, ROOT, Missing
from .suite import say

PACKAGING = ROOT / "tests" / "packaging"
RELEASE = "bookworm"
# Beside the smallest Debian, what one needs that starts as a machine does, and that reads manual pages.
MACHINE = ["systemd", "systemd-sysv", "dbus", "man-db"]


@contextmanager
def packages(binary: str):
    """The package of this command, without what debuggers want; yields what the tests find in their environment."""
    debians = {}
    if has_namespaces():
        debians["FOOTBRIDGE_DEBIAN"] = str(debian("debian", []))
        debians["FOOTBRIDGE_MACHINE"] = str(debian("debian-machine", MACHINE))
    else:
        say("no namespaces may be made here (root may, but not in every container): nothing is installed, the package is only looked at")
    with servers.temporary_folder() as folder:
        stripped = folder / "footbridge"
        _run(["strip", "-o", stripped, binary])
        # A package for one run need not be small.
        quick = {"DPKG_DEB_COMPRESSOR_TYPE": "gzip", "DPKG_DEB_COMPRESSOR_LEVEL": "1"}
        _run([ROOT / "packaging" / "debian" / "build", folder], {"FOOTBRIDGE_BINARY": str(stripped), **quick})
        yield {
            "FOOTBRIDGE_BIN": str(stripped), "FOOTBRIDGE_PACKAGE": str(next(folder.glob("*.deb"))),
            "FOOTBRIDGE_FOLDER": str(folder), **debians,
        }


def has_namespaces() -> bool:
    """Whether a Debian in a folder can be made here, and run in."""
    tried = subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], stdin=subprocess.DEVNULL, capture_output=True)
    return os.geteuid() == 0 and tried.returncode == 0


def mirror() -> str:
    """Where this machine has its own packages from."""
    asked = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", f"Codename: {RELEASE}"]
    found = subprocess.run(asked, stdout=subprocess.PIPE, text=True).stdout.split()
    if not found:
        raise Missing(f"no source of apt is that of Debian {RELEASE}")
    return found[0]


def debian(name: str, more: list[str]) -> Path:
    """A Debian in a folder, made once: the smallest, which is what images of containers begin with, what the package
    depends on, and these packages."""
    folder = CACHE / name
    if not folder.exists():
        CACHE.mkdir(exist_ok=True)
        new = CACHE / f"{name}.new"
        shutil.rmtree(new, ignore_errors=True)
        include = [f"--include={','.join(more)}"] if more else []
        _run(["debootstrap", "--variant=minbase", *include, RELEASE, new, mirror()])
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
