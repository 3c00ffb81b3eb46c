"""Gateways whose calls are traced, a collector for their spans, and services that keep what they are told of traces."""

import json
import shutil
import socket
from contextlib import ExitStack, contextmanager
from pathlib import Path

from . import packages, servers
from .machine import ROOT

TRACES = ROOT / "tests" / "traces"
HERE, NOBODY = "127.0.0.0/8", "192.0.2.1"


@contextmanager
def gateways(binary: str):
    """A collector, a service, and gateways that differ in whom they believe and where their spans go; yields what the tests find."""
    python = packages.python_environment()
    with ExitStack() as stack:
        collector = stack.enter_context(servers.listening("collector", [python, "-B", TRACES / "servers" / "collector.py"]))
        service = stack.enter_context(servers.listening("service", [python, "-B", TRACES / "servers" / "service.py"]))
        silent = stack.enter_context(mute())
        at = f"OTEL_EXPORTER_OTLP_ENDPOINT={collector}"
        soon, never = "OTEL_BSP_SCHEDULE_DELAY=100", "OTEL_BSP_SCHEDULE_DELAY=3600000"
        nodes = {
            "believing": (HERE, [at, soon, "OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=test"]),
            "suspicious": (NOBODY, [at, soon, "OTEL_SERVICE_NAME=suspicious"]),
            # What it has to tell waits until it ends.
            "waiting": (NOBODY, [at, never, "OTEL_SERVICE_NAME=waiting"]),
            "sampling": (HERE, [at, soon, "OTEL_SERVICE_NAME=sampling", "OTEL_TRACES_SAMPLER=parentbased_always_off"]),
            "disabled": (HERE, [at, soon, "OTEL_SERVICE_NAME=disabled", "OTEL_SDK_DISABLED=true"]),
            "unheard": (HERE, [f"OTEL_EXPORTER_OTLP_ENDPOINT={silent}", "OTEL_BSP_SCHEDULE_DELAY=10", "OTEL_BSP_MAX_QUEUE_SIZE=20"]),
            "refused": (HERE, [f"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{servers.free_port()}", "OTEL_BSP_SCHEDULE_DELAY=10"]),
        }
        found = {}
        for name, (peers, environment) in nodes.items():
            address, folder, process = stack.enter_context(node(binary, name, peers, service, environment))
            found[name] = {"url": address, "folder": str(folder), "pid": process.pid, "log": str(servers.log_path(f"gateway-{name}"))}
        yield {
            "FOOTBRIDGE_URL": found["believing"]["url"], "FOOTBRIDGE_NODES": json.dumps(found),
            "FOOTBRIDGE_COLLECTOR": collector, "FOOTBRIDGE_SERVICE": service, "FOOTBRIDGE_BIN": binary,
        }


@contextmanager
def node(binary: str, name: str, peers: str, service: str, environment: list[str]):
    """One gateway; yields its address, its project and its process."""
    with servers.temporary_folder() as folder:
        shutil.copytree(TRACES / "project", folder, dirs_exist_ok=True)
        (Path(folder) / "wsdl").mkdir()
        shutil.copy(ROOT / "wsdl" / "rates.wsdl", Path(folder) / "wsdl")
        for file in Path(folder).glob("mappings/*.yaml"):
            file.write_text(file.read_text().replace("PEERS", peers).replace("SERVICE", service))
        command = ["env", "AWAY_PASSWORD=hush-hush", *environment, binary, "serve", str(folder), "--listen", "127.0.0.1:0", "--no-watch"]
        with servers.serving(f"gateway-{name}", command) as (address, process):
            yield address, folder, process


@contextmanager
def mute():
    """A collector that takes connections and never answers; yields its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
