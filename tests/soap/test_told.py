"""What the operator is told: what was forgiven, in metrics and log; calls of addresses that no mapping names."""

import os
import re
import time
import urllib.request
from pathlib import Path

from calls import AMF3, Case, Fault, both, service


def counted(kind):
    """How often something was forgiven, as the metrics say."""
    with urllib.request.urlopen(f"{os.environ['FOOTBRIDGE_ADMIN_URL']}/metrics") as answer:
        text = answer.read().decode()
    line = re.search(rf'^footbridge_forgiven_total{{[^}}]*backend="odd"[^}}]*kind="{kind}"[^}}]*}} (\d+)$', text, re.MULTILINE)
    return int(line[1]) if line else 0


def log_lines(*parts, at_least=1):
    """Lines of the log that have all of these; waits until there are some."""
    deadline = time.monotonic() + 10
    while True:
        lines = Path(os.environ["FOOTBRIDGE_LOG"]).read_text().splitlines()
        found = [line for line in lines if all(part in line for part in parts)]
        if len(found) >= at_least or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


class Forgiven(Case):
    def test_each_kind_is_counted_and_told_once(self):
        odd = service("tests.odd.OddService", AMF3)
        for what, kind, told in (
            ("unknown", "unknown-element", "an element that its type does not declare"),
            ("missing", "missing-element", "a required element is missing"),
            ("repeated", "repeated", "an element stands more often than declared"),
            ("no-date", "bad-text", "a text that is no value of its type"),
            ("blank-date", "odd-text", "a moment or day in another form"),
            ("out-of-order", "out-of-order", "an element out of order"),
            ("no-namespace", "wrong-namespace", "an element in another namespace"),
            ("other-wrapper", "wrong-name", "an element of another name around the answer"),
            ("dangling", "dangling-reference", "a reference to nothing"),
            ("mtom-missing", "missing-attachment", "an attachment that is not there"),
        ):
            with self.subTest(what):
                before = counted(kind)
                for _ in range(3):
                    odd.get(what)
                self.assertGreaterEqual(counted(kind), before + 3)
                self.assertEqual(1, len(log_lines("a reply is not as its WSDL has it", told, 'operation="get"')))


class Addresses(Case):
    """Flash Remoting MX: the service part of a call is the address of a WSDL."""

    @both
    def test_one_that_a_mapping_names_is_the_same_service(self, version):
        self.assertEqual(1, service("http://partner.example/state?wsdl", version).count())
        self.assertEqual("nothing", service("http://partner.example/state?wsdl", version).own(None))

    @both
    def test_any_other_is_refused_and_logged(self, version):
        for address in (
            "http://127.0.0.1:9/other?wsdl", "http://partner.example/state?wsdl=1", "http://partner.example/state",
            "https://partner.example/state?wsdl", "file:///etc/passwd",
        ):
            with self.subTest(address):
                before = len(log_lines(f'service="{address}"', 'operation="count"', at_least=0))
                with self.assertRaises(Fault) as caught:
                    service(address, version).count()
                self.assertEqual("Server.ResourceNotFound", caught.exception.code)
                lines = log_lines(f'service="{address}"', 'operation="count"', at_least=before + 1)
                self.assertEqual(before + 1, len(lines))
                self.assertIn('outcome="Server.ResourceNotFound"', lines[-1])
