"""A service that misbehaves in every way: a client sees a fault it can read, in time, and the gateway keeps to its memory."""

import os
import struct
import threading
import time
import unittest
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pyamf
from gateway import URL, Case, connect, fault


class Row:
    def __init__(self, **fields):
        self.__dict__.update(fields)


pyamf.register_class(Row, "rest.Row")

UNREADABLE = (
    "cut-json", "html", "json-as-image", "html-as-json", "deep", "deep-name", "object", "no-gzip", "unknown-coding",
)
CUT = ("short", "cut-chunk", "no-chunk", "two-lengths", "not-http", "nothing", "long")
LARGE = ("huge", "bomb", "endless")
LATE = ("drip", "never", "half")
# What the answer of one call may take beside what the gateway is: twice `max-reply: 4MiB`, for a buffer that grows.
EACH = 8 << 20


def gateway():
    """The process of the gateway of this run."""
    project = os.environ["FOOTBRIDGE_PROJECT"]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if "serve" in words and project in words and not words[0].endswith("env"):
            return process
    raise AssertionError("there is no gateway")


@contextmanager
def memory():
    """What the gateway has in memory at most while this runs, beyond what it has before: `.grown`, in bytes."""
    process = gateway()

    def read(name):
        status = (process / "status").read_text()
        return int(status.split(f"{name}:")[1].split()[0]) << 10

    # The mark of high water begins anew.
    (process / "clear_refs").write_text("5")
    measured = SimpleNamespace(grown=None)
    before = read("VmRSS")
    yield measured
    measured.grown = read("VmHWM") - before


class Odd(Case):
    def told(self, operation, way):
        before = time.monotonic()
        told = fault(pyamf.AMF3, f"rest.Odd.{operation}", way)
        self.assertLess(time.monotonic() - before, 8, way)
        self.assertNotIn("row 1", repr(vars(told)))
        self.assertNotIn("Welcome", repr(vars(told)))
        return told.code

    def test_what_can_be_read_is_a_value(self):
        self.assertEqual(len(connect(pyamf.AMF3).getService("rest.Odd").rows("good")), 100)

    def test_what_cannot_be_read_is_a_fault_of_the_backend(self):
        for way in UNREADABLE:
            with self.subTest(way):
                self.assertTrue(self.told("rows", way).startswith("Server.BadReply"), way)

    def test_half_an_answer_is_none(self):
        for way in CUT:
            with self.subTest(way):
                code = self.told("rows", way)
                self.assertTrue(code.startswith(("Server.BadReply", "Server.Unavailable")), code)

    def test_too_much_is_a_fault_of_its_own(self):
        for way in LARGE:
            for operation in ("rows", "first", "value"):
                with self.subTest(way, operation=operation):
                    self.assertEqual(self.told(operation, way), "Server.BadReply.TooLarge")
        self.assertTrue(self.told("rows", "endless-headers").startswith("Server."))

    def test_what_is_slow_ends_in_time(self):
        for way in LATE:
            with self.subTest(way):
                self.assertTrue(self.told("rows", way).startswith(("Server.Timeout", "Server.BadReply", "Server.Unavailable")))

    def test_redirects_that_lead_round_end(self):
        self.assertEqual(self.told("rows", "loop"), "Server.BadReply.Redirect")

    def test_memory_stays_within_the_limits(self):
        self.told("rows", "html")
        at_once = 10

        def run():
            for way in LARGE + ("endless-headers", "deep", "deep-name", "loop"):
                self.told("rows", way)
                self.told("value", way)

        with memory() as measured:
            threads = [threading.Thread(target=run) for _ in range(at_once)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertLess(measured.grown, at_once * EACH, f"{measured.grown >> 20} MiB more")
        self.assertEqual(len(connect(pyamf.AMF3).getService("rest.Odd").rows("good")), 100)

    def test_a_large_answer_is_held_once(self):
        # Read from text: Py3AMF would take minutes.
        def call(way):
            name, body = b"rest.Odd.many", b"\x06" + bytes([len(way) * 2 + 1]) + way.encode()
            packet = struct.pack(">HHHH", 3, 0, 1, len(name)) + name + b"\x00\x02/1" + struct.pack(">I", 0xFFFFFFFF)
            packet += b"\x0a\x00\x00\x00\x01\x11" + body
            request = urllib.request.Request(f"{URL}/gateway", packet, {"Content-Type": "application/x-amf"})
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.read()

        size = 32 << 20
        for way in ("many", "many-in-pieces"):
            with self.subTest(way), memory() as measured:
                answer = call(way)
            self.assertIn(b"onResult", answer[:40])
            self.assertLess(measured.grown, size * 1.3 + 2 * len(answer), f"{measured.grown >> 20} MiB more")


if __name__ == "__main__":
    unittest.main()
