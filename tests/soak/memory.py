"""What the gateway takes: memory as the system counts it, since asking for metrics would fold them and hide what they keep; and metrics."""

import os
import re
import threading
import urllib.request
from contextlib import contextmanager
from statistics import median

from callers import Busy, load

PROCESS = int(os.environ["FOOTBRIDGE_PROCESS"])
ADMIN = os.environ["FOOTBRIDGE_ADMIN"]
MIB = 1 << 20


def resident() -> int:
    """Bytes of memory that are the gateway's own, no files."""
    status = open(f"/proc/{PROCESS}/status").read()
    return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) * 1024


def metric(name: str) -> float:
    text = urllib.request.urlopen(f"{ADMIN}/metrics", timeout=10).read().decode()
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if re.match(rf"{name}(\{{|\s)", line))


@contextmanager
def watched(samples: list):
    """Notes ten times a second what it takes."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            samples.append(resident())

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()


def later_growth(samples: list) -> float:
    """Bytes by which the last third of a run stands above the second; each by its median, since calls come and go."""
    third = len(samples) // 3
    return median(samples[2 * third :]) - median(samples[third : 2 * third])


def left_by_a_call() -> tuple[float, list, list]:
    """Bytes that stay for each call; the least that the gateway took in each round, in MiB; and what went wrong. What it takes
    goes up and down with the calls that run and the pages that the allocator keeps, but what is kept of calls lifts the least
    of it too."""
    least, calls, wrong = [], [], []
    for _ in range(ROUNDS):
        samples, done = [], 0
        with watched(samples):
            while done < CALLS and not wrong:
                counts, bad = load(3.0, kind=Busy, count=4)
                done += counts["calls"]
                wrong += bad
        if wrong:
            return 0.0, [one / MIB for one in least], wrong
        least.append(min(samples))
        calls.append(done)
    # The first round warms up, and the second one's least may come before its first call or behind its last.
    left = (least[-1] - least[1]) / sum(calls[2:])
    return left, [one / MIB for one in least], wrong


ROUNDS = 6
CALLS = 40_000
