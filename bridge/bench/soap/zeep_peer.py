"""zeep as a peer: reads the reply in a file, or writes a request of as many orders, as often as a line says.

usage: zeep_peer.py WSDL read|write REPLY ROWS
"""

import decimal
import datetime
import resource
import sys

from lxml import etree
from zeep import Client, Settings

WSDL, WHAT, REPLY, ROWS = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])


class Response:
    """What zeep wants of requests' responses."""

    status_code = 200
    headers = {"Content-Type": "text/xml; charset=utf-8"}
    encoding = "utf-8"

    def __init__(self, content):
        self.content = content


client = Client(WSDL, settings=Settings(strict=True, xml_huge_tree=True))
binding = client.service._binding
operation = binding.get("listOrders")
response = Response(open(REPLY, "rb").read())
orders = {"Order": [
    {
        "id": row, "customer": f"Customer {row % 100}", "total": decimal.Decimal(f"{row}.50"),
        "placed": datetime.datetime(2026, 11, 20, 9, 30, tzinfo=datetime.timezone.utc), "paid": row % 2 == 0, "note": None,
    }
    for row in range(ROWS)
]}


def read():
    return binding.process_reply(client, operation, response)


def write():
    return etree.tostring(client.create_message(client.service, "saveOrders", orders=orders))


if WHAT == "read":
    rows = read()
    assert len(rows) == ROWS and rows[-1].id == ROWS - 1, "the reply is not read"
    work = read
else:
    text = write()
    assert text.count(b":id>") + text.count(b"<id>") >= ROWS, "the request is not written"
    work = write
print("ready", flush=True)
for line in sys.stdin:
    if line.startswith("work "):
        for _ in range(int(line.split()[1])):
            work()
        print("done", flush=True)
    else:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, flush=True)
