"""Every operation of every WSDL of the samples and of these tests: what the command says that it would send, for the example
that it gives itself, is valid by the WSDL's own schema (xmllint), and is what zeep and PHP send (in canonical form)."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from lxml import etree
from zeep import Client, Settings

from canonical import SOAP, canonical
from test_envelopes import PHP, ROOT, native

FOOTBRIDGE = os.environ["FOOTBRIDGE_BIN"]
FOLDERS = ("wsdl", "tests/soap/project/wsdl", "bridge/gateway/tests/run/cases/wsdl", "bridge/bench/soap")
XSD, WSDL = "{http://www.w3.org/2001/XMLSchema}", "{http://schemas.xmlsoap.org/wsdl/}"

# Where another client sends something else: each with what it does.
DIFFERENT = {
    "tests/soap/project/wsdl/encoded.wsdl map": "PHP writes maps from arrays, and this argument is an object",
}

# Arguments as zeep wants them, where that is not how a client of ours gives them.
IN_ZEEP = {
    "bridge/bench/soap/orders.wsdl saveOrders": lambda example: {"orders": {"Order": example["orders"]}},
}


def operations():
    """Path of a WSDL, operation as `describe` tells of it."""
    for folder in FOLDERS:
        for wsdl in sorted((ROOT / folder).glob("*.wsdl")):
            told = json.loads(footbridge("describe", "--json", wsdl))
            for operation in told["services"][0]["ports"][0]["operations"]:
                yield wsdl, operation


def footbridge(*words):
    done = subprocess.run([FOOTBRIDGE, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout


def sent(wsdl, operation):
    """The envelope that the command would send."""
    example = operation["example"]
    # Of a choice one is given, and so by name.
    all_of_them = len(example) == len(operation["arguments"])
    example = [json.dumps(value) for value in (example.values() if all_of_them else [example])]
    told = footbridge("explain", "--wsdl", wsdl, "--operation", operation["name"], "--", *example)
    line = next(line for line in told.splitlines() if "<soapenv:Envelope" in line)
    return line.strip().encode()


def by_zeep(name, wsdl, operation):
    client = Client(str(wsdl), settings=Settings(strict=False))

    def value(data):
        if isinstance(data, list):
            return [value(item) for item in data]
        if isinstance(data, dict) and "$$type" in data:
            kind = next(kind for kind in client.wsdl.types.types if kind.name == data["$$type"])
            return kind(**value({name: member for name, member in data.items() if name != "$$type"}))
        if isinstance(data, dict) and not any(name.startswith("$") for name in data):
            return {name: value(member) for name, member in data.items()}
        return native(data)

    example = IN_ZEEP.get(name, dict)(operation["example"])
    example = {name: value(data) for name, data in example.items()}
    try:
        envelope = client.create_message(client.service, operation["name"], **example)
    except TypeError:
        envelope = client.create_message(client.service, operation["name"], *example.values())
    return etree.tostring(envelope)


def by_php(wsdl, operation):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(list(operation["example"].values()), file)
        file.flush()
        done = subprocess.run(["php", PHP, wsdl, operation["name"], file.name], capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode())
    return done.stdout


def validate(wsdl, operation, envelope):
    """What xmllint has against the child of the body."""
    document = etree.parse(str(wsdl)).getroot()
    body = next(node for node in etree.fromstring(envelope) if node.tag in {f"{{{soap}}}Body" for soap in SOAP})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        imports = []
        for number, schema in enumerate(document.iter(f"{XSD}schema")):
            file = folder / f"s{number}.xsd"
            file.write_bytes(etree.tostring(schema, with_tail=False))
            imports.append((schema.get("targetNamespace", ""), file))
        if operation["style"].startswith("rpc"):
            file = folder / "rpc.xsd"
            file.write_bytes(of_rpc(document, body[0], imports))
            namespace = etree.QName(body[0]).namespace
            imports = [(namespace, file), *((other, file) for other, file in imports if other != namespace)]
        main = "".join(f'<xs:import namespace="{namespace}" schemaLocation="{file}"/>' for namespace, file in imports)
        (folder / "main.xsd").write_text(f'<xs:schema xmlns:xs="{XSD[1:-1]}">{main}</xs:schema>')
        (folder / "body.xml").write_bytes(etree.tostring(body[0], with_tail=False))
        done = subprocess.run(
            ["xmllint", "--noout", "--schema", folder / "main.xsd", folder / "body.xml"], capture_output=True, text=True,
            check=False)
        return "" if done.returncode == 0 else done.stderr


def of_rpc(document, call, types):
    """The schema that an rpc operation has by its WSDL: its name around its parts, which have no namespace."""
    name = etree.QName(call)
    declared = next(node for node in document.iter(f"{WSDL}operation") if node.get("name") == name.localname)
    message = declared.find(f"{WSDL}input").get("message").split(":")[-1]
    parts = [
        part for found in document.iter(f"{WSDL}message") if found.get("name") == message for part in found.iter(f"{WSDL}part")
    ]
    schema = etree.Element(f"{XSD}schema", {"targetNamespace": name.namespace}, nsmap={**document.nsmap, "xs": XSD[1:-1]})
    types_of_own = [(namespace, file) for namespace, file in types if namespace != name.namespace]
    for namespace, file in types_of_own:
        etree.SubElement(schema, f"{XSD}import", {"namespace": namespace, "schemaLocation": str(file)})
    for namespace, file in types:
        if namespace == name.namespace:
            etree.SubElement(schema, f"{XSD}include", {"schemaLocation": str(file)})
    element = etree.SubElement(schema, f"{XSD}element", {"name": name.localname})
    sequence = etree.SubElement(etree.SubElement(element, f"{XSD}complexType"), f"{XSD}sequence")
    for part in parts:
        etree.SubElement(sequence, f"{XSD}element", {"name": part.get("name"), "type": part.get("type")})
    return etree.tostring(schema)


class Requests(unittest.TestCase):
    maxDiff = None

    def test_each_is_valid_and_what_another_client_sends(self):
        seen = 0
        for wsdl, operation in operations():
            name = f"{wsdl.relative_to(ROOT)} {operation['name']}"
            with self.subTest(name):
                ours = sent(wsdl, operation)
                encoded = operation["style"].endswith("encoded")
                if not encoded:
                    self.assertEqual("", validate(wsdl, operation, ours))
                theirs = by_php(wsdl, operation) if encoded else by_zeep(name, wsdl, operation)
                if name in DIFFERENT:
                    self.assertNotEqual(canonical(theirs), canonical(ours), f"no longer different: {DIFFERENT[name]}")
                else:
                    self.assertEqual(canonical(theirs), canonical(ours))
                seen += 1
        self.assertGreater(seen, 30)

    def test_what_is_not_valid_is_told(self):
        wsdl, operation = next(operations())
        spoiled = sent(wsdl, operation).replace(b"ns0:to>", b"ns0:too>")
        self.assertIn("too", validate(wsdl, operation, spoiled))


if __name__ == "__main__":
    unittest.main()
