"""HTTP services that others wrote, and a gateway project that calls them."""

import shutil
from contextlib import ExitStack, contextmanager
from pathlib import Path

from . import packages, servers
from .machine import ROOT, program

REST = ROOT / "tests" / "rest"
# What the services that want to know who calls are told.
SECRET = "open-sesame"


@contextmanager
def running():
    """Starts the services; yields the address of each by the host that the project has for it."""
    python = packages.python_environment()
    packages.node_modules()
    own = REST / "servers"
    commands = {
        "bin": [python, "-B", own / "httpbin_server.py"],
        "store": [program("node"), own / "store_server.mjs"],
        "components": [python, "-B", own / "components_server.py"],
        # Answers 422 where a request is not as the document has it.
        "judged": [
            packages.CLIENTS / "node_modules" / ".bin" / "prism", "mock", "--host", "127.0.0.1", "--port", "0",
            REST / "project" / "schemas" / "judged.yaml",
        ],
    }
    with ExitStack() as stack:
        yield {
            f"http://{name}.test": stack.enter_context(servers.listening(name, command))
            for name, command in commands.items()
        }


@contextmanager
def gateway(binary: str):
    """A gateway over the project; yields its address."""
    with running() as addresses, servers.temporary_folder() as folder:
        shutil.copytree(REST / "project", folder, dirs_exist_ok=True)
        for file in Path(folder).glob("mappings/*.yaml"):
            text = file.read_text()
            for host, address in addresses.items():
                text = text.replace(host, address)
            file.write_text(text)
        command = ["env", f"REST_SECRET={SECRET}", binary, "serve", str(folder), "--listen", "127.0.0.1:0"]
        with servers.listening("gateway", command) as address:
            yield address
