"""The servers of one run: PostgreSQL, MariaDB and the gateway, each with throw-away data, each stopped at the end."""

import os
import pwd
import queue
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from .machine import CACHE, ROOT, Missing, die_with_parent, postgres_programs, program
from .suite import say, stop_group

START_SECONDS = 60.0


@contextmanager
def temporary_folder(owner: str | None = None):
    folder = Path(tempfile.mkdtemp(prefix="footbridge-tests-"))
    if owner:
        shutil.chown(folder, owner)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres():
    """A PostgreSQL with the superuser `footbridge`; yields its address."""
    programs = postgres_programs()
    user = _service_user("postgres")
    with temporary_folder(user) as folder:
        data = folder / "data"
        _once(
            [programs / "initdb", "-D", data, "-U", "footbridge", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            user,
        )
        for attempt in _ports():
            command = [programs / "postgres", "-D", data, "-k", folder, "-p", attempt]
            for setting in (
                "listen_addresses=127.0.0.1", "max_connections=200", "fsync=off", "synchronous_commit=off",
                "full_page_writes=off", "shared_buffers=64MB", "timezone=UTC",
            ):
                command += ["-c", setting]
            ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(attempt)]
            with _process("postgres", command, user, signal.SIGINT) as process:
                if _until(process, lambda: subprocess.run(ready).returncode == 0):
                    yield f"postgres://footbridge@127.0.0.1:{attempt}/postgres"
                    return
    raise Missing(f"PostgreSQL did not start: {_log('postgres')}")


@contextmanager
def mariadb():
    """A MariaDB with the user `footbridge`, who may do everything; yields its address."""
    user = _service_user("mysql", "nobody")
    with temporary_folder(user) as folder:
        data = folder / "data"
        _once(
            [
                program("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--skip-test-db",
                "--auth-root-authentication-method=normal", *([f"--user={user}"] if user else []),
            ],
            user,
        )
        first = folder / "first.sql"
        first.write_text(
            "CREATE DATABASE footbridge CHARACTER SET utf8mb4;\n"
            "CREATE USER footbridge@'%' IDENTIFIED BY 'footbridge';\n"
            "GRANT ALL PRIVILEGES ON *.* TO footbridge@'%' WITH GRANT OPTION;\n"
        )
        first.chmod(0o644)
        for attempt in _ports():
            command = [
                program("mariadbd"), "--no-defaults", f"--datadir={data}", f"--socket={folder}/socket",
                f"--pid-file={folder}/pid", f"--port={attempt}", "--bind-address=127.0.0.1", "--skip-log-bin",
                f"--init-file={first}", "--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=0",
                "--skip-name-resolve", "--max-connections=200", "--skip-innodb-doublewrite",
            ]
            with _process("mariadb", command, user, signal.SIGTERM) as process:
                if _until(process, lambda: _greets(attempt)):
                    yield f"mysql://footbridge:footbridge@127.0.0.1:{attempt}/footbridge"
                    return
    raise Missing(f"MariaDB did not start: {_log('mariadb')}")


@contextmanager
def gateway(binary: str, origin: str | None = None):
    """The gateway over a copy of the repository's samples, open to pages of this origin; yields its address."""
    with temporary_folder() as project:
        for name in ("mappings", "migrations", "schemas", "wsdl", "replies"):
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, project / name)
        if origin:
            open_to(origin, project)
        with listening("gateway", [binary, "serve", str(project), "--listen", "127.0.0.1:0"]) as address:
            yield address


def open_to(origin: str, project: Path) -> None:
    """Lets pages of this origin call the gateway of a project."""
    with (project / "mappings" / "gateway.yaml").open("a") as settings:
        settings.write(f"\norigins: [{origin}]\n")


@contextmanager
def listening(name: str, command: list):
    """A program that says `listening on http://…`; yields its address."""
    with serving(name, command) as (address, _):
        yield address


@contextmanager
def serving(name: str, command: list):
    """The same; yields its address and its process."""
    with _process(name, command, None, signal.SIGTERM, pipe=True) as process:
        address = _address(name, process)
        if address is None:
            raise Missing(f"`{' '.join(map(str, command))}` did not say where it listens: {_log(name)}")
        say(f"{name} at {address}")
        yield address, process


@contextmanager
def accepting(name: str, command: list, port: int):
    """A program that was told to listen at this port; yields its address."""
    with _process(name, command, None, signal.SIGTERM) as process:
        if not _until(process, lambda: _accepts(port)):
            raise Missing(f"`{' '.join(map(str, command))}` does not listen: {_log(name)}")
        say(f"{name} at http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"


@contextmanager
def php(router: Path):
    """The server that is built into PHP, with some workers, so that one call does not wait for another."""
    for attempt in _ports():
        command = ["env", "PHP_CLI_SERVER_WORKERS=4", program("php"), "-S", f"127.0.0.1:{attempt}", router]
        with _process("php", command, None, signal.SIGTERM) as process:
            if _until(process, lambda: _accepts(attempt)):
                say(f"php at http://127.0.0.1:{attempt}")
                yield f"http://127.0.0.1:{attempt}"
                return
    raise Missing(f"PHP did not start: {_log('php')}")


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1.0).close()
    except OSError:
        return False
    return True


def _address(name: str, process: subprocess.Popen) -> str | None:
    """Reads a server's output until it says where it listens, and goes on emptying the pipe afterwards."""
    found: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        with log_path(name).open("w") as log:
            for line in process.stdout:
                log.write(line)
                log.flush()
                if "listening on http://" in line:
                    found.put("http://" + line.split("listening on http://")[1].split()[0].rstrip("/"))
        found.put(None)

    threading.Thread(target=read, daemon=True).start()
    try:
        return found.get(timeout=START_SECONDS)
    except queue.Empty:
        return None


def _service_user(*names: str) -> str | None:
    """Database servers refuse to run as root: the first of these users, or nobody else when we are not root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in names if name in known)


@contextmanager
def _process(name: str, command: list, user: str | None, stop: int, pipe: bool = False):
    with log_path(name).open("w") as log:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if pipe else log,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_parent,
            cwd="/",
            **_as(user),
        )
    try:
        yield process
    finally:
        stop_group(process, stop)


def _once(command: list, user: str | None) -> None:
    command = [str(word) for word in command]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/", **_as(user)
    )
    if done.returncode != 0:
        raise Missing(f"`{' '.join(command)}` failed:\n{done.stdout[-2000:]}")


def _as(user: str | None) -> dict:
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _ports():
    """Free ports, one for each attempt to start: another program may take one before the server does."""
    for _ in range(3):
        yield free_port()


def _until(process: subprocess.Popen, ready) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if ready():
            return True
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            pass
    return False


def _greets(port: int) -> bool:
    """MariaDB speaks first: its greeting has protocol version 10 after the 4 bytes of the packet's head."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1.0) as client:
            client.settimeout(2.0)
            return client.recv(5)[4:5] == b"\x0a"
    except OSError:
        return False


def log_path(name: str) -> Path:
    logs = CACHE / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    return logs / f"{name}.log"


def _log(name: str) -> str:
    text = log_path(name).read_text(errors="replace")
    return f"\n{text[-2000:]}\n(log: {log_path(name).relative_to(ROOT)})"
