"""A gateway for a long run, and backends that can be taken away from it and given back."""

import http.server
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from . import packages, servers
from .machine import ROOT, program

SOAK = ROOT / "tests" / "soak"
SOAP = ROOT / "tests" / "soap"
ITEMS = b'[{"id": 1, "name": "nut"}, {"id": 2, "name": "bolt"}]'


class Relay:
    """A port that leads to another one, until it is taken away: then connections break, and new ones are refused."""

    def __init__(self, port: int):
        self.target = port
        self.port = servers.free_port()
        self.open = set()
        self.listener = None
        self.up()

    def up(self) -> None:
        if self.listener is None:
            self.listener = socket.create_server(("127.0.0.1", self.port), backlog=512, reuse_port=False)
            threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def down(self) -> None:
        listener, self.listener = self.listener, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                if self.listener is not listener:
                    return
                continue
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self._copy, args=(one, other), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        self.open.add(source)
        try:
            while data := source.recv(1 << 16):
                target.sendall(data)
        except OSError:
            pass
        finally:
            self.open.discard(source)
            for one in (source, target):
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            source.close()


class Items(http.server.BaseHTTPRequestHandler):
    """A service that has two items."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(ITEMS)))
        self.end_headers()
        self.wfile.write(ITEMS)

    def log_message(self, *_):
        pass


def late(seconds: float):
    """The same, after a while."""

    class Late(Items):
        def do_GET(self):
            time.sleep(seconds)
            super().do_GET()

    return Late


class Server(http.server.ThreadingHTTPServer):
    """Says nothing of callers that are gone: that is what dying backends are for."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def answering(handler):
    """An HTTP server of this process; yields its port."""
    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def switches(relays: dict):
    """Takes relays away and gives them back: GET /down/NAME, /up/NAME."""

    class Switches(Items):
        def do_GET(self):
            _, word, name = self.path.split("/")
            (relays[name].down if word == "down" else relays[name].up)()
            super().do_GET()

    return Switches


@contextmanager
def gateway(binary: str, postgres: str, settings: Path = SOAK / "project/mappings/gateway.yaml", delay: float = 0.0):
    """The gateway and its backends, of which the service answers after a while; yields what the run finds in its environment."""
    with ExitStack() as stack:
        database = int(postgres.rsplit(":", 1)[1].split("/")[0])
        packages.node_modules()
        shop = stack.enter_context(servers.listening("node", [program("node"), SOAP / "servers" / "node_server.mjs"]))
        relays = {
            "remote": Relay(database), "service": Relay(stack.enter_context(answering(late(delay)))),
            "shop": Relay(int(shop.rsplit(":", 1)[1])),
        }
        switch = stack.enter_context(answering(switches(relays)))
        folder = Path(stack.enter_context(servers.temporary_folder()))
        shutil.copytree(SOAK / "project", folder, dirs_exist_ok=True)
        (folder / "wsdl").mkdir()
        shutil.copy(SOAP / "project" / "wsdl" / "shop.wsdl", folder / "wsdl")
        add = [binary, "user", "add", "ann", "--file", folder / "users"]
        subprocess.run(add, input="open sesame\n", text=True, check=True, capture_output=True)
        (folder / "key").write_text("a key for the time of one run only")
        admin = servers.free_port()
        text = settings.read_text()
        for word, value in (
            ("ADMIN", admin), ("POSTGRES", postgres.replace(f":{database}/", f":{relays['remote'].port}/")),
            ("SERVICE", relays["service"].port), ("SHOP", relays["shop"].port),
        ):
            text = text.replace(word, str(value))
        (folder / "mappings" / "gateway.yaml").write_text(text)
        command = ["env", "FOOTBRIDGE_LOG=error,audit=off", binary, "serve", folder, "--listen", "127.0.0.1:0", "--no-watch"]
        address, process = stack.enter_context(servers.serving("gateway", command))
        yield {
            "FOOTBRIDGE_URL": address, "FOOTBRIDGE_ADMIN": f"http://127.0.0.1:{admin}",
            "FOOTBRIDGE_PROCESS": str(process.pid), "FOOTBRIDGE_SWITCH": f"http://127.0.0.1:{switch}",
        }
