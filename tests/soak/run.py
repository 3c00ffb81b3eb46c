"""Calls at full load for FOOTBRIDGE_SOAK_SECONDS while backends die and return: every call gets its answer or its fault, and the
gateway takes no more memory, descriptors or tasks at the end than it took when it was warm. Then as many calls as can be, and what
each of them leaves.

The last line is `N passed, N failed`."""

import json
import os
import random
import sys
import time
import urllib.request

from callers import load
from memory import MIB, PROCESS, later_growth, left_by_a_call, metric, resident, watched

# Where the harness listens for `down NAME` and `up NAME`.
SWITCH = os.environ["FOOTBRIDGE_SWITCH"]
SECONDS = float(os.environ.get("FOOTBRIDGE_SOAK_SECONDS", "60"))
BACKENDS = ("remote", "service", "shop")
# Bytes that a call may leave for ever: less than the smallest thing that could be kept of each.
LEFT = 8


def switch(word: str) -> None:
    urllib.request.urlopen(f"{SWITCH}/{word}", timeout=30).read()


def flap(until: float) -> None:
    """Takes backends away and brings them back, one or all."""
    pause = min(10.0, SECONDS / 12)
    while time.monotonic() + 3 * pause < until:
        gone = random.choice([*([name] for name in BACKENDS), list(BACKENDS)])
        for name in gone:
            switch(f"down/{name}")
        time.sleep(pause)
        for name in gone:
            switch(f"up/{name}")
        time.sleep(pause)


def rest() -> dict:
    """What the gateway takes when nobody calls: memory in MiB, descriptors, tasks; once connections and calls are gone and
    sessions have ended."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if not any(metric(f"footbridge_{what}") for what in ("connections", "calls_running", "sessions")):
            break
        time.sleep(1)
    return {
        "memory": resident() / MIB,
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
    samples = []
    with watched(samples):
        counts, wrong = load(SECONDS - warm, flap)
    check(not wrong, f"every call of {json.dumps(counts)} has its answer or its fault {wrong[:3]}")
    check(counts["results"] > 0 and counts["faults"] > 0, "some succeeded, some could not")
    check(all(counts[face] > 0 for face in ("flex", "json", "pages")), "Flex messages, JSON and pages of record sets were among them")
    after = rest()
    print(f"after: {after}", flush=True)
    growth = later_growth(samples)
    # Of as many calls as there were in a third of the time; pools and buffers of calls that run at once move by some MiB.
    room = 2 * MIB + LEFT * counts["calls"] / 3
    check(growth <= room, f"memory under load: the last third takes {growth / MIB:+.2f} MiB more than the second")
    check(after["memory"] <= before["memory"] + 8, f"memory at rest: {before['memory']:.1f} MiB, then {after['memory']:.1f}")
    # Pools may hold up to 31 connections, and hold as many as the last calls took.
    for what, slack in (("descriptors", 32), ("tasks", 32)):
        check(after[what] <= before[what] + slack, f"{what}: {before[what]}, then {after[what]}")
    for what in ("connections", "running", "sessions"):
        check(after[what] == 0, f"{what} at rest: {after[what]}")
    left, least, wrong = left_by_a_call()
    shown = ", ".join(f"{one:.2f}" for one in least)
    check(left < LEFT and not wrong, f"a call leaves {left:.2f} bytes; rounds took at least {shown} MiB {wrong[:3]}")
    counts, wrong = load(3)
    check(not wrong and counts["results"] > counts["faults"], f"all backends are back: {counts} {wrong[:3]}")
    print(f"{checks.count(True)} passed, {checks.count(False)} failed")
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
