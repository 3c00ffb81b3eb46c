"""Clients that call all the while, each a process of its own, and what they saw."""

import http.client
import multiprocessing
import os
import random
import re
import struct
import time

import faces

URL = os.environ["FOOTBRIDGE_URL"].removeprefix("http://")
WORKERS = 24

CALLS = [
    ("value", []), ("rows", []), ("add", ["item 7"]), ("remoteRows", []), ("service", []), ("slow", []), ("broken", []),
    ("cached", [3.0]), ("cached", [4.0]), ("who", []), ("nothing", []), ("pay", ["4711"]), ("noStock", ["a1"]), ("both", ["item 3"]),
    ("first", ["key 1"]), ("first", ["key 2"]),
]


def packet(calls: list) -> bytes:
    """An AMF0 packet of classic calls; arguments are texts and numbers."""
    out = struct.pack(">HHH", 0, 0, len(calls))
    for number, (operation, arguments) in enumerate(calls, 1):
        target = operation if "." in operation else f"soak.Work.{operation}"
        target, answer = target.encode(), f"/{number}".encode()
        body = b"\x0a" + struct.pack(">I", len(arguments))
        for value in arguments:
            if isinstance(value, str):
                body += b"\x02" + struct.pack(">H", len(value.encode())) + value.encode()
            else:
                body += b"\x00" + struct.pack(">d", value)
        out += struct.pack(">H", len(target)) + target + struct.pack(">H", len(answer)) + answer
        out += struct.pack(">I", len(body)) + body
    return out


