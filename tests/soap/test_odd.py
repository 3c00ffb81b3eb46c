"""A server that misbehaves, and what a client sees of it: the value that was meant, or a fault it can read."""

import datetime
import time
import uuid

from calls import AMF0, AMF3, Case, Fault, both, plain, service

ITEM = {"id": 1, "name": "n", "when": None, "data": None, "tag": [], "next": None}
MORNING = datetime.datetime(2026, 11, 20, 9, 30)
MIDNIGHT = datetime.datetime(2026, 11, 20)

# What `get` gives for a way to misbehave: what differs from ITEM, or nothing at all.
VALUES = {
    "good": {},
    "out-of-order": {},
    "missing": {"id": None},
    "unknown": {},
    "repeated": {},
    "no-namespace": {},
    "other-namespace": {},
    "other-wrapper": {},
    "comments": {"name": "n<n>"},
    "nil": {"name": None},
    "nothing": None,
    "tag-none": {},
    "tag-one": {"tag": ["a"]},
    "tag-two": {"tag": ["a", "b"]},
    "no-date": {"when": "'  :  :  '"},
    "zero-date": {"when": "0000-00-00T00:00:00"},
    "blank-date": {"when": MORNING},
    "no-colon": {"when": MORNING},
    "midnight": {"when": MIDNIGHT},
    "day-alone": {"when": MIDNIGHT},
    "no-number": {"id": "one"},
    "href": {},
    "dangling": None,
    "latin": {"name": "\u00e9"},
    "latin-header": {"name": "\u00e9"},
    "wide": {"name": "\u00e9"},
    "mark": {"name": "\u00e9"},
    "space": {},
    "plain": {},
    "no-type": {},
    "good-500": {},
    "empty-envelope": None,
    "gzip": {},
    "chunked": {},
    "mtom-missing": {},
}
BYTES = ("mtom", "mtom-case", "mtom-bare")

# The fault's code, or its beginning, and a part of its text.
FAULTS = {
    "fault": ("Server.Backend", ""),
    "fault-200": ("Server.Backend", ""),
    "fault-1.2": ("Server.Backend", ""),
    "fault-1.2-in-1.1": ("Server.Backend", ""),
    "fault-bare": ("Server.Backend", ""),
    "page-500": ("Server", ""),
    "page-200": ("Server", ""),
    "unauthorized": ("Server", ""),
    "empty-500": ("Server", ""),
    "empty-200": ("Server", ""),
    "accepted": ("Server", ""),
    "json": ("Server", ""),
    "no-body": ("Server", ""),
    "no-envelope": ("Server", ""),
    "mtom-no-edge": ("Server", ""),
    "cut": ("Server", ""),
    "wrong-end": ("Server", ""),
    "doctype": ("Server", ""),
    "entities": ("Server", ""),
    "outside": ("Server", ""),
    "entity": ("Server", ""),
    "deep": ("Server", ""),
    "attributes": ("Server", ""),
    "gzip-bomb": ("Server", ""),
    "short": ("Server", ""),
    "reset": ("Server", ""),
    "slow": ("Server", ""),
    "elsewhere": ("Server", ""),
}


def odd(version):
    return service("tests.odd.OddService", version)


class Odd(Case):
    @both
    def test_what_can_be_understood_is(self, version):
        for what, changes in VALUES.items():
            with self.subTest(what):
                wanted = None if changes is None else {**ITEM, **changes}
                self.assertEqual(wanted, plain(odd(version).get(what)))

    @both
    def test_what_cannot_is_a_fault(self, version):
        for what, (code, text) in FAULTS.items():
            with self.subTest(what):
                with self.assertRaises(Fault) as caught:
                    print(what, odd(version).get(what))
                self.assertTrue(caught.exception.code.startswith(code), caught.exception.code)
                self.assertIn(text, caught.exception.text)
                # What a server says of itself is no client's business, but for a fault that it means to tell.
                for secret in ("tired", "passwd", "127.0.0.1"):
                    self.assertNotIn(secret, caught.exception.text)

    @both
    def test_lists_of_none_and_one_are_lists(self, version):
        self.assertEqual([], plain(odd(version).list("none")))
        self.assertEqual([1], [item["id"] for item in plain(odd(version).list("one"))])
        self.assertEqual([1, 2], [item["id"] for item in plain(odd(version).list("mixed"))])

    def test_attachments_are_bytes(self):
        for what in BYTES:
            with self.subTest(what):
                self.assertEqual(b"\x00\r\n\xff", odd(AMF3).get(what)["data"].getvalue())

    def test_a_cycle_stays_a_cycle_where_amf_has_references(self):
        got = odd(AMF3).get("cycle")
        self.assertIs(got, got["next"])
        with self.assertRaises(Fault):
            odd(AMF0).get("cycle")

    def test_a_slow_server_is_left_in_time(self):
        began = time.monotonic()
        with self.assertRaises(Fault) as caught:
            odd(AMF3).get("slow")
        self.assertLess(time.monotonic() - began, 2.9)
        self.assertIn("Timeout", caught.exception.code)

    @both
    def test_what_may_be_repeated_is_sent_again(self, version):
        key = str(uuid.uuid4())
        got = odd(version).getOnce(f"tired {key}", key)
        self.assertEqual((2, "1"), (got["id"], got["name"].split()[0]))
        uuid.UUID(got["name"].split()[1])
        got = odd(version).getTwice(f"tired {uuid.uuid4()}")
        self.assertEqual((2, "1 None"), (got["id"], got["name"]))

    @both
    def test_what_may_act_twice_is_not(self, version):
        what = f"tired {uuid.uuid4()}"
        with self.assertRaises(Fault) as caught:
            odd(version).get(what)
        self.assertTrue(caught.exception.code.startswith("Server."), caught.exception.code)
        self.assertEqual(2, odd(version).get(what)["id"])
