"""Every construct of OpenAPI documents, with Prism as the judge: it has the same document, and answers 422 where a request is not
as that says. The calls are those that bridge/rest plays against golden requests."""

import base64
import datetime
import json
import os
import subprocess
import unittest
from pathlib import Path

import pyamf
from gateway import Case, connect
from pyamf import remoting

DOCUMENTS = Path(__file__).parents[2] / "bridge" / "rest" / "tests" / "documents"
# By their kinds: parameters, bodies, OpenAPI 3.1, Swagger 2.0.
NAMES = {"styles": "styles.yaml", "bodies": "bodies.yaml", "later": "later.yaml", "swagger": "swagger.json"}
# What Prism 5.16 cannot judge, and what it does instead: only the golden requests speak for these.
FALLS = {"styles/label.call.json", "styles/matrix.call.json", "styles/simple.call.json"}  # over lists and objects in paths
MISJUDGED = {
    "styles/fixed.call.json": "a path with a query is no path to it",
    "bodies/form.call.json": "lists and objects of forms are texts to it where `encoding` says how they are written",
    "bodies/multipart.call.json": "a part of JSON is a text to it",
    "bodies/xml.call.json": "XML is a text to it",
    "swagger/login.call.json": "lists of forms joined by commas are texts to it",
}


def value(written):
    """A value of the canonical JSON of the cases."""
    if isinstance(written, list):
        return [value(item) for item in written]
    if not isinstance(written, dict):
        return written
    if "$date" in written:
        return datetime.datetime.fromisoformat(written["$date"].replace("Z", "+00:00")).replace(tzinfo=None)
    if "$bytes" in written:
        return pyamf.amf3.ByteArray(base64.b64decode(written["$bytes"]))
    return {name: value(member) for name, member in written.items()}


def described(file):
    """The arguments of each operation, in order."""
    command = [os.environ["FOOTBRIDGE_BIN"], "describe", str(DOCUMENTS / file), "--json"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {operation["name"]: list(operation["arguments"]) for operation in told["operations"]}


def cases(name):
    """The calls of a document that make a request, by the file of the case."""
    for file in sorted((DOCUMENTS / name).glob("*.call.json")):
        expected = file.with_name(file.name.replace(".call.json", ".txt")).read_text()
        case = json.loads(file.read_text())
        if expected.startswith(("GET ", "POST ", "PUT ", "PATCH ", "DELETE ")) and "types" not in case and "path" not in case:
            yield file.name, case


class Documents(Case):
    def test_prism_has_nothing_to_say(self):
        judged = 0
        for name, file in NAMES.items():
            arguments = described(file)
            for case_name, case in cases(name):
                given = value(case["arguments"])
                # Members of a body by themselves need a mapping that says so.
                by_members = not set(given) <= set(arguments[case["operation"]])
                if by_members or f"{name}/{case_name}" in FALLS:
                    continue
                with self.subTest(f"{name}/{case_name}"):
                    values = [given.get(argument) for argument in arguments[case["operation"]]]
                    client = connect(pyamf.AMF3)
                    answer = client.execute_single(client.addRequest(f"prism.{name}.{case['operation']}", *values))
                    if (reason := MISJUDGED.get(f"{name}/{case_name}")) is not None:
                        self.assertEqual(answer.status, remoting.STATUS_ERROR, f"Prism has learnt it: {reason}")
                        continue
                    said = vars(answer.body) if answer.status == remoting.STATUS_ERROR else None
                    self.assertIsNone(said)
                    judged += 1
        self.assertGreater(judged, 9)


if __name__ == "__main__":
    unittest.main()
