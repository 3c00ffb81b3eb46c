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
class Page:
    def __init__(self, **fields):
        self.__dict__.update(fields)


pyamf.register_class(Row, "rest.Row")
pyamf.register_class(Page, "RecordSetPage")


def members(rows, *names):
    """Rows as tuples, of an ArrayCollection of objects or of a record set."""
    if hasattr(rows, "columns"):
        return [tuple(row[names_of(rows).index(name)] for name in names) for row in rows.items]
    return [tuple(getattr(row, name) for name in names) for row in rows]


def names_of(rows):
    return [str(column) for column in rows.columns]


def records(rows, first, count):
    """Rows that the record set lacks, asked for as the class RecordSet of ActionScript does, on a connection of its own."""
    client = connect(pyamf.AMF0)
    answer = client.execute_single(client.addRequest(f"{rows.service['name']}.getRecords", rows.id, first, count))
    page = answer.body
    return page.Cursor, [row[0] for row in page.Page]


class Tables(Case):
    @both
    def test_every_way_from_page_to_page_gives_all_rows_once(self, version):
        wanted = [(number * 10, number / 4) for number in range(1, 26)]
        for way in ("byLastId", "byUrl", "byLink") + (("byCursor",) if version == pyamf.AMF3 else ()):
            with self.subTest(way):
                rows = getattr(connect(version).getService("rest.Tables"), way)()
                self.assertEqual(members(rows, "id", "price"), wanted)


class RecordSets(Case):
    """Lists that say how many there are come page by page to clients that page by themselves, whatever way leads from page to page."""

    def test_rows_may_be_asked_for_in_any_order(self):
        for service, way, size, unit in (
            ("Tables", "byCursor", 10, 10), ("Tables", "byUrlCounted", 4, 10), ("Ranges", "list", 10, 1), ("Orders", "counted", 10, 1),
        ):
            with self.subTest(way, service=service):
                rows = getattr(connect(pyamf.AMF0).getService(f"rest.{service}"), way)()
                self.assertEqual([row[0] for row in rows.items], [number * unit for number in range(1, size + 1)])
                for first, count in ((24, 2), (11, 5), (1, 3), (16, 8), (11, 5)):
                    wanted = [number * unit for number in range(first, first + count)]
                    self.assertEqual(records(rows, first, count), (first, wanted))
                self.assertEqual(records(rows, 24, 10)[1], [24 * unit, 25 * unit])
                self.assertEqual(records(rows, 26, 5)[1], [])


class Ranges(Case):
    def test_ranges_give_all_rows_once(self):
        service = connect(pyamf.AMF3).getService("rest.Ranges")
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
