"""Envelopes in canonical form: the body as C14N 2.0 writes it, with prefixes, references and spellings made equal."""

import re
import xml.etree.ElementTree as tree
from io import BytesIO

SOAP = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
TYPE, NIL = f"{{{XSI}}}type", f"{{{XSI}}}nil"
ARRAY_TYPE = f"{{{ENCODING}}}arrayType"
# What says nothing of the value: whose reference it is, that it is no root, how all is encoded.
SILENT = {"id", "href", f"{{{ENCODING}}}root", *(f"{{{soap}}}encodingStyle" for soap in SOAP)}


def canonical(envelope: bytes) -> str:
    """The children of the body, one after another."""
    root, scopes = _parse(envelope)
    body = next(child for child in root if child.tag in {f"{{{soap}}}Body" for soap in SOAP})
    targets = {node.get("id"): node for node in root.iter() if node.get("id")}
    numbers: dict[int, str] = {}

    def copy(node):
        href = node.get("href")
        target = targets.get(href[1:]) if href and href.startswith("#") else node
        made = tree.Element(node.tag)
        if target.get("id"):
            if id(target) in numbers:
                made.set("again", numbers[id(target)])
                return made
            numbers[id(target)] = made.attrib["value"] = str(len(numbers))
        for name, value in target.attrib.items():
            if name == TYPE and ARRAY_TYPE in target.attrib:
                continue  # `Array`, or the name that the WSDL has for this kind of array
            if name in (TYPE, ARRAY_TYPE):
                value = _resolved(value, scopes[target])
            if name not in SILENT:
                made.set(name, value)
        children = [copy(child) for child in target]
        made.extend(children)
        if not children:
            # Half a second is `.5`, `.500` or `.500000`.
            made.text = re.sub(r"(T\d\d:\d\d:\d\d\.\d*?)0+(?=Z|[+-]|$)", r"\1", target.text or "")
        return made

    independent = [child for child in body if not (child.get("id") and child.get(f"{{{ENCODING}}}root") == "0")]
    return "\n".join(
        tree.canonicalize(tree.tostring(copy(child)), rewrite_prefixes=True, strip_text=False) for child in independent
    )


def _parse(envelope: bytes):
    """The document, and the prefixes in scope at each element."""
    scopes, stack, root, pending = {}, [{}], None, {}
    for event, what in tree.iterparse(BytesIO(envelope), ("start", "end", "start-ns")):
        if event == "start-ns":
            pending[what[0]] = what[1]
        elif event == "start":
            root = what if root is None else root
            stack.append({**stack[-1], **pending})
            pending = {}
            scopes[what] = stack[-1]
        else:
            stack.pop()
    return root, scopes


def _resolved(name: str, scope: dict) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{{{scope.get(prefix, '')}}}{local}"
