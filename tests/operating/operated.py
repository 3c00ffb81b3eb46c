"""A project in a folder of its own, the command, and a gateway of it that is looked after from outside."""

import http.client
import http.server
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

BINARY = os.environ["FOOTBRIDGE_BIN"]
SECONDS = 30.0
GATEWAY = """gateway: operated
listen: [{http: "127.0.0.1:0"}]
admin: 127.0.0.1:0
paths: {/gateway: auto, /api: json}
defaults: {roles: public}
"""
WORDS = """service: operated.Words
operations:
  word: {value: before}
  slow: {value: late, delay: 3s}
"""


def footbridge(*arguments, folder: Path, env: dict | None = None, text: str = "") -> subprocess.CompletedProcess:
    """Runs the command to its end."""
    return subprocess.run(
        [BINARY, *map(str, arguments)], cwd=folder, env={**os.environ, **(env or {})}, input=text, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
    )


class Gateway:
    """`footbridge serve` in a project folder, and all that it says."""

    def __init__(self, folder: Path, *arguments, env: dict | None = None):
        self.process = subprocess.Popen(
            [BINARY, "serve", *map(str, arguments)], cwd=folder, env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        self.said: list[str] = []
        self.logged: list[str] = []
        self.news = threading.Condition()
        self.readers = [
            threading.Thread(target=self._read, args=(pipe, lines), daemon=True)
            for pipe, lines in ((self.process.stdout, self.said), (self.process.stderr, self.logged))
        ]
        for reader in self.readers:
            reader.start()
        self.url = self.line("listening on ").split("listening on ")[1]
        self.admin = self.line("health and metrics on ").split("http://")[1]

    def _read(self, pipe, lines: list[str]) -> None:
        for line in pipe:
            with self.news:
                lines.append(line.rstrip("\n"))
                self.news.notify_all()

    def line(self, text: str, after: int = 0, logged: bool = False) -> str:
        """Waits for a line with this text among those that come after the first few."""
        lines = self.logged if logged else self.said

        def found():
            return next((line for line in lines[after:] if text in line), None)

        with self.news:
            if not self.news.wait_for(lambda: found() or self.process.poll() is not None, SECONDS) or not found():
                raise AssertionError(f"no `{text}` in what it said:\n" + "\n".join(self.said + self.logged))
            return found()

    def changed(self, how) -> str:
        """Does something that has the mappings read again; what the gateway says of it."""
        before = len(self.said)
        how()
        return self.line("mappings", before)

    def hang_up(self) -> str:
        return self.changed(lambda: self.process.send_signal(signal.SIGHUP))

    def stopped(self) -> int:
        """Waits for its end; its exit code."""
        code = self.process.wait(SECONDS)
        for reader in self.readers:
            reader.join(SECONDS)
        return code

    def end(self) -> None:
        with self.process:
            self.process.kill()
        for reader in self.readers:
            reader.join(SECONDS)

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.url.split("//")[1], timeout=SECONDS)

    def call(self, operation: str, **named):
        """Calls by the JSON face; the value, or the problem."""
        service, name = operation.rsplit(".", 1)
        connection = self.connection()
        connection.request("POST", f"/api/{service}/{name}", json.dumps(named), {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def asked(self, path: str) -> tuple[int, str]:
        """What the admin listener answers."""
        connection = http.client.HTTPConnection(self.admin, timeout=SECONDS)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body


def until(ready, seconds: float = SECONDS):
    """Asks until the answer is one; that answer."""
    deadline = time.monotonic() + seconds
    while not (answer := ready()):
        if time.monotonic() > deadline:
            raise AssertionError(f"never: {ready}")
        time.sleep(0.02)
    return answer


class Case(unittest.TestCase):
    """Has a project folder."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="footbridge-tests-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.write("mappings/gateway.yaml", GATEWAY)
        self.write("mappings/words.yaml", WORDS)

    def write(self, name: str, text: str) -> Path:
        """A file of the project, put there in one piece as a deployment does."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        new.write_text(text)
        return new.rename(path)

    def serve(self, *arguments, env: dict | None = None) -> Gateway:
        gateway = Gateway(self.folder, *arguments, env=env)
        self.addCleanup(gateway.end)
        return gateway

    def run_footbridge(self, *arguments, **options) -> subprocess.CompletedProcess:
        return footbridge(*arguments, folder=self.folder, **options)


class Backend(http.server.ThreadingHTTPServer):
    """A service that answers each request by `answer`, and keeps the requests: (path, headers, body)."""

    daemon_threads = True

    def __init__(self, answer: bytes = b"{}", kind: str = "application/json", status: int = 200):
        requests = self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                requests.append((self.path, dict(self.headers), body))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self) -> None:
        self.shutdown()
        self.server_close()
