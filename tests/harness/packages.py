"""Python and Node packages of the client suites, exactly as their lock files say."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from .machine import CACHE, ROOT, Missing

CLIENTS = ROOT / "tests" / "clients"


def python_environment() -> Path:
    """The Python of a virtual environment with tests/clients/python/requirements.txt; made once for each lock."""
    lock = CLIENTS / "python" / "requirements.txt"
    folder = CACHE / "venv"
    python = folder / "bin" / "python"
    if not _fresh(folder, lock, sys.version):
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)])
        _run([
            str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--no-input",
            "--disable-pip-version-check", "--cache-dir", str(CACHE / "pip"), "-r", str(lock),
        ])
        _stamp(folder, lock, sys.version)
    return python


def node_modules(place: Path = CLIENTS) -> None:
    """The node_modules of this folder after its package-lock.json; made once for each lock."""
    lock = place / "package-lock.json"
    folder = place / "node_modules"
    if not _fresh(folder, lock):
        _run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--cache", str(CACHE / "npm")],
            cwd=place,
        )
        _stamp(folder, lock)


def avm1_compiler() -> Path:
    """The program that makes movies of ActionScript 2, built after its Cargo.lock."""
    target = CACHE / "avm1"
    _run([
        "cargo", "build", "--locked", "--quiet", "--manifest-path", str(CLIENTS / "avm1" / "compiler" / "Cargo.toml"),
        "--target-dir", str(target),
    ])
    return target / "debug" / "footbridge-avm1"


def _fresh(folder: Path, lock: Path, more: str = "") -> bool:
    stamp = folder / ".footbridge-lock"
    return stamp.exists() and stamp.read_text() == _digest(lock, more)


def _stamp(folder: Path, lock: Path, more: str = "") -> None:
    (folder / ".footbridge-lock").write_text(_digest(lock, more))


def _digest(lock: Path, more: str) -> str:
    return hashlib.sha256(lock.read_bytes() + more.encode()).hexdigest()


def _run(command: list[str], cwd: Path = ROOT) -> None:
    CACHE.mkdir(exist_ok=True)
    done = subprocess.run(
        command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        raise Missing(f"`{' '.join(command)}` failed:\n{done.stdout[-2000:]}")
