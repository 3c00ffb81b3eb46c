"""Lists that come in pages from servers that others wrote: Datasette (last id, cursor, URL, link), koa-pagination (Content-Range)."""

import unittest

import pyamf
from gateway import Case, both, connect


class Product:
    def __init__(self, **fields):
        self.__dict__.update(fields)


class Row:
    def __init__(self, **fields):
        self.__dict__.update(fields)


pyamf.register_class(Product, "rest.Product")
pyamf.register_class(Row, "rest.Row")


def members(rows, *names):
    """Rows as tuples, of an ArrayCollection of objects or of a record set."""
    if hasattr(rows, "columns"):
        return [tuple(row[names_of(rows).index(name)] for name in names) for row in rows.items]
    return [tuple(getattr(row, name) for name in names) for row in rows]


def names_of(rows):
    return [str(column) for column in rows.columns]


class Tables(Case):
    @both
    def test_every_way_from_page_to_page_gives_all_rows_once(self, version):
        wanted = [(number * 10, number / 4) for number in range(1, 26)]
        for way in ("byLastId", "byCursor", "byUrl", "byLink"):
            with self.subTest(way):
                rows = getattr(connect(version).getService("rest.Tables"), way)()
                self.assertEqual(members(rows, "id", "price"), wanted)


class Ranges(Case):
    @both
    def test_ranges_give_all_rows_once(self, version):
        service = connect(version).getService("rest.Ranges")
        self.assertEqual(members(service.list(), "id"), [(number,) for number in range(1, 26)])

    def test_a_service_may_give_smaller_pages_than_it_is_asked_for(self):
        rows = connect(pyamf.AMF3).getService("rest.Ranges").larger()
        self.assertEqual(members(rows, "id"), [(number,) for number in range(1, 26)])

    def test_one_page_may_be_asked_for(self):
        page = connect(pyamf.AMF3).getService("rest.Ranges").page(7, 20)
        self.assertEqual([row["id"] for row in page["items"]], [21, 22, 23, 24, 25])
        self.assertEqual(page["count"], 25)
        behind = connect(pyamf.AMF3).getService("rest.Ranges").page(7, 100)
        self.assertEqual(list(behind["items"]), [])


if __name__ == "__main__":
    unittest.main()
