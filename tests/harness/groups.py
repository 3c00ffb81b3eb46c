"""The groups of tests: what each one starts, and the commands that it runs."""

import json
import os
import subprocess
from contextlib import ExitStack

from . import packages, servers
from .machine import ROOT, Missing, chromium, provide
from .suite import Tally, run_suite, say

ORDER = ["rust", "databases", "clients", "browser"]
FEATURE = "databases"


def run(names: list[str], tally: Tally, *, install: bool, stop_early: bool) -> None:
    """Runs these groups one after another."""
    provide(names, install, say)
    for name, start in (("cargo tests", cargo_tests), ("clients", clients), ("browser", browser)):
        if name in names or (start is cargo_tests and {"rust", "databases"} & set(names)):
            good = start(names, tally)
            if stop_early and not good:
                return


def cargo_tests(names: list[str], tally: Tally) -> bool:
    """Groups `rust` and `databases`. Together they are one build, for the feature would make every crate anew."""
    cargo = ["cargo", "test", "--locked", "--no-fail-fast"]
    if "databases" not in names:
        return run_suite("rust", [*cargo, "--workspace"], tally)
    with ExitStack() as stack:
        say("starting PostgreSQL and MariaDB")
        env = {
            "FOOTBRIDGE_TEST_POSTGRES": stack.enter_context(servers.postgres()),
            "FOOTBRIDGE_TEST_MARIADB": stack.enter_context(servers.mariadb()),
            "FOOTBRIDGE_BIN": footbridge(),
        }
        members = with_feature()
        if not members:
            raise Missing(f"no package of the workspace has the feature `{FEATURE}`")
        features = f"--features={','.join(f'{member}/{FEATURE}' for member in members)}"
        if "rust" in names:
            return run_suite("rust and databases", [*cargo, "--workspace", features], tally, env=env)
        chosen = [word for member in members for word in ("-p", member)]
        return run_suite("databases", [*cargo, *chosen, features], tally, env=env)


def clients(_names: list[str], tally: Tally) -> bool:
    """Libraries that speak AMF, against a gateway of their own each."""
    python = packages.python_environment()
    packages.node_modules()
    binary = footbridge()
    here = packages.CLIENTS
    good = True
    for name, command, cwd in (
        ("py3amf", [str(python), "-B", "run.py"], here / "python"),
        ("amfjs", ["node", "--test", "--test-reporter=spec", "node/"], here),
    ):
        with servers.gateway(binary) as address:
            good &= run_suite(name, command, tally, cwd=cwd, env={"FOOTBRIDGE_URL": address})
    return good


def browser(_names: list[str], tally: Tally) -> bool:
    """Ruffle in Chromium plays a SWF that calls the gateway, from a page of its own origin and from another."""
    packages.node_modules()
    page = servers.free_port()
    with servers.gateway(footbridge(), origin=f"http://127.0.0.1:{page}") as address:
        env = {"FOOTBRIDGE_URL": address, "FOOTBRIDGE_PAGE_PORT": str(page), "FOOTBRIDGE_CHROMIUM": chromium()}
        return run_suite("ruffle", ["node", "ruffle/run.mjs"], tally, cwd=packages.CLIENTS, env=env)


def footbridge() -> str:
    """Builds the command (or takes FOOTBRIDGE_BIN) and says where it is."""
    if given := os.environ.get("FOOTBRIDGE_BIN"):
        return given
    command = ["cargo", "build", "--locked", "-p", "footbridge", "--message-format=json-render-diagnostics"]
    say(" ".join(command))
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    for line in done.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "footbridge":
            return message["executable"]
    raise Missing("the footbridge command does not build")


def with_feature() -> list[str]:
    """The packages with tests that need the servers."""
    done = subprocess.run(
        ["cargo", "metadata", "--locked", "--no-deps", "--format-version=1"],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True,
    )
    return [package["name"] for package in json.loads(done.stdout)["packages"] if FEATURE in package["features"]]
