"""`footbridge mock --wsdl`, called by zeep, which reads strictly: what it answers is as the WSDL has it."""

import os
import subprocess
import unittest
from contextlib import contextmanager

from zeep import Client
from zeep.exceptions import Fault

from test_envelopes import ROOT
from test_wsdls import operations

FOOTBRIDGE = os.environ["FOOTBRIDGE_BIN"]


@contextmanager
def mock(wsdl):
    """A client of the mock of a WSDL."""
    command = [FOOTBRIDGE, "mock", "--wsdl", str(wsdl), "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        address = next(word for word in process.stdout.readline().split() if word.startswith("http")).rstrip(";")
        client = Client(str(wsdl))
        binding = next(iter(client.wsdl.bindings))
        yield client, client.create_service(binding, address)
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


class Mocks(unittest.TestCase):
    def test_every_operation_of_the_samples_is_answered(self):
        wsdl = ROOT / "wsdl" / "rates.wsdl"
        with mock(wsdl) as (_, service):
            for _, operation in (pair for pair in operations() if pair[0] == wsdl):
                with self.subTest(operation["name"]):
                    example = {**operation["example"], **{name: "EUR" for name in ("from", "to") if name in operation["example"]}}
                    self.assertIsNotNone(service[operation["name"]](**example))

    def test_a_fault_that_an_argument_names_is_the_typed_one(self):
        with mock(ROOT / "wsdl" / "rates.wsdl") as (_, service):
            with self.assertRaises(Fault) as caught:
                service.getRate(**{"from": "unknownPair", "to": "USD"})
            self.assertIn("unknownPair", [child.tag.split("}")[-1] for child in caught.exception.detail])

    def test_derived_types_choices_and_lists_are_answered(self):
        with mock(ROOT / "tests" / "soap" / "project" / "wsdl" / "shop.wsdl") as (client, service):
            circle = client.get_type("{urn:tests:shop}Circle")(colour="red", radius=1)
            self.assertIn("colour", dir(service.draw(circle)))
            self.assertTrue(service.order(customer="c", line=[{"sku": "s", "qty": 1, "price": 1}]).line)


if __name__ == "__main__":
    unittest.main()
