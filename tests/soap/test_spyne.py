"""spyne, which validates what it gets: document/literal wrapped, in SOAP 1.1 and 1.2."""

import datetime

from calls import AMF0, AMF3, Case, Fault, plain, service

SERVICES = {"1.1": "tests.one.OneService", "1.2": "tests.two.TwoService"}
LINES = [{"sku": "a", "qty": 2, "price": "9.50"}, {"sku": "b", "qty": 1, "price": "0.25"}]


class Spyne(Case):
    def each(self):
        """Each version of SOAP, called by each version of AMF."""
        for soap, name in SERVICES.items():
            for amf in (AMF0, AMF3):
                with self.subTest(soap=soap, amf=amf):
                    yield service(name, amf), amf

    def test_an_order_comes_back_as_it_went(self):
        placed = datetime.datetime(2026, 11, 20, 9, 30)
        for orders, amf in self.each():
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
        for orders, _ in self.each():
            for count in (0, 1, 3):
                got = plain(orders.lines(count))
                self.assertEqual([{"sku": f"s{row}", "qty": row + 1, "price": "1.50"} for row in range(count)], got)

    def test_a_list_is_an_argument(self):
        for orders, _ in self.each():
            self.assertEqual("19.25", orders.total(LINES))
            self.assertIn(orders.total([]), ("0", "0.00"))

    def test_arguments_by_name(self):
        for orders, _ in self.each():
            self.assertEqual(datetime.datetime(2026, 3, 1), orders.later({"days": 1, "day": datetime.datetime(2026, 2, 28)}))

    def test_a_fault_has_code_and_text(self):
        for orders, _ in self.each():
            with self.assertRaises(Fault) as caught:
                orders.fail("a1")
            self.assertEqual("no a1 left", caught.exception.text)
            self.assertIn("NoStock", caught.exception.code)

    def test_what_the_schema_refuses_is_told_before_it_is_sent(self):
        for orders, _ in self.each():
            for order, path in (
                ({"customer": "x", "lines": [{"sku": "a", "qty": "many"}]}, "lines[0].qty"),
                ({"customer": "x", "lines": [{"sku": "a", "qty": 0}]}, "lines[0].qty"),
                ({"customer": "", "lines": []}, "customer"),
                ({"customer": "x", "colour": "blue"}, "colour"),
                ({"customer": "x", "lines": [{"sku": "a", "price": "1.234"}]}, "lines[0].price"),
            ):
                with self.assertRaises(Fault, msg=path) as caught:
                    orders.echo(order)
                self.assertTrue(caught.exception.code.startswith("Client."), caught.exception.code)
                self.assertIn(path, caught.exception.text)

    def test_an_unknown_operation(self):
        for orders, _ in self.each():
            with self.assertRaises(Fault) as caught:
                orders.nothing()
            self.assertIn("nothing", caught.exception.text)
