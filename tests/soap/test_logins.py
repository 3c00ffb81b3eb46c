"""Callers whom a SOAP service knows: spyne, behind a door that can be shut."""

import base64
import http.cookiejar
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest
import urllib.parse
import urllib.request
import uuid
from contextlib import contextmanager
from pathlib import Path

import pyamf
from pyamf import remoting
from pyamf.flex import messaging
from pyamf.remoting.client import RemotingService

import calls  # noqa: F401 (finds the modules of the other clients)
from gateway import VERSIONS, message_to

FOOTBRIDGE = os.environ["FOOTBRIDGE_BIN"]
SPYNE = os.environ["FOOTBRIDGE_SPYNE_URL"]
PROJECT = Path(__file__).parent / "logins"

# How each operation of the service says whom it knows.
WAYS = {
    "a fault": """soap: authenticate
    body: {name: =name, password}
    identity: {id: =reply.body.number, name: =name, roles: =reply.body.roles}
""",
    "a good answer": """soap: judge
    body: {name: =name, password}
    require: reply.body.ok
    identity: {id: =name, name: =name, roles: =reply.body.roles}
""",
    "nothing": """soap: find
    body: {name: =name, password}
    identity: {id: =reply.body.number, name: =name, roles: =reply.body.roles}
""",
}
SERVICES = {"1.1": "members-one", "1.2": "members-two"}


class Door:
    """Passes bytes on to a server, while it is open."""

    def __init__(self, url: str):
        parts = urllib.parse.urlsplit(url)
        self.behind = (parts.hostname, parts.port)
        self.inside = set()
        self.listener = None
        self.port = 0
        self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen()
        self.port = listener.getsockname()[1]
        self.listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def shut(self) -> None:
        """Nobody comes in any more, and who is inside is thrown out."""
        # A thread that waits in `accept` keeps the socket: it is woken first.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for one in list(self.inside):
            self._end(one)

    def _accept(self, listener) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.behind)
            self.inside |= {client, server}
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self._pass, args=(source, target), daemon=True).start()

    def _pass(self, source, target) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for one in (source, target):
            self._end(one)

    def _end(self, one) -> None:
        self.inside.discard(one)
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        one.close()


@contextmanager
def gateway(way: str, service: str = "members-one"):
    """A gateway over the project; yields its address, and the door of the service."""
    door = Door(SPYNE)
    with tempfile.TemporaryDirectory(prefix="footbridge-tests-") as folder:
        shutil.copytree(PROJECT, folder, dirs_exist_ok=True)
        file = Path(folder) / "mappings" / "gateway.yaml"
        text = file.read_text().replace("http://members.test", f"{door.url}/{service}")
        file.write_text(f"{text}    {WAYS[way]}")
        command = [FOOTBRIDGE, "serve", folder, "--listen", "127.0.0.1:0"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            line = next(line for line in process.stdout if "listening on http://" in line)
            # Nobody has to read what comes after it: there is none on this pipe but at the end.
            yield "http://" + line.split("listening on http://")[1].split()[0].rstrip("/"), door
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()
            door.shut()


class Client:
    """A client with cookies, that says who it is by setCredentials."""

    def __init__(self, url: str, name: str, password: str, version: int = pyamf.AMF3):
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        opener = urllib.request.build_opener(jar).open
        self.service = RemotingService(f"{url}/gateway", amf_version=version, strict=True, opener=opener)
        self.service.setCredentials(name, password)

    def call(self, operation: str):
        """What a call of club.Account gives: its value, or the code of its fault."""
        request = self.service.addRequest(f"club.Account.{operation}")
        answer = self.service.execute_single(request)
        return answer.body.code if answer.status == remoting.STATUS_ERROR else answer.body


class Channel:
    """An AMFChannel without cookies."""

    def __init__(self, url: str):
        self.service = RemotingService(f"{url}/messagebroker/amf", amf_version=pyamf.AMF3, strict=True)
        self.id = "nil"

    def send(self, message):
        message.headers["DSId"] = self.id
        answer = self.service.execute_single(self.service.addRequest("null", message)).body
        self.id = answer.headers["DSId"] if self.id == "nil" else self.id
        return answer.faultCode if isinstance(answer, messaging.ErrorMessage) else answer.body

    def command(self, operation: int, body=None):
        return self.send(messaging.CommandMessage(
            operation=operation, destination="", body=body, headers={}, messageId=str(uuid.uuid4()).upper(),
            correlationId="", clientId=None, timestamp=0, timeToLive=0,
        ))

    def login(self, name: str, password: str):
        said = base64.b64encode(f"{name}:{password}".encode()).decode()
        return self.command(messaging.CommandMessage.LOGIN_OPERATION, said)


class Logins(unittest.TestCase):
    maxDiff = None

    def test_the_right_password_and_wrong_ones(self):
        for soap, service in SERVICES.items():
            for way in WAYS:
                with self.subTest(way, soap=soap), gateway(way, service) as (url, _):
                    number = "ann" if "good answer" in way else 7
                    for version in VERSIONS.values():
                        ann = Client(url, "ann", "open sesame", version)
                        self.assertEqual({"id": number, "name": "ann", "roles": ["member", "staff"]}, dict(ann.call("who")))
                        self.assertEqual("behind the bar", ann.call("staff"))
                        bob = Client(url, "bob", "pa\u00df", version)
                        self.assertEqual("Client.Authorization", bob.call("staff"))
                        for name, password in (("ann", "open barley"), ("ann", ""), ("nobody", "open sesame"), ("<&'\"", "]]>")):
                            stranger = Client(url, name, password, version)
                            self.assertEqual("Client.Authentication", stranger.call("open"), name)

    def test_flex_logs_in_and_out(self):
        with gateway("a fault") as (url, _):
            channel = Channel(url)
            channel.command(messaging.CommandMessage.PING_OPERATION)
            self.assertEqual("Client.Authentication", channel.login("bob", "guess"))
            self.assertEqual("success", channel.login("ann", "open sesame"))
            self.assertEqual(7, dict(channel.send(message_to("club.Account", "who")))["id"])
            self.assertEqual("success", channel.command(messaging.CommandMessage.LOGOUT_OPERATION))
            self.assertEqual("Client.Authentication", channel.send(message_to("club.Account", "who")))

    def test_a_service_that_fails_has_refused_nobody(self):
        for soap, service in SERVICES.items():
            with self.subTest(soap), gateway("a fault", service) as (url, _):
                for version in VERSIONS.values():
                    code = Client(url, "crash", "open sesame", version).call("open")
                    self.assertTrue(code.startswith("Server."), code)

    def test_a_service_that_is_away_is_told_and_nobody_has_guessed(self):
        for way in WAYS:
            with self.subTest(way), gateway(way) as (url, door):
                self.assertEqual("Client.Authentication", Client(url, "bob", "guess").call("open"))
                door.shut()
                # More often than anybody may guess in a minute.
                for _ in range(15):
                    self.assertEqual("Server.Unavailable", Client(url, "bob", "pa\u00df").call("open"))
                door.open()
                self.assertEqual("bob", dict(Client(url, "bob", "pa\u00df").call("who"))["name"])

    def test_guesses_are_counted(self):
        with gateway("a fault") as (url, _):
            codes = [Client(url, "ann", f"guess {at}").call("open") for at in range(11)]
            self.assertEqual(["Client.Authentication"] * 10 + ["Client.TooManyCalls"], codes)


if __name__ == "__main__":
    unittest.main()
