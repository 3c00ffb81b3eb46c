"""Clients that call all the while, each a process of its own, and what they saw."""

import http.client
import multiprocessing
import os
import random
import re
import struct
import time

URL = os.environ["FOOTBRIDGE_URL"].removeprefix("http://")
WORKERS = 24

CALLS = [
    ("value", []), ("rows", []), ("add", ["item 7"]), ("remoteRows", []), ("service", []), ("slow", []), ("broken", []),
    ("cached", [3.0]), ("cached", [4.0]), ("who", []), ("nothing", []),
]


def packet(calls: list) -> bytes:
    """An AMF0 packet of classic calls; arguments are texts and numbers."""
    out = struct.pack(">HHH", 0, 0, len(calls))
    for number, (operation, arguments) in enumerate(calls, 1):
        target, answer = f"soak.Work.{operation}".encode(), f"/{number}".encode()
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
        self.counts = {"packets": 0, "calls": 0, "results": 0, "faults": 0}
        self.wrong = []

    def send(self, calls: list, body: bytes | None = None) -> None:
        headers = {"Content-Type": "application/x-amf"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        if self.connection is None or self.chance.random() < 0.02:
            self.close()
            self.connection = http.client.HTTPConnection(URL, timeout=30)
        try:
            self.connection.request("POST", "/gateway", body or packet(calls), headers)
            answer = self.connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.wrong.append(f"{calls}: {error!r}")
            self.close()
            return
        if cookie := answer.headers.get("Set-Cookie"):
            self.cookie = cookie.split(";")[0]
        self.counts["packets"] += 1
        if body is not None:
            if answer.status not in (200, 400):
                self.wrong.append(f"rubbish: {answer.status}")
            return
        self.counts["calls"] += len(calls)
        answered = {int(number): kind for number, kind in re.findall(rb"\x00.?/(\d+)/on(Result|Status)", content)}
        self.counts["results"] += sum(kind == b"Result" for kind in answered.values())
        self.counts["faults"] += sum(kind == b"Status" for kind in answered.values())
        if answer.status != 200 or set(answered) != set(range(1, len(calls) + 1)):
            self.wrong.append(f"{calls}: {answer.status} {content[:200]!r}")

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
            elif chance < 0.2:
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
