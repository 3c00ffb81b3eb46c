"""A gateway that knows its callers: a project with sessions, logins and roles."""

import shutil
import subprocess
from contextlib import contextmanager

from . import packages, servers

# Name: roles. The password is the name, backwards; tests that guess wrong do it as somebody of their own, for guesses are counted.
USERS = {"ann": "member,staff", "ben": "member", "cleo": "member", "żaneta": "member"}


@contextmanager
def gateway(binary: str, origin: str | None = None):
    """A gateway over the project, open to pages of this origin; yields its address."""
    with servers.temporary_folder() as folder:
        shutil.copytree(packages.CLIENTS / "members", folder, dirs_exist_ok=True)
        if origin:
            servers.open_to(origin, folder)
            feed = folder / "mappings" / "feed.yaml"
            feed.write_text(feed.read_text().replace("http://page.test", origin))
        add_users(binary, folder)
        with servers.listening("gateway", [binary, "serve", str(folder), "--listen", "127.0.0.1:0"]) as address:
            yield address


def add_users(binary: str, folder) -> None:
    """Writes the users into the project of a folder."""
    for name, roles in USERS.items():
        subprocess.run(
            [binary, "user", "add", name, "--roles", roles, "--file", str(folder / "users")],
            input=f"{name[::-1]}\n", text=True, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
