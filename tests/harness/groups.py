"""The groups of tests: what each one starts, and the commands that it runs."""

import json
import os
import subprocess
from contextlib import ExitStack

from . import members, packages, packaging, rest, servers, several, soak, soap, traces
from .machine import ROOT, Missing, chromium, provide
from .suite import Tally, run_suite, say

ORDER = ["rust", "databases", "operating", "clients", "soap", "rest", "traces", "several", "packaging", "soak", "browser", "royale"]
FEATURE = "databases"
# A build from nothing is the most of it.
CARGO_MINUTES = 25


class Footbridge:
    """The command: FOOTBRIDGE_BIN, or built once. Tests that are built in the same run bring it with them; built by
    itself it would need some packages with other features, and so once more."""

    ALONE = ["cargo", "build", "--locked", "-p", "footbridge"]

    def __init__(self) -> None:
        self.path = os.environ.get("FOOTBRIDGE_BIN")
        self.is_whole = self.path is not None

    def whole(self) -> str:
        """The command with the features that it has not by itself: `x509` signs envelopes, `opentelemetry` tells traces. The same as the
        other where that was given, and from now on."""
        if not self.is_whole:
            self.path, self.is_whole = None, True
        return self.built([*self.ALONE, "--features", "x509,opentelemetry"])

    def built(self, command: list[str] = ALONE) -> str:
        if self.path is None:
            say(" ".join(command))
            done = subprocess.run(
                [*command, "--message-format=json-render-diagnostics"],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            )
            messages = map(json.loads, done.stdout.splitlines())
            self.path = next(filter(None, map(executable, messages)), None)
        if self.path is None:
            raise Missing("the footbridge command does not build")
        return self.path


def executable(message: dict) -> str | None:
    """The command, where a message of cargo is about it (and not about its unit tests)."""
    target = message.get("target", {})
    if target.get("name") == "footbridge" and target["kind"] == ["bin"] and not message["profile"]["test"]:
        return message["executable"]
    return None


def run(names: list[str], tally: Tally, *, install: bool, stop_early: bool) -> None:
    """Runs these groups one after another."""
    provide(names, install, say)
    footbridge = Footbridge()
    for name, start in (
        ("cargo tests", cargo_tests), ("operating", operating), ("clients", clients), ("soap", soap_servers), ("rest", rest_services),
        ("traces", traced), ("several", several_gateways), ("packaging", installed), ("soak", soaked), ("browser", browser),
        ("royale", royale),
    ):
        if name in names or (start is cargo_tests and {"rust", "databases"} & set(names)):
            try:
                good = start(names, footbridge, tally)
            except Missing as missing:
                # The others say what they have to say all the same.
                say(f"cannot run {name}: {missing}")
                tally.failed += 1
                good = False
            if stop_early and not good:
                return


def cargo_tests(names: list[str], footbridge: Footbridge, tally: Tally) -> bool:
    """Groups `rust` and `databases`. Together they are one build, for the feature would make every crate anew."""
    cargo = ["cargo", "test", "--locked", "--no-fail-fast"]
    if "databases" not in names:
        command = [*cargo, "--workspace"]
        env = {"FOOTBRIDGE_BIN": footbridge.built([*command, "--no-run"])}
        return run_suite("rust", command, tally, env=env, minutes=CARGO_MINUTES)
    members = with_feature()
    features = f"--features={','.join(f'{member}/{FEATURE}' for member in members)}"
    if "rust" in names:
        name, chosen = "rust and databases", ["--workspace"]
    else:
        name, chosen = "databases", [word for member in members for word in ("-p", member)]
    command = [*cargo, *chosen, features]
    with ExitStack() as stack:
        env = {"FOOTBRIDGE_BIN": footbridge.built([*command, "-p", "footbridge", "--no-run"])}
        say("starting PostgreSQL and MariaDB")
        env["FOOTBRIDGE_TEST_POSTGRES"] = stack.enter_context(servers.postgres())
        env["FOOTBRIDGE_TEST_MARIADB"] = stack.enter_context(servers.mariadb())
        return run_suite(name, command, tally, env=env, minutes=CARGO_MINUTES)


def clients(_names: list[str], footbridge: Footbridge, tally: Tally) -> bool:
    """Libraries that speak AMF, against gateways of their own each."""
    python = packages.python_environment()
    packages.node_modules()
    here = packages.CLIENTS
    good = True
    for name, command, cwd in (
        ("py3amf", [str(python), "-B", "run.py"], here / "python"),
        ("amfjs", ["node", "--test", "--test-reporter=spec", "node/"], here),
    ):
        with servers.gateway(footbridge.built()) as address, members.gateway(footbridge.built()) as closed:
            env = {"FOOTBRIDGE_URL": address, "FOOTBRIDGE_MEMBERS_URL": closed}
            good &= run_suite(name, command, tally, cwd=cwd, env=env)
    return good


