"""A server that misbehaves, and what a client sees of it: the value that was meant, or a fault it can read."""

import datetime
import time
import uuid

from calls import AMF0, AMF3, Case, Fault, both, plain, service
from gateway import message_to, send

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
    "good-1.2": {},
    "unknown-type": {},
    "other-type": {},
    "no-prefix-type": {},
    "derived": {"gloss": "9.50"},
    "mtom-alone": {},
    "moved": {},
    "empty-envelope": None,
    "gzip": {},
    "chunked": {},
    "mtom-missing": {},
}
BYTES = ("mtom", "mtom-case", "mtom-bare", "mtom-other-type", "mtom-several", "swa")

# The fault's code, and a part of its text.
NO_ENVELOPE, UNREADABLE = "no SOAP envelope", "cannot be read"
FAULTS = {
    **{what: ("Server.Backend", "answered with a fault") for what in (
        "fault", "fault-200", "fault-302", "fault-404", "fault-1.2", "fault-1.2-in-1.1", "fault-bare")},
    **{what: ("Server.BadReply", NO_ENVELOPE) for what in (
        "page-500", "page-200", "unauthorized", "empty-500", "empty-200", "accepted", "json", "no-body", "no-envelope")},
    **{what: ("Server.BadReply", UNREADABLE) for what in (
        "mtom-no-edge", "cut", "wrong-end", "doctype", "entities", "outside", "entity", "deep", "attributes")},
    "large": ("Server.BadReply.TooLarge", ""),
    "gzip-bomb": ("Server.BadReply.TooLarge", ""),
    "short": ("Server.BadReply.CutOff", ""),
    "reset": ("Server.BadReply.CutOff", ""),
    "slow": ("Server.Timeout", ""),
    "half": ("Server.Timeout", ""),
    "elsewhere": ("Server.BadReply.Redirect", ""),
    "circle": ("Server.BadReply.Redirect", ""),
}
# What `mix` gives.
MIXES = {
    "choices": {"a": [1, 2], "b": ["x"]},
    "choice-none": {},
    "any": {"a": [1], "colour": ["red", "blue"], "size": {"w": "2"}},
    "member": {"Book": {"title": "t"}},
    "head": {"Thing": {"title": "t"}},
    "array": {"numbers": [1, 2]},
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
                    odd(version).get(what)
                self.assertEqual(code, caught.exception.code)
                self.assertIn(text, caught.exception.text)
                # What a server says of itself is no client's business, but for a fault that it means to tell.
                for secret in ("tired", "passwd", "127.0.0.1"):
                    self.assertNotIn(secret, caught.exception.text)

    @both
    def test_lists_of_none_and_one_are_lists(self, version):
        self.assertEqual([], plain(odd(version).list("none")))
        self.assertEqual([1], [item["id"] for item in plain(odd(version).list("one"))])
        self.assertEqual([1, 2], [item["id"] for item in plain(odd(version).list("mixed"))])

    @both
    def test_what_a_schema_leaves_open_is_read(self, version):
        for what, wanted in MIXES.items():
            with self.subTest(what):
                got = {name: value for name, value in plain(odd(version).mix(what)).items() if value not in (None, [])}
                self.assertEqual(wanted, got)

    @both
    def test_lists_of_none_are_lists_in_whatever_form(self, version):
        self.assertEqual([], plain(odd(version).mix("choice-none")["a"]))

    @both
    def test_a_derived_type_is_its_class(self, version):
        self.assertEqual("tests.odd.Special", odd(version).get("derived").alias)

    @both
    def test_shared_targets_stand_wherever_they_are_referred_to(self, version):
        got = odd(version).list("href-list")
        self.assertEqual([1, 2, 1], [item["id"] for item in plain(got)])

    def test_a_flex_fault_quotes_the_beginning_of_what_is_no_envelope(self):
        for what, quoted in (("page-500", "<!DOCTYPE html><html>"), ("json", '{"item": 1}'), ("unauthorized", "who are you?")):
            with self.subTest(what):
                _, answer = send(message_to("tests.odd.OddService", "get", what))
                self.assertIn(quoted, answer.faultDetail)

    @both
    def test_what_a_one_way_operation_answers_is_dropped_but_for_faults(self, version):
        for what in ("accepted", "no-content", "empty-200", "good", "json"):
            with self.subTest(what):
                self.assertIsNone(odd(version).tell(what))
        for what, code in (("fault", "Server.Backend"), ("fault-200", "Server.Backend"), ("page-500", "Server.BadReply")):
            with self.subTest(what), self.assertRaises(Fault) as caught:
                odd(version).tell(what)
            self.assertEqual(code, caught.exception.code)

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
