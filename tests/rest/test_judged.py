"""Requests as a document has them, judged by Prism, who answers 422 to what does not fit."""

import datetime
import unittest

import pyamf
from gateway import Case, connect, fault


class Order:
    def __init__(self, **fields):
        self.__dict__.update(fields)


class Line:
    def __init__(self, **fields):
        self.__dict__.update(fields)


class Card:
    def __init__(self, **fields):
        self.__dict__.update(fields)


class Sepa:
    def __init__(self, **fields):
        self.__dict__.update(fields)


for kind in (Order, Line, Card, Sepa):
    pyamf.register_class(kind, f"judged.{kind.__name__}")

NOON = datetime.datetime(2026, 11, 20, 12, 0)


def call(name, *arguments, version=pyamf.AMF3):
    return getattr(connect(version).getService("judged.Orders"), name)(*arguments)


class Requests(Case):
    def test_parameters_of_every_style_fit(self):
        # In the order of the document, those that must be given first.
        rows = call(
            "search", "a b&c", "trace-1", ["x y", "z,w"], [1.0, 2.0], ["p", "q r"],
            {"state": "open", "least": "5"}, NOON, NOON, 7.0, "s;1",
        )
        self.assertIsInstance(rows[0], Order)
        self.assertEqual(rows[0].customer, "ann")

    def test_only_what_must_be_given_is_needed(self):
        self.assertEqual(len(call("search", "x", "trace-1")), 1)

    def test_bodies_are_written_by_their_schema(self):
        order = Order(id=5, customer="cleo", placedAt=NOON, due=None, total=5.0, lines=[Line(sku="B", qty=2.0, uid="x")])
        kept = call("putOrder", 7.0, order)
        self.assertIsInstance(kept, Order)
        self.assertIsInstance(kept.lines[0], Line)
        self.assertEqual(kept.placedAt, datetime.datetime(2026, 11, 20, 9, 30))

    def test_a_body_is_made_of_arguments_named_like_its_members(self):
        self.assertIsInstance(call("save", 7, "cleo", [{"sku": "B", "qty": 2}]), Order)

    def test_a_class_or_a_word_chooses_one_of_several_types(self):
        self.assertIsNone(call("payment", Card(number="4711")))
        self.assertIsNone(call("payment", Sepa(iban="DE02")))
        self.assertIsNone(call("payment", {"method": "sepa", "iban": "DE02", "number": "not of this one"}))

    def test_forms_are_arguments(self):
        self.assertIsNone(call("login", "ann", 5.0))

    def test_what_does_not_fit_is_never_sent(self):
        for name, arguments, told in (
            ("putOrder", (7, {"customer": "c", "lines": [{"sku": "A", "qty": 0}]}), "`body.lines[0].qty`"),
            ("putOrder", (7, {"customer": "c", "lines": [{"sku": "lower", "qty": 1}]}), "`body.lines[0].sku`"),
            ("putOrder", (7, {"customer": "c", "lines": []}), "`body.lines`"),
            ("search", ("x", "no"), "`X-Trace`"),
            ("search", ("x", "trace-1", None, None, None, None, None, None, 51), "`limit`"),
        ):
            with self.subTest(told):
                status = fault(pyamf.AMF3, f"judged.Orders.{name}", *arguments)
                self.assertEqual(status.code, "Client.BadArguments")
                self.assertIn(told, status.description)


class Answers(Case):
    def test_a_path_of_the_document_has_its_types(self):
        order = call("find", 7)
        self.assertIsInstance(order, Order)
        self.assertEqual((order.id, order.total), (7, 12.5))
        self.assertEqual(order.placedAt, datetime.datetime(2026, 11, 20, 9, 30))
        self.assertEqual(order.due.date(), datetime.date(2026, 12, 1))

    def test_a_part_of_an_answer_can_be_selected(self):
        lines = call("lines", 7)
        self.assertIsInstance(lines[0], Line)
        self.assertEqual(lines[0].sku, call("first", 7))

    def test_a_status_is_a_value_or_a_fault(self):
        self.assertIsNone(call("missing", 7))
        gone = fault(pyamf.AMF3, "judged.Orders.gone", 7)
        self.assertEqual((gone.code, gone.description), ("Client.NoOrder", "no such order"))

    def test_texts_are_texts(self):
        self.assertEqual(call("text"), "hello")
        self.assertEqual(call("GET /plain"), "hello")

    def test_a_classic_client_gets_a_record_set(self):
        rows = call("search", "x", "trace-1", version=pyamf.AMF0)
        self.assertIn("customer", rows.serverInfo["columnNames"] if hasattr(rows, "serverInfo") else rows.columns)


if __name__ == "__main__":
    unittest.main()
