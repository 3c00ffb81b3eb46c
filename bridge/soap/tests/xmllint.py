#!/usr/bin/env python3
"""Validates every golden request in tests/constructs and tests/failures, and every answer of the mock, against the schemas of its own WSDL, with xmllint of libxml2.

An independent judge of the writer: run it after the golden files were written anew. SOAP encoding has no schema of
its instances, so those requests are left out. Prints what is invalid and ends with 1.
"""

import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree

XSD = "{http://www.w3.org/2001/XMLSchema}"
TESTS = pathlib.Path(__file__).parent
# What fails there is the schema itself: xmllint cannot judge by it.
NOT_VALID = {
    "01_several_locations", "02_import_circles", "07_element_of_third_type", "08_schema_elsewhere", "11_invalid_schema",
    "23_substitution", "25_array_in_literal",
}


def prefixes(text):
    """The declarations of the document's element, which its schemas rely on."""
    head = text[text.index("<definitions"):]
    return [part for part in head[: head.index(">")].split() if part.startswith("xmlns:")]


def schemas(wsdl, folder):
    """Writes each inline schema to a file of its own, and one that imports them all."""
    text = wsdl.read_text()
    found, at = [], 0
    while (at := text.find("<xs:schema ", at)) >= 0:
        # A schema within a golden reply is none of the WSDL's.
        end = text.index("</xs:schema>", at) + len("</xs:schema>")
        found.append(text[at:end])
        at = end
    names = []
    for schema in found:
        for declaration in prefixes(text):
            name = declaration.split("=")[0]
            if f"{name}=" not in schema.split(">")[0]:
                schema = schema.replace("<xs:schema ", f"<xs:schema {declaration} ", 1)
        root = tree.fromstring(schema)
        names.append((root.get("targetNamespace"), f"s{len(names)}.xsd", schema))
    by_namespace = {namespace: file for namespace, file, _ in names}
    for namespace, file, schema in names:
        # Imports without a location mean the others of the set; one of its own namespace means nothing.
        for other, place in by_namespace.items():
            schema = schema.replace(f'<xs:import namespace="{other}"/>', "" if other == namespace else
                                    f'<xs:import namespace="{other}" schemaLocation="{place}"/>')
        schema = schema.replace(f'schemaLocation="{wsdl.stem}/', f'schemaLocation="{wsdl.parent}/{wsdl.stem}/')
        (folder / file).write_text(schema)
    imports = "".join(f'<xs:import namespace="{n}" schemaLocation="{f}"/>' for n, f, _ in names)
    main = folder / "main.xsd"
    main.write_text(f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>')
    return main


def main():
    wrong = judged = 0
    for wsdl in sorted([*TESTS.glob("constructs/*.wsdl"), *TESTS.glob("failures/*.wsdl")]):
        # What spyne declares, its own validating server has judged.
        if wsdl.stem.startswith("spyne"):
            continue
        if wsdl.stem in NOT_VALID:
            continue
        # gSOAP's way to declare attachments is valid with attachments alone.
        if any(part in wsdl.read_text() for part in ('style="rpc"', "<xs:any/>", "xop:Include")):
            continue
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            schema = schemas(wsdl, folder)
            own = wsdl.with_suffix("")
            for request in sorted([*own.glob("*.request.xml"), *own.glob("*.mock.xml")]):
                text = request.read_text()
                if not text.startswith("<?xml"):
                    continue
                envelope = text[text.index("<soapenv:Envelope"):]
                declared = envelope[len("<soapenv:Envelope"): envelope.index(">")]
                body = envelope[envelope.index("<soapenv:Body>") + 14: envelope.index("</soapenv:Body>")]
                if body.startswith("<plain") or "<ns0:a>" in body:
                    continue
                name_end = min(i for i in (body.find(" "), body.find(">"), body.find("/")) if i > 0)
                (folder / "body.xml").write_text(body[:name_end] + declared + body[name_end:])
                run = subprocess.run(["xmllint", "--noout", "--schema", str(schema), str(folder / "body.xml")],
                                     capture_output=True, text=True, check=False)
                judged += 1
                if run.returncode != 0:
                    wrong += 1
                    print(f"{request.relative_to(TESTS)}: {run.stderr.strip()}")
    print(f"{judged - wrong} passed, {wrong} failed")
    return 1 if wrong or not judged else 0


if __name__ == "__main__":
    sys.exit(main())
