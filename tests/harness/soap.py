"""SOAP servers that others wrote, one of our own that misbehaves, and a gateway project that calls them all."""

import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path

from . import gsoap, packages, servers
from .machine import ROOT, program

SOAP = ROOT / "tests" / "soap"
# What the project has for `${NAME}`.
SECRETS = {"VAULT_PASSWORD": "open sesame", "WRONG_PASSWORD": "open barley"}


@contextmanager
def running(keys: Path):
    """Starts the servers; yields the address of each by the host that the project has for it. `keys` is for theirs."""
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
        addresses |= stack.enter_context(gsoap.running(keys))
        addresses["http://php.test"] = stack.enter_context(servers.php(own / "php_server.php"))
        yield addresses


def fill(folder: Path, addresses: dict[str, str]) -> None:
    """Makes a folder the project, with the addresses of this run."""
    shutil.copytree(SOAP / "project", folder, dirs_exist_ok=True)
    shutil.copy(gsoap.built() / "vault.wsdl", folder / "wsdl")
    for file in folder.glob("mappings/*.yaml"):
        text = file.read_text()
        for host, address in addresses.items():
            text = text.replace(host, address)
        file.write_text(text)


@contextmanager
def gateway(binary: str):
    """A gateway over the project, with one user, `ann`, whose password is `open sesame`; yields what tests find of it in
    their environment."""
    with servers.temporary_folder() as folder:
        keys = folder / "keys"
        keys.mkdir()
        gsoap.certificates(keys)
        with running(keys) as addresses:
            admin = f"127.0.0.1:{servers.free_port()}"
            fill(folder, {**addresses, "admin.test": admin})
            add = [binary, "user", "add", "ann", "--file", str(folder / "users")]
            subprocess.run(add, input=f"{SECRETS['VAULT_PASSWORD']}\n", text=True, check=True, capture_output=True)
            secrets = [f"{name}={value}" for name, value in SECRETS.items()]
            command = ["env", *secrets, binary, "serve", str(folder), "--listen", "127.0.0.1:0"]
            with servers.listening("gateway", command) as address:
                yield {
                    "FOOTBRIDGE_URL": address, "FOOTBRIDGE_ADMIN_URL": f"http://{admin}", "FOOTBRIDGE_BIN": binary,
                    "FOOTBRIDGE_LOG": str(servers.log_path("gateway")), "FOOTBRIDGE_SPYNE_URL": addresses["http://spyne.test"],
                }
