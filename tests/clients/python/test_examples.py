"""The examples of docs/examples/clients do what they say."""

import subprocess
import sys
from pathlib import Path

from gateway import URL, Case

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples" / "clients"


class Examples(Case):
    def assert_lists_products(self, *command):
        done = subprocess.run([*command, URL], capture_output=True, text=True, timeout=60)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        lines = done.stdout.splitlines()
        self.assertGreater(len(lines), 1, done.stdout)
        for line in lines:
            self.assertRegex(line, r"^.+, \d+\.\d\d$")

    def test_python_lists_the_products(self):
        self.assert_lists_products(sys.executable, "-W", "ignore", EXAMPLES / "products.py")

    def test_a_program_without_amf_lists_the_products(self):
        self.assert_lists_products("node", EXAMPLES / "products.mjs")