def soap_servers(_names: list[str], footbridge: Footbridge, tally: Tally) -> bool:
    """Py3AMF calls SOAP servers through a gateway; what is sent is judged by xmllint, and by what other clients send."""
    python = packages.python_environment()
    judge = ["python3", "-B", "bridge/soap/tests/xmllint.py"]
    good = run_suite("xmllint", judge, tally)
    # The signatures that are verified here are those that the engine makes.
    signed = ["cargo", "test", "--locked", "-p", "footbridge-soap", "--features", "x509", "signed"]
    good &= run_suite("x509", signed, tally, minutes=CARGO_MINUTES)
    with soap.gateway(footbridge.whole()) as env:
        command = [str(python), "-B", "run.py"]
        return good & run_suite("soap", command, tally, cwd=soap.SOAP, env=env)


def rest_services(_names: list[str], footbridge: Footbridge, tally: Tally) -> bool:
    """Py3AMF calls HTTP services through a gateway."""
    python = packages.python_environment()
    with rest.gateway(footbridge.built()) as env:
        command = [str(python), "-B", "run.py"]
        return run_suite("rest", command, tally, cwd=rest.REST, env=env)


def traced(_names: list[str], footbridge: Footbridge, tally: Tally) -> bool:
    """Py3AMF calls gateways whose spans go to a collector, which reads them by OpenTelemetry's own schema."""
    python = packages.python_environment()
    with traces.gateways(footbridge.whole()) as env:
        command = [str(python), "-B", "run.py"]
        return run_suite("traces", command, tally, cwd=traces.TRACES, env=env)


def several_gateways(_names: list[str], footbridge: Footbridge, tally: Tally) -> bool:
    """Py3AMF calls gateways that share their sessions, behind nginx and HAProxy, while some of them end."""
    python = packages.python_environment()
    good = True
    command = [str(python), "-B", "run.py"]
    for kind, server in (("postgres", servers.postgres), ("mysql", servers.mariadb)):
        with server() as database, several.gateways(footbridge.built(), kind, database) as env:
            good &= run_suite(f"several {kind}", command, tally, cwd=several.SEVERAL, env=env)
    return good


def operating(_names: list[str], footbridge: Footbridge, tally: Tally) -> bool:
    """Gateways that are started, told to read their files again, asked for their health, and stopped."""
    env = {"FOOTBRIDGE_BIN": footbridge.built()}
    return run_suite("operating", ["python3", "-B", "run.py"], tally, cwd=ROOT / "tests" / "operating", env=env, minutes=10)


def installed(_names: list[str], footbridge: Footbridge, tally: Tally) -> bool:
    """The Debian package and the container's image: made, installed, run as unit and image say."""
    with packaging.packages(footbridge.built()) as env:
        return run_suite("packaging", ["python3", "-B", "run.py"], tally, cwd=packaging.PACKAGING, env=env, minutes=15)


def soaked(_names: list[str], footbridge: Footbridge, tally: Tally) -> bool:
    """Full load for a minute, or for FOOTBRIDGE_SOAK_SECONDS, while backends die and return; then ten times what can be done."""
    seconds = float(os.environ.get("FOOTBRIDGE_SOAK_SECONDS", "60"))
    with servers.postgres() as database, soak.gateway(footbridge.built(), database) as env:
        good = run_suite("soak", ["python3", "-B", "run.py"], tally, cwd=soak.SOAK, env=env, minutes=seconds / 60 + 12)
    settings = soak.SOAK / "overload.yaml"
    with servers.postgres() as database, soak.gateway(footbridge.built(), database, settings, delay=0.2) as env:
        return run_suite("overload", ["python3", "-B", "overload.py"], tally, cwd=soak.SOAK, env=env) and good


def browser(_names: list[str], footbridge: Footbridge, tally: Tally) -> bool:
    """Ruffle in Chromium plays movies of ActionScript 3 and 2."""
    good = staged("ruffle", ["node", "ruffle/run.mjs"], footbridge, tally)
    env = {"FOOTBRIDGE_AVM1": str(packages.avm1_compiler())}
    return staged("avm1", ["node", "avm1/run.mjs"], footbridge, tally, env) and good


def royale(_names: list[str], footbridge: Footbridge, tally: Tally) -> bool:
    """An application of Apache Royale in Chromium."""
    packages.node_modules(packages.CLIENTS / "royale")
    return staged("royale", ["node", "royale/run.mjs"], footbridge, tally)


def staged(name: str, command: list[str], footbridge: Footbridge, tally: Tally, more: dict | None = None) -> bool:
    """Plays an application in a browser, against gateways that are open to its page."""
    packages.node_modules()
    page = servers.free_port()
    origin = f"http://127.0.0.1:{page}"
    binary = footbridge.built()
    with servers.gateway(binary, origin) as address, members.gateway(binary, origin) as closed:
        env = {
            "FOOTBRIDGE_URL": address, "FOOTBRIDGE_MEMBERS_URL": closed, "FOOTBRIDGE_PAGE_PORT": str(page),
            "FOOTBRIDGE_CHROMIUM": chromium(), **(more or {}),
        }
        return run_suite(name, command, tally, cwd=packages.CLIENTS, env=env, minutes=10)


def with_feature() -> list[str]:
    """The packages with tests that need the servers."""
    done = subprocess.run(
        ["cargo", "metadata", "--locked", "--no-deps", "--format-version=1"],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True,
    )
    return [package["name"] for package in json.loads(done.stdout)["packages"] if FEATURE in package["features"]]
