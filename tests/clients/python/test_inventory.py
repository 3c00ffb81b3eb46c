"""Rows and typed objects of the sample inventory, in the shape that each version of AMF expects."""

import datetime

import pyamf
from pyamf.amf0 import RecordSet
from pyamf.flex import ArrayCollection

from gateway import Case, Product, both, connect, fault

SERVICE = "samples.inventory.ProductService"
COLUMNS = ["id", "name", "price", "category", "addedAt", "version"]


def service(version):
    return connect(version).getService(SERVICE)


class Rows(Case):
    def test_rows_are_a_record_set_in_amf0(self):
        got = service(pyamf.AMF0).getProducts()
        self.assertIsInstance(got, RecordSet)
        self.assertEqual(COLUMNS, got.columns)
        self.assertGreaterEqual(len(got.items), 2)
        for row in got.items:
            self.assertEqual(len(COLUMNS), len(row))
            self.assertIsInstance(row[4], datetime.datetime)

    def test_rows_are_an_array_collection_of_typed_objects_in_amf3(self):
        got = service(pyamf.AMF3).getProducts()
        self.assertIsInstance(got, ArrayCollection)
        self.assertGreaterEqual(len(got), 2)
        for product in got:
            self.assertIsInstance(product, Product)
            self.assertEqual(set(COLUMNS), set(vars(product)))
            self.assertIsInstance(product.id, int)
            self.assertIsInstance(product.name, str)
            self.assertIsInstance(product.addedAt, datetime.datetime)

    def test_both_versions_have_the_same_rows(self):
        table = service(pyamf.AMF0).getProducts()
        objects = service(pyamf.AMF3).getProducts()
        self.assertEqual([dict(zip(table.columns, row)) for row in table.items], [vars(product) for product in objects])

    def test_a_decimal_keeps_its_digits(self):
        for product in service(pyamf.AMF3).getProducts():
            self.assertIsInstance(product.price, str)
            self.assertRegex(product.price, r"^\d+\.\d\d$")

    def test_a_filter(self):
        everything = service(pyamf.AMF3).getProducts()
        category = everything[0].category
        self.assertEqual(
            [p.id for p in everything if p.category == category],
            [p.id for p in service(pyamf.AMF3).getProducts(category)],
        )

    def test_no_row_fits(self):
        self.assertEqual([], list(service(pyamf.AMF3).getProducts("no such category")))
        empty = service(pyamf.AMF0).getProducts("no such category")
        self.assertEqual((COLUMNS, []), (empty.columns, empty.items))

    @both
    def test_one_row_is_a_typed_object(self, version):
        product = service(version).getProduct(1)
        self.assertIsInstance(product, Product)
        self.assertEqual(1, product.id)

    @both
    def test_no_row_is_null(self, version):
        self.assertIsNone(service(version).getProduct(-5))

    def test_a_list_argument(self):
        for given in ([1, 2], [2, 1, 2], []):
            got = service(pyamf.AMF3).findProducts(given)
            self.assertEqual(sorted(set(given)), sorted(product.id for product in got))

    def test_a_text_is_no_sql(self):
        self.assertEqual([], list(service(pyamf.AMF3).getProducts("x' OR '1'='1")))

    def test_orders_have_lines(self):
        orders = connect(pyamf.AMF3).getService("samples.orders.OrderService").getOrders()
        self.assertEqual(list(range(1, 13)), [order["id"] for order in orders])
        self.assertEqual([1, 3, 3, 3, 1, 2, 3, 3, 1, 2, 1, 0], [len(order["lines"]) for order in orders])
        self.assertEqual("Bruno Costa", orders[0]["customer"]["name"])
        line = orders[1]["lines"][1]
        self.assertEqual((4, 2, "19.95"), (line["productId"], line["quantity"], line["price"]))

    def test_the_first_rows_as_they_are_in_the_table(self):
        table = service(pyamf.AMF0).getProducts()
        self.assertEqual(
            [
                [1, "Wooden train", "24.95", "toys", datetime.datetime(2026, 1, 14, 10, 7), 1],
                [2, "Spinning top", "3.45", "toys", datetime.datetime(2026, 1, 23, 10, 44), 1],
            ],
            [row[:5] + [1] for row in table.items[:2]],
        )
        self.assertEqual("Café-au-lait bowl ☕", table.items[30][1])


class Saving(Case):
    @both
    def test_added_changed_guarded_and_removed(self, version):
        kite = Product(id=0, name=f"Kite {version}", price="12.75", category="toys", addedAt=None, version=0)
        added = service(version).saveProduct(kite)
        self.assertIsInstance(added, Product)
        self.assertGreater(added.id, 0)
        self.assertEqual((kite.name, "12.75", "toys", 1), (added.name, added.price, added.category, added.version))
        # The service writes the time of the call.
        self.assertLess(abs(datetime.datetime.utcnow() - added.addedAt), datetime.timedelta(hours=1))

        added.name = f"Kite {version}, repaired"
        changed = service(version).saveProduct(added)
        self.assertEqual((added.id, 2, added.name), (changed.id, changed.version, changed.name))

        # `added` still has version 1: somebody else's change came between.
        self.assertEqual("Client.Conflict", fault(version, f"{SERVICE}.saveProduct", added).code)
        self.assertEqual("Client.Conflict", fault(version, f"{SERVICE}.removeProduct", added.id, 1).code)
        self.assertIsNotNone(service(version).getProduct(added.id))

        service(version).removeProduct(changed.id, changed.version)
        self.assertIsNone(service(version).getProduct(changed.id))

    @both
    def test_an_anonymous_object_stands_for_a_typed_one(self, version):
        product = service(version).getProduct(2)
        saved = service(version).saveProduct(dict(vars(product)))
        self.assertIsInstance(saved, Product)
        self.assertEqual(product.version + 1, saved.version)

    @both
    def test_a_member_of_the_wrong_type_is_refused(self, version):
        product = service(version).getProduct(2)
        product.price = {"not": "a price"}
        self.assertEqual("Client.BadArguments", fault(version, f"{SERVICE}.saveProduct", product).code)
