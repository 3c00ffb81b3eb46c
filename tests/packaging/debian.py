"""A Debian in a folder, to install into and to run commands in."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = os.environ["FOOTBRIDGE_BIN"]
PACKAGE = Path(os.environ["FOOTBRIDGE_PACKAGE"])
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
START_SECONDS = 30.0
# The smallest Debian, and one that can start as a machine does.
SMALL = Path(os.environ.get("FOOTBRIDGE_DEBIAN", ""))
MACHINE = Path(os.environ.get("FOOTBRIDGE_MACHINE", ""))
needs_debian = unittest.skipUnless("FOOTBRIDGE_DEBIAN" in os.environ, "no Debian in a folder can be had here")
PROXIES = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}


class Debian:
    """A copy of a Debian, thrown away at the end."""

    def __init__(self, source: Path):
        self.root = Path(tempfile.mkdtemp(prefix="debian-", dir=os.environ["FOOTBRIDGE_FOLDER"]))
        subprocess.run(["cp", "-a", "--reflink=auto", f"{source}/.", str(self.root)], check=True)
        shutil.copyfile("/etc/resolv.conf", self.root / "etc/resolv.conf")

    def __enter__(self) -> "Debian":
        return self

    def __exit__(self, *_) -> None:
        shutil.rmtree(self.root)

    def path(self, name: str) -> Path:
        """A file in it, by the name that it has there."""
        return self.root / name.lstrip("/")

    def inside(self, *command: str, user: str | None = None, folder: str = "/") -> list[str]:
        """The command that runs another one in it, in namespaces of its own, so that nothing outlives it."""
        drop = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs"] if user else []
        return [
            "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc=" + str(self.path("/proc")),
            "chroot", str(self.root), "env", "--chdir", folder, *drop, *command,
        ]

    def run(self, *command: str, user: str | None = None, env: dict | None = None) -> subprocess.CompletedProcess:
        """Runs a command in it to its end."""
        return subprocess.run(
            self.inside(*command, user=user), env=environment(env), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )

    def install(self) -> None:
        """Installs the package and what it depends on."""
        shutil.copy(PACKAGE, self.path("/tmp/footbridge.deb"))
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "/tmp/footbridge.deb"]):
            done = self.run(*command, env=PROXIES)
            assert done.returncode == 0, done.stdout


class Server:
    """A command in a Debian that listens, until it is told to stop."""

    def __init__(self, debian: Debian, *command: str, user: str, folder: str, env: dict | None = None):
        # setpriv and env become the command itself, so the first process of the namespace is `env`'s: the gateway.
        self.process = subprocess.Popen(
            debian.inside(*command, user=user, folder=folder), env=environment(env), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )

    def gateway(self) -> int:
        """The number of the gateway's process, as it is outside."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def tell(self, number: signal.Signals) -> None:
        os.kill(self.gateway(), number)

    def end(self) -> None:
        """Ends it, if it still runs."""
        with self.process:
            self.process.kill()

    def stopped(self) -> tuple[int, str]:
        """Its exit code and all that it said."""
        said, _ = self.process.communicate(timeout=START_SECONDS)
        return self.process.returncode, said


def environment(more: dict | None) -> dict:
    return {"PATH": PATH, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", **(more or {})}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def answer(url: str) -> tuple[int, str]:
    """Status and text of a page, once somebody listens there."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as page:
                return page.status, page.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def called(address: str, operation: str, *arguments: str) -> str:
    """What the command says that a call gave."""
    done = subprocess.run(
        [BINARY, "call", f"{address}/gateway", operation, *arguments], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    return done.stdout.strip()


def project(folder: Path, gateway: str, **services: str) -> None:
    """Writes a project: a gateway file and services by name."""
    mappings = folder / "mappings"
    mappings.mkdir(parents=True, exist_ok=True)
    (mappings / "gateway.yaml").write_text(gateway)
    for name, text in services.items():
        (mappings / f"{name}.yaml").write_text(text)
