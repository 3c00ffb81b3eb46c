"""What else than classic calls goes to the gateway: messages of Flex under their DSId, JSON with a name and a password, record sets."""

import base64
import json
import re
import struct

COMMAND, REMOTING = "flex.messaging.messages.CommandMessage", "flex.messaging.messages.RemotingMessage"
PING, LOGOUT = 5, 9


def message(kind: str, ds_id: str, **members) -> bytes:
    """A packet of one Flex message, AMF3 in a body of AMF0 as channels send it (AMF3 §3.12: an object whose members are all named
    with it)."""
    members = {
        "messageId": "6F2B6C34-3A5E-4B0A-9C57-0D6B0A3C1F42", "clientId": None, "timestamp": 0, "timeToLive": 0,
        "headers": {"DSId": ds_id, "DSEndpoint": "my-amf"}, **members,
    }
    body = b"\x0a" + u29(len(members) << 4 | 3) + name(kind)
    body += b"".join(map(name, members)) + b"".join(map(value, members.values()))
    body = b"\x0a\0\0\0\x01\x11" + body
    return struct.pack(">HHH", 3, 0, 1) + b"\0\x04null\0\x02/1" + struct.pack(">I", len(body)) + body


def u29(number: int) -> bytes:
    """An unsigned integer of up to 21 bits (AMF3 §1.3.1)."""
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.insert(0, number & 0x7F | 0x80)
    return bytes(groups)


def name(text: str) -> bytes:
    """A text, never as a reference."""
    return u29(len(text.encode()) << 1 | 1) + text.encode()


def value(of) -> bytes:
    """Null, a whole number, a text, a list, or an object without a class."""
    if of is None:
        return b"\x01"
    if isinstance(of, int):
        return b"\x04" + u29(of)
    if isinstance(of, str):
        return b"\x06" + name(of)
    if isinstance(of, list):
        return b"\x09" + u29(len(of) << 1 | 1) + b"\x01" + b"".join(map(value, of))
    return b"\x0a\x0b\x01" + b"".join(name(key) + value(one) for key, one in of.items()) + b"\x01"


def ds_id(answer: bytes) -> str | None:
    """The identifier that a ping was given: an `A` of `DSId` and the text behind it, which is shorter than 64 bytes or has two
    bytes of length."""
    at = answer.find(b"DSId\x06")
    if at < 0:
        return None
    found = re.match(rb"[\x80-\x83]?[\x00-\x7f]([0-9A-Fa-f-]{36}[\w.+/=-]*)", answer[at + 5 :])
    return found and found[1].decode()


def record_set(answer: bytes) -> tuple[str, str] | None:
    """The service and the id of a record set in AMF0, whose further rows can be asked for."""
    found = [re.search(rb"\0." + key + rb"\x02(..)", answer, re.S) for key in (b"serviceName", b"id")]
    if None in found:
        return None
    texts = []
    for one in found:
        (length,) = struct.unpack(">H", one[1])
        texts.append(answer[one.end() : one.end() + length].decode())
    return texts[0], texts[1]


def asked(operation: str, arguments: list, user: str | None = None, password: str = "") -> tuple[str, bytes, dict]:
    """Path, body and headers of a call by JSON."""
    headers = {"Content-Type": "application/json"}
    if user is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    return f"/api/soak.Work/{operation}", json.dumps(arguments).encode(), headers
