"""Signed requests of the engine, verified by libxmlsec1: through zeep, as it verifies what it gets."""

import unittest
from pathlib import Path

from lxml import etree
from xmlsec import VerificationError  # noqa: F401 it must be here: zeep does without silently
from zeep.exceptions import SignatureVerificationFailed
from zeep.wsse.signature import verify_envelope

SIGNED = Path(__file__).resolve().parents[2] / "bridge" / "soap" / "tests" / "signed"
CERTIFICATE = str(SIGNED / "certificate.pem")
NAMES = {
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "wsse": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
}


def envelopes():
    for file in sorted(SIGNED.glob("*.xml")):
        yield file.stem, file.read_bytes()


class Signatures(unittest.TestCase):
    def test_each_is_verified(self):
        self.assertEqual(4, len(list(envelopes())))
        for name, text in envelopes():
            with self.subTest(name):
                verify_envelope(etree.fromstring(text), CERTIFICATE)

    def test_each_covers_what_it_should(self):
        for name, text in envelopes():
            with self.subTest(name):
                root = etree.fromstring(text)
                signed = {reference.get("URI") for reference in root.iterfind(".//ds:Reference", NAMES)}
                wanted = {"#body"}
                wanted |= {"#timestamp"} if b"<wsu:Timestamp " in text else set()
                wanted |= {"#token", "#certificate"} if name == "with_token" else set()
                self.assertEqual(wanted, signed)
                self.assertEqual(1, len(root.findall(".//wsse:Security", NAMES)))

    def test_nothing_can_be_changed(self):
        changes = {
            "plain": (b">customer<", b">intruder<"), "with_token": (b">ann<", b">eve<"), "soap12": (b">sku<", b">gold<"),
            "encoded": (b">name<", b">nome<"),
        }
        for name, text in envelopes():
            with self.subTest(name):
                before, behind = changes[name]
                self.assertIn(before, text)
                with self.assertRaises(SignatureVerificationFailed):
                    verify_envelope(etree.fromstring(text.replace(before, behind, 1)), CERTIFICATE)


if __name__ == "__main__":
    unittest.main()