class Worker:
    """One client: connections that last for some packets, sessions that begin and end."""

    def __init__(self, seed: int):
        self.chance = random.Random(seed)
        self.connection = None
        self.cookie = None
        self.ds_id = "nil"
        self.counts = {"packets": 0, "calls": 0, "results": 0, "faults": 0, "flex": 0, "json": 0, "pages": 0}
        self.wrong = []

    def post(self, path: str, body: bytes, headers: dict) -> tuple[int, bytes] | None:
        """Status and body of an answer; none came where the connection broke."""
        if self.connection is None or self.chance.random() < 0.02:
            self.close()
            self.connection = http.client.HTTPConnection(URL, timeout=30)
        try:
            self.connection.request("POST", path, body, headers)
            answer = self.connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.wrong.append(f"{path}, {body[:80]!r}: {error!r}")
            self.close()
            return None
        if path == "/gateway" and (cookie := answer.headers.get("Set-Cookie")):
            self.cookie = cookie.split(";")[0]
        return answer.status, content

    def send(self, calls: list, body: bytes | None = None) -> bytes:
        headers = {"Content-Type": "application/x-amf"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        came = self.post("/gateway", body or packet(calls), headers)
        if came is None:
            return b""
        status, content = came
        self.counts["packets"] += 1
        if body is not None:
            if status not in (200, 400):
                self.wrong.append(f"rubbish: {status}")
            return content
        self.count(calls, status, content)
        return content

    def count(self, calls: list, status: int, content: bytes) -> None:
        """Each call has its result or its fault."""
        self.counts["calls"] += len(calls)
        answered = {int(number): kind for number, kind in re.findall(rb"\x00.?/(\d+)/on(Result|Status)", content)}
        self.counts["results"] += sum(kind == b"Result" for kind in answered.values())
        self.counts["faults"] += sum(kind == b"Status" for kind in answered.values())
        if status != 200 or set(answered) != set(range(1, len(calls) + 1)):
            self.wrong.append(f"{calls}: {status} {content[:200]!r}")

    def flex(self) -> None:
        """A channel without cookies: a ping, a login by an operation, calls under its DSId, at times a logout."""
        def send(kind: str, **members) -> bytes:
            body = faces.message(kind, self.ds_id, **members)
            came = self.post("/messagebroker/amf", body, {"Content-Type": "application/x-amf"})
            if came is None:
                return b""
            self.counts["flex"] += 1
            self.count([members], *came)
            return came[1]

        def call(operation: str, *arguments) -> bytes:
            return send(faces.REMOTING, operation=operation, destination="soak.Work", source=None, body=list(arguments))

        if self.ds_id == "nil":
            answer = send(faces.COMMAND, operation=faces.PING, body=None, correlationId="", destination="")
            self.ds_id = faces.ds_id(answer) or "nil"
            if answer and self.ds_id == "nil" and b"onResult" in answer:
                self.wrong.append(f"a ping without a DSId: {answer[:300]!r}")
            call("enter", f"channel {self.chance.randrange(50)}")
        for operation, *arguments in (["who"], ["long"], ["first", f"key {self.chance.randrange(20)}"], ["pay", "4712"]):
            call(operation, *arguments)
        if self.chance.random() < 0.2:
            send(faces.COMMAND, operation=faces.LOGOUT, body=None, correlationId="", destination="")

    def json(self) -> None:
        """Calls by JSON, of a stranger, of a user and of somebody who guesses."""
        guess = f"guess {self.chance.randrange(10)}"
        for path, body, headers in (
            faces.asked("rows", []), faces.asked("both", ["item 5"]), faces.asked("known", [], "ann", "open sesame"),
            faces.asked("known", [], "ann", guess), faces.asked("pay", ["4713"]),
        ):
            came = self.post(path, body, headers)
            if came is None:
                continue
            self.counts["json"] += 1
            self.counts["calls"] += 1
            self.counts["results" if came[0] == 200 else "faults"] += 1
            if came[0] not in (200, 401, 429, 500, 502, 503, 504):
                self.wrong.append(f"{path}: {came[0]} {came[1][:200]!r}")

    def pages(self) -> None:
        """A record set, and the rest of its rows; at times it is given back half read."""
        found = faces.record_set(self.send([("long", [])]))
        if found is None:
            return
        service, id = found
        for first in (11.0, 21.0, 31.0):
            self.counts["pages"] += 1
            self.send([(f"{service}.getRecords", [id, first, 10.0])])
            if self.chance.random() < 0.1:
                self.send([(f"{service}.release", [id])])
                return

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def work(self, until: float) -> None:
        while time.monotonic() < until and len(self.wrong) < 10:
            chance = self.chance.random()
            if chance < 0.03:
                self.send([("enter", [f"worker {self.chance.randrange(50)}"])])
            elif chance < 0.05:
                self.send([("leave", [])])
                self.cookie = None
            elif chance < 0.07:
                whole = packet([("rows", [])])
                self.send([], whole[: self.chance.randrange(1, len(whole))])
            elif chance < 0.12:
                self.flex()
            elif chance < 0.16:
                self.json()
            elif chance < 0.19:
                self.pages()
            elif chance < 0.3:
                self.send([self.chance.choice(CALLS) for _ in range(self.chance.randrange(2, 12))])
            else:
                self.send([self.chance.choice(CALLS)])
        self.close()


class Busy(Worker):
    """A client that sends one long packet again and again, of calls that take nearly no time: as many calls as can be."""

    CALLS = [("value", []), ("broken", []), ("who", []), ("cached", [3.0]), ("nothing", [])] * 18

    def work(self, until: float) -> None:
        while time.monotonic() < until and len(self.wrong) < 10:
            self.send(self.CALLS)
        self.close()


def worker(kind: type, seed: int, seconds: float, told) -> None:
    one = kind(seed)
    one.work(time.monotonic() + seconds)
    told.put((one.counts, one.wrong))


def load(seconds: float, beside=lambda until: None, kind: type = Worker, count: int = WORKERS) -> tuple[dict, list]:
    """Full load for a time, and something beside it."""
    told = multiprocessing.Queue()
    workers = [
        multiprocessing.Process(target=worker, args=(kind, random.randrange(1 << 30), seconds, told)) for _ in range(count)
    ]
    for one in workers:
        one.start()
    beside(time.monotonic() + seconds)
    counts, wrong = {}, []
    for _ in workers:
        some, bad = told.get(timeout=seconds + 60)
        wrong += bad
        for name, count in some.items():
            counts[name] = counts.get(name, 0) + count
    for one in workers:
        one.join()
    return counts, wrong
