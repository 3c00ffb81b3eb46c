"""SOAP servers that others wrote, one of our own that misbehaves, and a gateway project that calls them all."""

import shutil
import signal
from contextlib import ExitStack, contextmanager
from pathlib import Path

from . import packages, servers
from .machine import ROOT, program

SOAP = ROOT / "tests" / "soap"


@contextmanager
def running():
    """Starts the servers; yields the address of each by the host that the project has for it."""
    python = packages.python_environment()
    packages.node_modules()
    own = SOAP / "servers"
    commands = {
        "spyne": [python, "-B", own / "spyne_server.py"],
        "odd": [python, "-B", own / "odd_server.py"],
        "node": [program("node"), own / "node_server.mjs"],
    }
    with ExitStack() as stack:
        addresses = {
            f"http://{name}.test": stack.enter_context(servers.listening(name, command))
            for name, command in commands.items()
        }
        addresses["http://php.test"] = stack.enter_context(servers.php(own / "php_server.php"))
        yield addresses


@contextmanager
def project(addresses: dict[str, str]):
    """A copy of the project with the addresses of this run."""
    with servers.temporary_folder() as folder:
        shutil.copytree(SOAP / "project", folder, dirs_exist_ok=True)
        for file in Path(folder).glob("mappings/*.yaml"):
            text = file.read_text()
            for host, address in addresses.items():
                text = text.replace(host, address)
            file.write_text(text)
        yield folder


@contextmanager
def gateway(binary: str):
    """A gateway over the project; yields its address."""
    with running() as addresses, project(addresses) as folder:
        command = [binary, "serve", str(folder), "--listen", "127.0.0.1:0"]
        with servers.listening("gateway", command) as address:
            yield address
