"""HTTP services that others wrote, and a gateway project that calls them."""

import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path

from . import authority, packages, servers
from .machine import ROOT, program

REST = ROOT / "tests" / "rest"
# What the services that want to know who calls are told.
SECRET = "open-sesame"
# Documents of every construct, which the engine's own tests have too.
DOCUMENTS = [
    ROOT / "bridge" / "rest" / "tests" / "documents" / name
    for name in ("styles.yaml", "bodies.yaml", "later.yaml", "swagger.json")
]
# Who may log in.
USERS = {"ann": SECRET, "ben": "open-barley"}


def prism(document: Path) -> list:
    """Prism answers 422 where a request is not as the document has it."""
    return [packages.CLIENTS / "node_modules" / ".bin" / "prism", "mock", "--host", "127.0.0.1", "--port", "0", document]


@contextmanager
def running(keys: Path):
    """Starts the services; yields the address of each by the host that the project has for it. `keys` is for theirs."""
    python = packages.python_environment()
    packages.node_modules()
    own = REST / "servers"
    node = program("node")
    commands = {
        "bin": [python, "-B", own / "httpbin_server.py"],
        "safe": [python, "-B", own / "safe_server.py", keys],
        "tables": [python, "-B", own / "tables_server.py"],
        "proxy": [python, "-B", own / "proxy_server.py"],
        "odd": [python, "-B", own / "odd_server.py"],
        "store": [node, own / "store_server.mjs"],
        "ranges": [node, own / "ranges_server.mjs"],
        "oidc": [node, own / "oidc_server.mjs", SECRET, keys / "refresh"],
        "components": [python, "-B", own / "components_server.py"],
        "judged": prism(REST / "project" / "schemas" / "judged.yaml"),
        **{f"prism-{document.stem}": prism(document) for document in DOCUMENTS},
    }
    with ExitStack() as stack:
        addresses = {
            f"http://{name}.test": stack.enter_context(servers.listening(name, command))
            for name, command in commands.items()
        }
        safe = addresses.pop("http://safe.test")
        addresses["https://safe.test"] = safe.replace("http:", "https:")
        # The same services by names that nobody but the proxy knows.
        addresses["http://bin.behind"] = addresses["http://bin.test"].replace("127.0.0.1", "bin.behind")
        addresses["https://safe.behind"] = addresses["https://safe.test"].replace("127.0.0.1", "safe.behind")
        yield addresses


@contextmanager
def gateway(binary: str):
    """A gateway over the project; yields what tests find of it in their environment."""
    with servers.temporary_folder() as folder:
        keys = folder / "keys"
        keys.mkdir()
        authority.certificates(keys)
        with running(keys) as addresses:
            shutil.copytree(REST / "project", folder, dirs_exist_ok=True)
            for file in folder.glob("mappings/*.yaml"):
                text = file.read_text()
                for host, address in addresses.items():
                    text = text.replace(host, address)
                file.write_text(text)
            for document in DOCUMENTS:
                shutil.copy(document, folder / "schemas")
                if document.with_suffix("").is_dir():
                    shutil.copytree(document.with_suffix(""), folder / "schemas" / document.stem)
            for name, password in USERS.items():
                add = [binary, "user", "add", name, "--file", str(folder / "users")]
                subprocess.run(add, input=f"{password}\n", text=True, check=True, capture_output=True)
            proxy = addresses["http://proxy.test"]
            # A proxy of the environment is for backends that ask for it.
            command = [
                "env", f"REST_SECRET={SECRET}", "WRONG_SECRET=other", f"HTTP_PROXY={proxy}", f"http_proxy={proxy}", f"HTTPS_PROXY={proxy}", "NO_PROXY=",
                binary, "serve", str(folder), "--listen", "127.0.0.1:0",
            ]
            with servers.listening("gateway", command) as address:
                yield {"FOOTBRIDGE_URL": address, "FOOTBRIDGE_PROJECT": str(folder), "FOOTBRIDGE_BIN": binary}
