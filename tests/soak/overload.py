"""Ten times as many calls as the gateway can do, from clients of many addresses, behind a backend that takes its time: what is too much
gets its fault early, what runs keeps its time, memory is bounded, health is told; and when it is over all is as it was.

The last line is `N passed, N failed`."""

import asyncio
import os
import re
import resource
import sys
import time
import urllib.request
from collections import Counter
from statistics import median

from callers import packet
from memory import ADMIN, MIB, PROCESS, metric, resident, watched

HOST, PORT = os.environ["FOOTBRIDGE_URL"].removeprefix("http://").split(":")
SECONDS = float(os.environ.get("FOOTBRIDGE_OVERLOAD_SECONDS", "20"))
# By overload.yaml 8 calls run at once, and each takes 200 ms.
CAPACITY = 40
CLIENTS = 200
# Connections that one address tries to open.
HOARD = 1_500
# Every code that says: not now. A backend that gets no further is left alone for a while.
SHED = {"Server.Unavailable", "Server.Unavailable.Queue", "Server.Unavailable.Breaker", "Client.TooManyCalls"}


class Client:
    """One connection, from an address of its own, that sends a call as soon as the last is answered."""

    def __init__(self, number: int):
        self.address = f"127.0.{1 + number % 50}.{1 + number // 50}"
        self.streams = None

    async def call(self, operation: str) -> str:
        """The code of the fault, or nothing."""
        if self.streams is None:
            self.streams = await asyncio.open_connection(HOST, int(PORT), local_addr=(self.address, 0))
        reader, writer = self.streams
        body = packet([(operation, [])])
        head = f"POST /gateway HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amf\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: (\d+)", answer)[1])
        content = await reader.readexactly(length)
        if not answer.startswith(b"HTTP/1.1 200") or b"/1/on" not in content:
            raise ValueError(f"no answer: {answer[:100]!r} {content[:100]!r}")
        if b"/1/onResult" in content:
            return ""
        return re.search(rb"\x00\x04code\x02..([\w.]+)", content)[1].decode()

    def close(self) -> None:
        if self.streams is not None:
            self.streams[1].close()
        self.streams = None


class Seen:
    """What became of calls: how long each took, by outcome."""

    def __init__(self):
        self.times, self.codes, self.wrong = {"answered": [], "refused": []}, Counter(), []

    def share(self, outcome: str, part: float) -> float:
        times = sorted(self.times[outcome])
        return times[min(len(times) - 1, int(part * len(times)))] if times else float("nan")


async def pressed(operations: tuple, seconds: float, rate: float, clients: int) -> Seen:
    """Calls at a rate, as far as clients are free."""
    seen, until = Seen(), time.monotonic() + seconds
    pause = clients / rate

    async def one(number: int) -> None:
        client = Client(number)
        await asyncio.sleep(pause * number / clients)
        while (began := time.monotonic()) < until and len(seen.wrong) < 10:
            try:
                code = await client.call(operations[number % len(operations)])
            except (OSError, ValueError, asyncio.IncompleteReadError) as error:
                seen.wrong.append(repr(error))
                client.close()
                continue
            took = time.monotonic() - began
            seen.codes[code] += 1
            seen.times["refused" if code in SHED else "answered"].append(took)
            await asyncio.sleep(max(0.0, pause - took))
        client.close()

    await asyncio.gather(*(one(number) for number in range(clients)))
    return seen


async def health(over: asyncio.Event) -> list:
    """Asks again and again whether the gateway lives and is ready; how long each answer took."""
    took = []
    while not over.is_set():
        for path in ("live", "ready"):
            began = time.monotonic()
            answer = await asyncio.to_thread(urllib.request.urlopen, f"{ADMIN}/health/{path}", None, 30)
            assert answer.status == 200, answer.status
            took.append(time.monotonic() - began)
        await asyncio.sleep(0.2)
    return took


async def phase(operations: tuple, rate: float, seconds: float, clients: int) -> tuple[Seen, list]:
    over = asyncio.Event()
    asking = asyncio.create_task(health(over))
    seen = await pressed(operations, seconds, rate, clients)
    over.set()
    return seen, await asking


