"""What the machine has, what apt can add, and how this run ends when somebody stops it."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "tests" / ".cache"
POLICY = Path("/usr/sbin/policy-rc.d")


class Missing(Exception):
    """Something the tests need is not here and could not be installed."""


def postgres_programs() -> Path | None:
    """The folder of initdb and postgres; Debian keeps it out of the PATH."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda f: -int(f.parent.name)):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def program(*names: str) -> str | None:
    """The first of these programs that is here; servers live in sbin, which is not in everybody's PATH."""
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/usr/local/sbin"
    return next(filter(None, (shutil.which(name, path=path) for name in names)), None)


def chromium() -> str | None:
    return os.environ.get("FOOTBRIDGE_CHROMIUM") or program("chromium", "chromium-headless-shell", "google-chrome")


def has_venv() -> bool:
    """Debian's python3 has no ensurepip until python3-venv is installed."""
    return subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True).returncode == 0


def has_php_soap() -> bool:
    php = program("php")
    return php is not None and "soap" in subprocess.run([php, "-m"], capture_output=True, text=True).stdout.split()


# What a group needs: is it here, and the Debian package that brings it.
NEEDS = {
    "rust": [(lambda: program("cc"), "gcc")],
    "databases": [
        (postgres_programs, "postgresql-15"),
        # The server without Debian's service around it; my_print_defaults is a part of mariadb-install-db.
        (lambda: program("mariadbd") and program("mariadb-install-db"), "mariadb-server-core"),
        (lambda: program("my_print_defaults"), "mariadb-client-core"),
    ],
    "operating": [],
    "clients": [(has_venv, "python3-venv")],
    "soap": [
        (has_venv, "python3-venv"), (lambda: program("php"), "php-cli"), (has_php_soap, "php-soap"),
        (lambda: program("xmllint"), "libxml2-utils"), (lambda: program("cc"), "gcc"), (lambda: program("openssl"), "openssl"),
        (lambda: program("soapcpp2"), "gsoap"), (Path("/usr/include/stdsoap2.h").exists, "libgsoap-dev"),
        (Path("/usr/include/openssl/ssl.h").exists, "libssl-dev"), (Path("/usr/include/zlib.h").exists, "zlib1g-dev"),
    ],
    "traces": [(has_venv, "python3-venv")],
    "rest": [(has_venv, "python3-venv"), (lambda: program("openssl"), "openssl")],
    "packaging": [
        (lambda: program("debootstrap"), "debootstrap"), (lambda: program("dpkg-deb"), "dpkg"),
        (lambda: program("objdump"), "binutils"), (lambda: program("systemd-analyze"), "systemd"),
        (lambda: program("systemd-nspawn"), "systemd-container"), (lambda: program("man"), "man-db"),
        (lambda: program("mandoc"), "mandoc"), (lambda: program("zsh"), "zsh"), (lambda: program("fish"), "fish"),
    ],
    "soak": [(postgres_programs, "postgresql-15")],
    "several": [
        (has_venv, "python3-venv"), (lambda: program("nginx"), "nginx-light"), (lambda: program("haproxy"), "haproxy"),
        (postgres_programs, "postgresql-15"),
        (lambda: program("mariadbd") and program("mariadb-install-db"), "mariadb-server-core"),
        (lambda: program("my_print_defaults"), "mariadb-client-core"),
    ],
    "browser": [(chromium, "chromium-headless-shell"), (lambda: program("haxe"), "haxe")],
    "royale": [(chromium, "chromium-headless-shell"), (lambda: program("java"), "openjdk-17-jre-headless")],
}
# What no apt package of Debian 12 brings in the version that is needed.
TOOLCHAINS = {
    "rust": [("cargo", "Rust, https://rustup.rs")],
    "databases": [("cargo", "Rust, https://rustup.rs")],
    "operating": [("cargo", "Rust, https://rustup.rs")],
    "clients": [("cargo", "Rust, https://rustup.rs"), ("npm", "Node.js 20 or later with npm")],
    "soap": [("cargo", "Rust, https://rustup.rs"), ("npm", "Node.js 20 or later with npm")],
    "packaging": [("cargo", "Rust, https://rustup.rs")],
    "soak": [("cargo", "Rust, https://rustup.rs"), ("npm", "Node.js 20 or later with npm")],
    "traces": [("cargo", "Rust, https://rustup.rs")],
    "several": [("cargo", "Rust, https://rustup.rs")],
    "rest": [("cargo", "Rust, https://rustup.rs"), ("npm", "Node.js 20 or later with npm")],
    "browser": [("cargo", "Rust, https://rustup.rs"), ("npm", "Node.js 20 or later with npm")],
    "royale": [("cargo", "Rust, https://rustup.rs"), ("npm", "Node.js 20 or later with npm")],
}


def provide(names: list[str], install: bool, say) -> None:
    """Makes sure that everything the groups need is here; installs Debian packages when root."""
    for name in names:
        for tool, what in TOOLCHAINS[name]:
            if not shutil.which(tool):
                raise Missing(f"group `{name}` needs `{tool}`: install {what}")
    wanted = [package for name in names for present, package in NEEDS[name] if not present()]
    if not wanted:
        return
    if not install or os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Missing(f"Debian packages are missing; as root: apt-get install --no-install-recommends {' '.join(wanted)}")
    say(f"installing {' '.join(wanted)}")
    apt_install(wanted)
    still = [package for name in names for present, package in NEEDS[name] if not present()]
    if still:
        raise Missing(f"installed, but not usable: {' '.join(still)}")


def apt_install(packages: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    CACHE.mkdir(exist_ok=True)
    log = CACHE / "apt.log"
    with no_services(), log.open("w") as out:
        for command in (
            ["apt-get", "update", "-q"],
            ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages],
        ):
            done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            if done.returncode != 0:
                raise Missing(f"`{' '.join(command)}` failed:\n{log.read_text()[-2000:]}")


@contextmanager
def no_services():
    """Debian starts servers when it installs them, unless policy-rc.d forbids it."""
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            POLICY.unlink()


@contextmanager
def interrupted_by_signals():
    """SIGTERM and SIGHUP end a run as Ctrl-C does: what was started is stopped first."""

    def interrupt(_number, _frame):
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def die_with_parent() -> None:
    """For a started process: the kernel stops it even when this program is killed without notice."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM, 0, 0, 0)
