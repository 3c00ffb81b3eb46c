"""spyne, which validates what it gets: document/literal wrapped, in SOAP 1.1 and 1.2."""

import datetime

from calls import AMF0, AMF3, Case, Fault, plain, service

SERVICES = {"1.1": "tests.one.OneService", "1.2": "tests.two.TwoService"}
LINES = [{"sku": "a", "qty": 2, "price": "9.50"}, {"sku": "b", "qty": 1, "price": "0.25"}]


class Spyne(Case):
    def each(self):
        """Each version of SOAP, called by each version of AMF."""
        return [(service(name, amf), (soap, amf)) for soap, name in SERVICES.items() for amf in (AMF0, AMF3)]

    def test_an_order_comes_back_as_it_went(self):
        placed = datetime.datetime(2026, 11, 20, 9, 30)
        for orders, versions in self.each():
            with self.subTest(versions):
                order = {
                    "stamp": None, "customer": "Ann & <Co> \u00e9", "lines": LINES, "placed": placed, "paid": True, "colour": "red",
                }
                got = orders.echo(order)
                self.assertEqual(order["customer"], got["customer"])
                self.assertEqual(LINES, plain(got["lines"]))
                self.assertEqual(placed, got["placed"])
                self.assertIs(True, got["paid"])
                self.assertEqual("red", got["colour"])
                self.assertIsNone(got["due"])
                self.assertTrue(got.alias.endswith(".Order"), got.alias)

    def test_lists_of_none_one_and_many_are_lists(self):
        for orders, versions in self.each():
            with self.subTest(versions):
                for count in (0, 1, 3):
                    got = plain(orders.lines(count))
                    self.assertEqual([{"sku": f"s{row}", "qty": row + 1, "price": "1.50"} for row in range(count)], got)

    def test_a_list_is_an_argument(self):
        for orders, versions in self.each():
            with self.subTest(versions):
                self.assertEqual("19.25", orders.total(LINES))
                self.assertIn(orders.total([]), ("0", "0.00"))

    def test_arguments_by_name(self):
        for orders, versions in self.each():
            with self.subTest(versions):
                self.assertEqual(datetime.datetime(2026, 3, 1), orders.later({"days": 1, "day": datetime.datetime(2026, 2, 28)}))

    def test_a_fault_without_a_rule_tells_nothing_of_the_service(self):
        for orders, versions in self.each():
            with self.subTest(versions):
                with self.assertRaises(Fault) as caught:
                    orders.fail("a1")
                # No rule is for it: what the service says of itself stays in the log.
                self.assertEqual("Server.Backend", caught.exception.code)
                self.assertNotIn("a1", caught.exception.text)

    def test_what_the_schema_refuses_is_told_before_it_is_sent(self):
        for orders, versions in self.each():
            with self.subTest(versions):
                for order, path in (
                    ({"customer": "x", "lines": [{"sku": "a", "qty": "many"}]}, "order.lines.Line[0].qty"),
                    ({"customer": "x", "lines": [{"sku": "a", "qty": 0}]}, "order.lines.Line[0].qty"),
                    ({"customer": "", "lines": []}, "order.customer"),
                    ({"customer": "x", "colour": "blue"}, "order.colour"),
                    ({"customer": "x", "lines": [{"sku": "a", "price": "1.234"}]}, "order.lines.Line[0].price"),
                ):
                    with self.assertRaises(Fault, msg=path) as caught:
                        orders.echo(order)
                    self.assertTrue(caught.exception.code.startswith("Client."), caught.exception.code)
                    self.assertIn(path, caught.exception.text)

    def test_an_unknown_operation(self):
        for orders, versions in self.each():
            with self.subTest(versions):
                with self.assertRaises(Fault) as caught:
                    orders.nothing()
                self.assertIn("nothing", caught.exception.text)