async def hoarded(check) -> None:
    """One address opens more connections than it may, another sends long bodies that never end; who calls meanwhile is answered."""
    before, samples = resident(), []
    shed = metric("footbridge_shed_total")
    opened = await asyncio.gather(
        *(asyncio.open_connection(HOST, int(PORT), local_addr=("127.0.99.1", 0)) for _ in range(HOARD)), return_exceptions=True
    )
    streams = [one for one in opened if not isinstance(one, BaseException)]
    head = b"POST /gateway HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amf\r\nContent-Length: 2097152\r\n\r\n"

    async def long(number: int) -> tuple:
        reader, writer = await asyncio.open_connection(HOST, int(PORT), local_addr=("127.0.98.1", 0))
        writer.write(head + bytes(2_097_151))
        await writer.drain()
        return reader, writer

    with watched(samples):
        streams += await asyncio.gather(*(long(number) for number in range(200)))
        calm = await pressed(("value",), 5, 10, 4)
        connections = metric("footbridge_connections")
    longest = calm.share("answered", 1)
    good = calm.codes.keys() == {""} and not calm.wrong
    check(good, f"hoarding: others are answered, {dict(calm.codes)} {calm.wrong[:3]}, within {longest:.3f} s")
    check(connections < HOARD, f"hoarding: of {HOARD} connections of one address and 204 others {connections:.0f} stayed open")
    shed = metric("footbridge_shed_total") - shed
    check(shed > 0, f"hoarding: shed {shed:.0f}")
    grown = (max(samples) - before) / MIB
    # What one client may hold is 64 MiB; and for each connection there is what was read ahead, and the allocator's share.
    check(grown < 256, f"hoarding: bodies of 400 MiB that never end take {grown:.1f} MiB")
    for _, writer in streams:
        writer.close()


def main() -> int:
    # One end of every connection is here.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    checks = []

    def check(good: bool, text: str) -> None:
        checks.append(good)
        print(f"{'ok' if good else 'FAILED'}: {text}", flush=True)

    def told(name: str, seen: Seen, health: list) -> None:
        counts = ", ".join(f"{code or 'answered'} {count}" for code, count in seen.codes.most_common())
        check(not seen.wrong, f"{name}: every call has its answer: {counts} {seen.wrong[:3]}")
        check(max(health) < 5, f"{name}: health was told {len(health)} times, median {median(health):.3f} s, at most {max(health):.3f} s")

    quiet, _ = asyncio.run(phase(("slow", "value"), 5, 5, 4))
    check(set(quiet.codes) == {""}, f"before: {dict(quiet.codes)}, half of the answers within {quiet.share('answered', 0.5):.3f} s")
    before = resident()
    for name, operations in (
        ("gateway full", ("slow",)), ("backend slow", ("service",)), ("both", ("slow", "service", "value")),
    ):
        samples = []
        with watched(samples):
            seen, asked = asyncio.run(phase(operations, 10 * CAPACITY, SECONDS, CLIENTS))
        told(name, seen, asked)
        known = SHED | {"", "Server.Timeout"} if "service" in operations else SHED | {""}
        check(set(seen.codes) <= known, f"{name}: who is sent away is told so: {set(seen.codes) - {''}}")
        check(
            len(seen.times["refused"]) > len(seen.times["answered"]) / 2 > 0,
            f"{name}: {len(seen.times['refused'])} were too many, {len(seen.times['answered'])} were not",
        )
        early, last = seen.share("refused", 0.5), seen.share("refused", 0.99)
        check(early < 2, f"{name}: half of the faults came within {early:.3f} s, 99 of 100 within {last:.3f} s")
        kept, latest = seen.share("answered", 0.5), seen.share("answered", 1)
        # A busy machine makes all of it slow, but nothing runs longer than its 5 s.
        check(latest < 10, f"{name}: half of the answers came within {kept:.3f} s, 99 of 100 within {seen.share('answered', 0.99):.3f} s")
        check(max(samples) < before + 64 * MIB, f"{name}: memory {before / MIB:.1f} MiB before, at most {max(samples) / MIB:.1f}")
    asyncio.run(hoarded(check))
    began = time.monotonic()
    while any(asyncio.run(phase((operation,), 2, 1, 1))[0].codes.keys() - {""} for operation in ("slow", "service", "value")):
        if time.monotonic() - began > 90:
            break
    print(f"all is as it was within {time.monotonic() - began:.1f} s", flush=True)
    after, _ = asyncio.run(phase(("slow", "service", "value"), 5, 5, 3))
    check(set(after.codes) == {""} and not after.wrong, f"after: {dict(after.codes)}, half within {after.share('answered', 0.5):.3f} s")
    check(resident() < before + 32 * MIB, f"memory: {before / MIB:.1f} MiB, then {resident() / MIB:.1f}")
    check(len(os.listdir(f"/proc/{PROCESS}/fd")) < 150, f"descriptors: {len(os.listdir(f'/proc/{PROCESS}/fd'))}")
    print(f"{checks.count(True)} passed, {checks.count(False)} failed")
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
