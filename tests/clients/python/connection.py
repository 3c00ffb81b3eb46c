"""A NetConnection as NetServices drives it: headers that stay, an address that the server may change, several calls a packet.

Py3AMF writes the packets and reads the values. The envelope around answers is read here: Py3AMF keeps one body for each call, and a call
that is debugged has two.
"""

import http.cookiejar
import urllib.request

import pyamf
from pyamf import remoting, util


class NetConnection:
    """What ActionScript's connection and its client do with an answer. Py3AMF writes and reads the packets."""

    def __init__(self, url: str, version: int = pyamf.AMF0, cookies: bool = True):
        self.first_url = self.url = url
        self.version = version
        self.headers: dict[str, tuple[bool, object]] = {}
        handlers = [urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())] if cookies else []
        self.opener = urllib.request.build_opener(*handlers)
        self.debug_events: list = []

    def add_header(self, name: str, must_understand: bool, value) -> None:
        self.headers[name] = (must_understand, value)

    def set_credentials(self, user: str, password: str) -> None:
        self.add_header("Credentials", False, {"userid": user, "password": password})

    def call(self, target: str, *arguments):
        """One call in a packet: `(outcome, value)`."""
        return self.calls((target, list(arguments)))[0]

    def calls(self, *calls) -> list:
        """Calls in one packet, each a target and its arguments, or `null` and a Flex message."""
        packet = remoting.Envelope(self.version)
        for name, (must_understand, value) in self.headers.items():
            packet.headers[name] = value
            packet.headers.set_required(name, must_understand)
        for number, (target, arguments) in enumerate(calls, 1):
            packet[f"/{number}"] = remoting.Request(target, body=arguments)
        request = urllib.request.Request(
            self.url, remoting.encode(packet, strict=True).getvalue(), {"Content-Type": "application/x-amf"}
        )
        with self.opener.open(request) as answer:
            headers, bodies = read(answer.read(), self.version)
        for name, value in headers:
            self.heard(name, value)
        answers = {}
        for target, value in bodies:
            name, _, outcome = target.rpartition("/")
            if outcome == "onDebugEvents":
                [events] = value
                self.debug_events.extend(events)
            else:
                answers[name] = (outcome, value)
        return [answers[f"/{number}"] for number in range(1, len(calls) + 1)]

    def heard(self, name: str, value) -> None:
        """A header of an answer: a method of the connection's client."""
        if name == "AppendToGatewayUrl":
            self.url = self.first_url + value
        elif name == "ReplaceGatewayUrl":
            self.first_url = self.url = value
        elif name == "RequestPersistentHeader":
            self.add_header(value["name"], value["mustUnderstand"], value["data"])
        else:
            raise AssertionError(f"NetServices has no method {name}")


def read(packet: bytes, version: int):
    """Headers and bodies of an answer, each a name and a value; lengths must be true, and nothing may trail."""
    stream = util.BufferedByteStream(packet)

    def text() -> str:
        return stream.read_utf8_string(stream.read_ushort())

    def value():
        end = stream.read_ulong() + stream.tell()
        read = pyamf.get_decoder(pyamf.AMF0, stream, strict=True).readElement()
        assert stream.tell() == end, "a length is wrong"
        return read

    assert stream.read_ushort() == version
    headers = []
    for _ in range(stream.read_ushort()):
        name = text()
        stream.read_uchar()
        headers.append((name, value()))
    bodies = []
    for _ in range(stream.read_ushort()):
        target = text()
        assert text() == "null"
        bodies.append((target, value()))
    assert stream.at_eof(), "bytes behind the last body"
    return headers, bodies
