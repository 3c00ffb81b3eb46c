"""Calls at full load for FOOTBRIDGE_SOAK_SECONDS while backends die and return: every call gets its answer or its fault, and the
gateway takes no more memory, descriptors or tasks at the end than it took when it was warm.

The last line is `N passed, N failed`."""

import http.client
import json
import multiprocessing
import os
import random
import re
import struct
import sys
import time
import urllib.request

URL = os.environ["FOOTBRIDGE_URL"].removeprefix("http://")
ADMIN = os.environ["FOOTBRIDGE_ADMIN"]
PROCESS = int(os.environ["FOOTBRIDGE_PROCESS"])
# Where the harness listens for `down NAME` and `up NAME`.
SWITCH = os.environ["FOOTBRIDGE_SWITCH"]
SECONDS = float(os.environ.get("FOOTBRIDGE_SOAK_SECONDS", "60"))
WORKERS = 24
BACKENDS = ("remote", "service")

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


def worker(seed: int, seconds: float, told) -> None:
    one = Worker(seed)
    one.work(time.monotonic() + seconds)
    told.put((one.counts, one.wrong))


def load(seconds: float, beside=lambda until: None) -> tuple[dict, list]:
    """Full load for a time, and something beside it."""
    told = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=worker, args=(random.randrange(1 << 30), seconds, told)) for _ in range(WORKERS)]
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


def switch(word: str) -> None:
    urllib.request.urlopen(f"{SWITCH}/{word}", timeout=30).read()


def flap(until: float) -> None:
    """Takes backends away and brings them back, one or both."""
    pause = min(10.0, SECONDS / 12)
    while time.monotonic() + 3 * pause < until:
        gone = random.choice([["remote"], ["service"], list(BACKENDS)])
        for name in gone:
            switch(f"down/{name}")
        time.sleep(pause)
        for name in gone:
            switch(f"up/{name}")
        time.sleep(pause)


def metric(name: str) -> float:
    text = urllib.request.urlopen(f"{ADMIN}/metrics", timeout=10).read().decode()
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if re.match(rf"{name}(\{{|\s)", line))


def rest() -> dict:
    """What the gateway takes when nobody calls: memory in MiB, descriptors, tasks; once connections and calls are gone and
    sessions have ended."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if not any(metric(f"footbridge_{what}") for what in ("connections", "calls_running", "sessions")):
            break
        time.sleep(1)
    status = open(f"/proc/{PROCESS}/status").read()
    return {
        "memory": int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024,
        "descriptors": len(os.listdir(f"/proc/{PROCESS}/fd")),
        "tasks": metric("footbridge_tasks"),
        "connections": metric("footbridge_connections"),
        "running": metric("footbridge_calls_running"),
        "sessions": metric("footbridge_sessions"),
    }


def main() -> int:
    checks = []

    def check(good: bool, text: str) -> None:
        checks.append(good)
        print(f"{'ok' if good else 'FAILED'}: {text}", flush=True)

    warm = max(10.0, SECONDS / 4)
    counts, wrong = load(warm, flap)
    check(not wrong, f"warm: every call of {counts} has its answer {wrong[:3]}")
    before = rest()
    print(f"warm: {before}", flush=True)
    counts, wrong = load(SECONDS - warm, flap)
    check(not wrong, f"every call of {json.dumps(counts)} has its answer or its fault {wrong[:3]}")
    check(counts["results"] > 0 and counts["faults"] > 0, "some succeeded, some could not")
    after = rest()
    print(f"after: {after}", flush=True)
    check(after["memory"] <= before["memory"] * 1.25 + 16, f"memory: {before['memory']:.1f} MiB, then {after['memory']:.1f}")
    # Pools may hold up to 31 connections, and hold as many as the last calls took.
    for what, slack in (("descriptors", 32), ("tasks", 32)):
        check(after[what] <= before[what] + slack, f"{what}: {before[what]}, then {after[what]}")
    for what in ("connections", "running", "sessions"):
        check(after[what] == 0, f"{what} at rest: {after[what]}")
    counts, wrong = load(3)
    check(not wrong and counts["results"] > counts["faults"], f"all backends are back: {counts} {wrong[:3]}")
    print(f"{checks.count(True)} passed, {checks.count(False)} failed")
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
