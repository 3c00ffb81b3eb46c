"""Running one test command: its output as it comes, its counts, and its end."""

import os
import re
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from .machine import CACHE, ROOT, die_with_parent


def say(text: str) -> None:
    print(f"== {text}", flush=True)


@dataclass
class Tally:
    """The counts of all groups, and what each took."""

    passed: int = 0
    failed: int = 0
    lines: list[str] = field(default_factory=list)

    def add(self, name: str, passed: int, failed: int, seconds: float) -> None:
        self.passed += passed
        self.failed += failed
        self.lines.append(f"{name:<12}{passed:>6} passed {failed:>4} failed {seconds:>8.1f} s")

    def print_summary(self) -> None:
        print(flush=True)
        for line in self.lines:
            print(line)
        print(f"{self.passed} passed, {self.failed} failed", flush=True)


class Counter:
    """Reads the counts out of the output of cargo test, node --test, or our own drivers."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    def line(self, text: str) -> None:
        if found := re.match(r"test result: \w+\. (\d+) passed; (\d+) failed", text):
            self._add(found[1], found[2])
        elif found := re.match(r"[#ℹ] (pass|fail|cancelled) (\d+)$", text):
            self._add(*((found[2], 0) if found[1] == "pass" else (0, found[2])))
        elif found := re.match(r"(\d+) passed, (\d+) failed$", text):
            self._add(found[1], found[2])

    def _add(self, passed, failed) -> None:
        self.passed += int(passed)
        self.failed += int(failed)


def run_suite(
    name: str, command: list[str], tally: Tally, *, cwd: Path = ROOT, env: dict | None = None, minutes: float = 5
) -> bool:
    """Runs a test command, shows and keeps its output, and adds its counts; true if nothing failed in this time."""
    say(f"{name}: {' '.join(str(word) for word in command)}")
    logs = CACHE / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    counter = Counter()
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    late = threading.Timer(minutes * 60, stop_group, [process])
    late.daemon = True
    late.start()
    try:
        with (logs / f"{name.replace(' ', '-')}.log").open("w") as log:
            for line in process.stdout:
                print(line, end="", flush=True)
                log.write(line)
                counter.line(line.rstrip("\n"))
        status = process.wait()
    finally:
        in_time = late.is_alive()
        late.cancel()
        stop_group(process)
    failed = counter.failed
    if not in_time:
        say(f"{name}: stopped after {minutes} minutes, which counts as one failure")
        failed += 1
    if failed == 0 and (status != 0 or counter.passed == 0):
        say(f"{name}: ended with status {status} after {counter.passed} passed tests, which counts as one failure")
        failed = 1
    tally.add(name, counter.passed, failed, time.monotonic() - began)
    return failed == 0


def stop_group(process: subprocess.Popen, first: int = signal.SIGTERM, grace: float = 20.0) -> None:
    """Ends a process and all that it started: asks first, then forces."""
    for number, patience in ((first, grace), (signal.SIGKILL, 10.0)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        if process.poll() is None:
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
            break
