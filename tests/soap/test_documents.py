"""A WSDL behind an address: fetched once, kept with its hash, used without the network, fetched anew when somebody asks."""

import hashlib
import http.server
import os
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from test_envelopes import ROOT

FOOTBRIDGE = os.environ["FOOTBRIDGE_BIN"]
SHOP = (ROOT / "tests" / "soap" / "project" / "wsdl" / "shop.wsdl").read_bytes()


class Documents(unittest.TestCase):
    def setUp(self):
        test = self
        self.document, self.asked = SHOP, 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                test.asked += 1
                self.send_response(200 if test.document else 503)
                self.end_headers()
                self.wfile.write(test.document or b"")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "mappings").mkdir()
        (self.folder / "mappings" / "gateway.yaml").write_text(
            "gateway: documents\nlisten: [{http: 127.0.0.1:0}]\nbackends:\n"
            f'  shop: {{wsdl: "http://127.0.0.1:{self.server.server_port}/shop?wsdl"}}\ndefaults: {{roles: public}}\n')
        (self.folder / "mappings" / "shop.yaml").write_text(
            "service: tests.Shop\nbackend: shop\noperations:\n  price: {soap: price}\n  take:\n")

    def footbridge(self, *words):
        done = subprocess.run([FOOTBRIDGE, *words], cwd=self.folder, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def test_a_copy_serves_without_the_network(self):
        self.assertEqual(0, self.footbridge("check")[0])
        self.assertEqual(1, self.asked)
        kept = [file.read_bytes() for file in (self.folder / ".footbridge" / "documents").rglob("*") if file.is_file()]
        self.assertIn(SHOP, kept)
        digest = hashlib.sha256(SHOP).hexdigest().encode()
        self.assertTrue(any(digest in content for content in kept))
        self.document = None
        self.assertEqual(0, self.footbridge("check")[0])
        self.assertEqual(1, self.asked)

    def test_a_refresh_tells_what_no_longer_fits(self):
        self.assertEqual(0, self.footbridge("check")[0])
        self.document = SHOP.replace(b'<operation name="price">', b'<operation name="prize">')
        status, told = self.footbridge("describe", "--refresh")
        self.assertNotEqual(0, status)
        self.assertIn("B0203", told)
        self.assertIn("prize", told)

    def test_a_refresh_that_fails_leaves_the_copy(self):
        self.assertEqual(0, self.footbridge("check")[0])
        self.document = None
        self.assertNotEqual(0, self.footbridge("describe", "--refresh")[0])
        self.assertEqual(0, self.footbridge("check")[0])


if __name__ == "__main__":
    unittest.main()
