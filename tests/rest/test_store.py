"""A store that keeps what it is told (json-server), and components that stayed, through Py3AMF."""

import unittest

import pyamf
from gateway import Case, both, connect, fault, message_to, send


class Order:
    def __init__(self, **fields):
        self.__dict__.update(fields)


class Line:
    def __init__(self, **fields):
        self.__dict__.update(fields)


class Product:
    def __init__(self, **fields):
        self.__dict__.update(fields)


pyamf.register_class(Order, "rest.Order")
pyamf.register_class(Line, "rest.Line")
pyamf.register_class(Product, "shop.Product")


def call(version, name, *arguments):
    return getattr(connect(version).getService("rest.Orders"), name)(*arguments)


class Store(Case):
    def test_what_is_created_can_be_read_changed_and_removed(self):
        version = pyamf.AMF3
        order = Order(number=0, customer="cleo", total="99.95", lines=[Line(sku="B-1", qty=2)])
        made = call(version, "create", order)
        self.assertIsInstance(made, Order)
        self.assertEqual((made.customer, made.total, made.lines[0].sku), ("cleo", "99.95", "B-1"))
        found = call(version, "get", made.number)
        self.assertEqual((found.number, found.lines[0].qty), (made.number, 2))
        changed = call(version, "change", made.number, "1.5")
        self.assertEqual((changed.total, changed.customer), ("1.5", "cleo"))
        self.assertIsNone(call(version, "remove", made.number))
        self.assertIsNone(call(version, "find", made.number))
        gone = fault(version, "rest.Orders.get", made.number)
        self.assertEqual((gone.code, gone.description), ("Client.NoOrder", "there is no such order"))

    def test_lists_are_typed_in_both_versions(self):
        rows = call(pyamf.AMF3, "list", "ann")
        self.assertEqual(len(rows), 13)
        self.assertTrue(all(isinstance(row, Order) and row.customer == "ann" for row in rows))
        self.assertEqual(rows[1].number, 3)

    def test_pages_are_fetched_by_their_links(self):
        rows = call(pyamf.AMF3, "paged")
        self.assertEqual([row.number for row in rows][:25], list(range(1, 26)))
        self.assertEqual(fault(pyamf.AMF3, "rest.Orders.few").code, "Server.TooManyRows")

    def test_one_page_may_be_asked_for(self):
        page = call(pyamf.AMF3, "page", 2, 4)
        self.assertEqual([row["id"] for row in page["items"]], [5, 6, 7, 8])
        self.assertGreaterEqual(page["count"], 25)

    def test_steps_and_each_run_side_by_side(self):
        self.assertEqual(list(call(pyamf.AMF3, "both", 1, 2)["customers"]), ["ann", "bob"])
        self.assertEqual(list(call(pyamf.AMF3, "several", [1, 2, 3, 4, 5, 6])), ["ann", "bob"] * 3)
        self.assertEqual(fault(pyamf.AMF3, "rest.Orders.several", [1, 999]).code, "Client.NoOrder")


class Components(Case):
    def test_under_its_old_destination_and_source(self):
        status, answer = send(message_to("ColdFusion", "getProduct", 2, source="shop.ProductService"))
        self.assertEqual(status, 0)
        self.assertIsInstance(answer.body, Product)
        self.assertEqual((answer.body.id, answer.body.name, answer.body.price), (2, "Kite", 19))

    @both
    def test_as_a_classic_call(self, version):
        service = connect(version).getService("shop.ProductService")
        self.assertEqual(service.save("Top"), "Top")

    def test_lists_are_typed(self):
        rows = connect(pyamf.AMF3).getService("shop.ProductService").list()
        self.assertEqual([row.name for row in rows], ["Wooden train", "Kite"])

    def test_a_page_about_an_error_stays_inside(self):
        told = fault(pyamf.AMF3, "shop.ProductService.missing")
        self.assertEqual(told.code, "Server.Backend")
        self.assertNotIn("inetpub", repr(vars(told)))


if __name__ == "__main__":
    unittest.main()
