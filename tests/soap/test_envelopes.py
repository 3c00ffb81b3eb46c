"""Requests of the engine beside what other clients send: zeep for literal styles, PHP for SOAP encoding.

The golden requests below bridge/soap/tests, and the examples of the WSDLs in wsdl/, in canonical form.
"""

import base64
import datetime
import json
import subprocess
import unittest
from pathlib import Path

from lxml import etree
from zeep import Client, Settings
from zeep.exceptions import ValidationError

from canonical import canonical

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "bridge" / "soap" / "tests"
PHP = Path(__file__).parent / "servers" / "php_request.php"

LINES = {"Line": [{"sku": "a", "qty": 2, "price": "9.50"}, {"sku": "b", "qty": 3}]}
ORDER = {
    "at": datetime.datetime(2026, 11, 20, 9, 30, 0, 500_000, datetime.timezone.utc), "due": datetime.date(2026, 11, 20),
    "data": b"\xde\xad", "customer": "Ann & <Co>", "lines": LINES,
}


def derived(client, local, **fields):
    """A value of a type, as zeep wants it said."""
    return client.get_type(f"{{{NAMESPACES[local]}}}{local}")(**fields)


NAMESPACES = {"Circle": "urn:constructs:derived", "Dot": "urn:constructs:derived", "B": "urn:constructs:29_derived_type"}

# Arguments as zeep wants them, where that is not how a client of ours gives them.
IN_ZEEP = {
    "constructs/spyne11/echo": lambda client: [ORDER, True],
    "constructs/spyne12/echo": lambda client: [ORDER, True],
    "constructs/derived/draw": lambda client: [[derived(client, "Circle", id=1, radius=2.5), derived(client, "Dot", id=2, radius=0)]],
    "failures/29_derived_type/call.alias": lambda client: [derived(client, "B", x=1, y=2)],
    "failures/29_derived_type/call.type": lambda client: [derived(client, "B", x=1, y=2)],
    "failures/21_choices/call.only": lambda client: [{"id": 0, "only": 2}],
}

# Where the other client sends something else, or nothing: each with what it does.
DIFFERENT = {
    "constructs/attached/turn": "zeep fetches the schema of XOP from the network",
    "constructs/binary/put": "zeep has no bytes for hexBinary, it writes the text that it is given",
    "constructs/content/send": "zeep has no name for the text beside attributes, nor arguments that are attributes of the wrapper",
    "constructs/content/send.least": "zeep does not write the fixed attribute that is required",
    "constructs/derived/pay": "zeep knows no substitution groups (its issue 321)",
    "constructs/facets/pay": "zeep checks no patterns: it sends `true` where only `0` and `1` are allowed",
    "constructs/headers/get": "zeep does not load a WSDL that names a header of no message",
    "constructs/imports/look": "zeep does not load a WSDL of which one schema is missing",
    "constructs/overloads/find.byId": "zeep knows the last overload alone (its issue 785)",
    "constructs/redefine/find": "zeep has no xs:redefine",
    "constructs/rpc_encoded/any": "PHP's numbers are xsd:float where nothing else is said",
    "constructs/rpc_encoded/map": "PHP writes maps from arrays, and these arguments are an object",
    "failures/08_schema_elsewhere/call": "zeep does not find the schema that another WSDL brings",
    "failures/11_invalid_schema/call": "zeep reads no schema of 1999",
    "failures/12_header_of_no_message/call": "zeep does not load a WSDL that names a header of no message",
    "failures/14_rpc_without_namespace/call": "zeep takes no namespace where WS-I takes that of the WSDL",
    "failures/15_overloads/find.id": "zeep knows the last overload alone (its issue 785)",
    "failures/16_several_ports/call": "zeep does not load a WSDL with a port of HTTP GET without an address",
    "failures/21_choices/call.many": "zeep drops a choice that repeats within a choice",
    "failures/22_any_in_the_middle/call": "zeep takes only elements that are XML already",
    "failures/23_substitution/call.one": "zeep knows no substitution groups (its issue 321)",
    "failures/23_substitution/call.two": "zeep knows no substitution groups (its issue 321)",
    "failures/25_array_in_literal/call": "zeep fetches the schema of the encoding from the network",
    "failures/27_null_dates/call": "zeep leaves out a null that may be missing, where we say nil; `nulls: absent` does as zeep",
}


def goldens():
    for folder in ("constructs", "failures"):
        for wsdl in sorted((ENGINE / folder).glob("*.wsdl")):
            for arguments in sorted(wsdl.with_suffix("").glob("*.args.json")):
                request = arguments.with_name(arguments.name.replace(".args.json", ".request.xml"))
                text = request.read_bytes()
                if text.startswith(b"<?xml"):
                    yield f"{folder}/{wsdl.stem}/{request.stem.removesuffix('.request')}", wsdl, arguments, text


def native(data):
    """Canonical JSON as Python values."""
    if isinstance(data, list):
        return [native(item) for item in data]
    if isinstance(data, float) and data.is_integer():
        return int(data)
    if not isinstance(data, dict):
        return data
    if "$date" in data:
        return datetime.datetime.fromisoformat(data["$date"].replace("Z", "+00:00"))
    if "$bytes" in data:
        return base64.b64decode(data["$bytes"])
    return {name: native(member) for name, member in data.items() if not name.startswith("$")}


def by_zeep(name, wsdl, operation, arguments):
    client = Client(str(wsdl), settings=Settings(strict=False))
    if name in IN_ZEEP:
        arguments = IN_ZEEP[name](client)
    try:
        envelope = client.create_message(client.service, operation, *arguments)
    except (TypeError, ValueError, AttributeError, ValidationError):
        [named] = arguments
        envelope = client.create_message(client.service, operation, **named)
    return etree.tostring(envelope)


def by_php(wsdl, operation, file):
    done = subprocess.run(["php", PHP, wsdl, operation, file], capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode())
    return done.stdout


class Requests(unittest.TestCase):
    maxDiff = None

    def test_each_is_what_another_client_sends(self):
        compared = 0
        for name, wsdl, file, ours in goldens():
            with self.subTest(name):
                operation = file.name.split(".")[0]
                encoded = b'use="encoded"' in wsdl.read_bytes()
                try:
                    theirs = by_php(wsdl, operation, file) if encoded else by_zeep(
                        name, wsdl, operation, native(json.loads(file.read_text())))
                    same = canonical(theirs) == canonical(ours)
                    told = f"theirs\n{canonical(theirs)}\nours\n{canonical(ours)}"
                except Exception as error:  # noqa: BLE001 whatever keeps the other client from sending
                    same, told = False, f"{type(error).__name__}: {error}"
                if name in DIFFERENT:
                    self.assertFalse(same, f"no longer different: {DIFFERENT[name]}")
                    continue
                self.assertTrue(same, told)
                compared += 1
        self.assertGreater(compared, 20)


if __name__ == "__main__":
    unittest.main()
