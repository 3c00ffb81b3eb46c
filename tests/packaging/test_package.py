"""The Debian package as it is: what is in it, what it wants, and whether its pages and completions can be read."""

import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from debian import PACKAGE, REPOSITORY

# Which package of Debian has a library that the command is linked with.
LIBRARIES = {"libc.so.6": "libc6", "libm.so.6": "libc6", "ld-linux-x86-64.so.2": "libc6", "libgcc_s.so.1": "libgcc-s1"}


def out(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.tree = Path(cls.folder.name)
        subprocess.run(["dpkg-deb", "--raw-extract", str(PACKAGE), str(cls.tree)], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_all_that_belongs_there_is_in_it_with_its_rights(self):
        listed = {}
        for line in out("dpkg-deb", "--contents", str(PACKAGE)).splitlines():
            rights, owner, *_, name = line.split()
            self.assertEqual(owner, "root/root", name)
            listed[name.removeprefix(".")] = rights
        for name, rights in {
            "/usr/bin/footbridge": "-rwxr-xr-x",
            "/lib/systemd/system/footbridge.service": "-rw-r--r--",
            "/etc/footbridge/mappings/gateway.yaml": "-rw-r--r--",
            "/usr/share/man/man1/footbridge.1.gz": "-rw-r--r--",
            "/usr/share/man/man1/footbridge-serve.1.gz": "-rw-r--r--",
            "/usr/share/bash-completion/completions/footbridge": "-rw-r--r--",
            "/usr/share/zsh/vendor-completions/_footbridge": "-rw-r--r--",
            "/usr/share/fish/vendor_completions.d/footbridge.fish": "-rw-r--r--",
            "/usr/share/doc/footbridge/copyright": "-rw-r--r--",
            "/usr/share/doc/footbridge/docs/mapping/README.md": "-rw-r--r--",
        }.items():
            self.assertEqual(listed.get(name), rights, name)
        writable = [name for name, rights in listed.items() if rights[5] == "w" or rights[8] == "w"]
        self.assertEqual(writable, [], "others may write these")

    def test_what_it_wants_is_what_the_command_is_linked_with(self):
        wanted = out("dpkg-deb", "--field", str(PACKAGE), "Depends")
        needed = re.findall(r"NEEDED\s+(\S+)", out("objdump", "-p", str(self.tree / "usr/bin/footbridge")))
        self.assertTrue(needed)
        for library in needed:
            self.assertIn(library, LIBRARIES, "a library of which no package is known")
            self.assertIn(LIBRARIES[library], wanted)
        self.assertRegex(wanted, r"libc6 \(>= 2\.\d+\)")
        self.assertIn("adduser", wanted, "postinst calls it")

    def test_version_and_configuration_are_told(self):
        version = out(str(self.tree / "usr/bin/footbridge"), "--version").split()[1]
        self.assertEqual(out("dpkg-deb", "--field", str(PACKAGE), "Version").strip(), version)
        self.assertEqual(
            (self.tree / "DEBIAN/conffiles").read_text(), "/etc/footbridge/mappings/gateway.yaml\n"
        )
        for script in ("postinst", "prerm", "postrm"):
            out("sh", "-n", str(self.tree / "DEBIAN" / script))

    def test_the_first_gateway_file_has_no_faults(self):
        checked = subprocess.run(
            [str(self.tree / "usr/bin/footbridge"), "check", str(self.tree / "etc/footbridge")],
            capture_output=True, text=True,
        )
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_each_command_has_a_page_without_a_fault(self):
        pages = sorted((self.tree / "usr/share/man/man1").iterdir())
        commands = re.findall(r"^  (\w+) ", out(str(self.tree / "usr/bin/footbridge"), "--help"), re.M)
        self.assertGreater(len(commands), 10)
        names = {page.name for page in pages}
        for command in commands:
            if command not in ("help", "footbridge"):
                self.assertIn(f"footbridge-{command}.1.gz", names)
        for page in pages:
            with self.subTest(page.name):
                shown = subprocess.run(
                    ["man", "--warnings", "--local-file", str(page)], capture_output=True, text=True,
                    env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "MANWIDTH": "100"},
                )
                self.assertEqual((shown.returncode, shown.stderr), (0, ""))
                name = page.name.removesuffix(".1.gz")
                self.assertRegex(shown.stdout.splitlines()[0], rf"^{name.upper()}\(1\) +Footbridge +{name.upper()}\(1\)$")
                self.assertIn(f"{name} - ", " ".join(shown.stdout.split()))
                plain = subprocess.run(["zcat", str(page)], capture_output=True, check=True).stdout
                other = subprocess.run(["mandoc", "-Tlint", "-Werror"], input=plain, capture_output=True)
                self.assertEqual(other.stdout, b"")

    def test_shells_take_their_completions(self):
        shared = self.tree / "usr/share"
        for shell, file in (
            ("bash", shared / "bash-completion/completions/footbridge"),
            ("zsh", shared / "zsh/vendor-completions/_footbridge"),
            ("fish", shared / "fish/vendor_completions.d/footbridge.fish"),
        ):
            done = subprocess.run([shell, "-n", str(file)], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), shell)

    def test_bash_completes_commands_and_options(self):
        file = self.tree / "usr/share/bash-completion/completions/footbridge"
        for words, wanted in ((["footbridge", "ser"], "serve"), (["footbridge", "serve", "--no-m"], "--no-migrate")):
            script = (
                f'source "{file}"; COMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}; '
                f'_footbridge footbridge "{words[-1]}" "{words[-2]}"; echo "${{COMPREPLY[@]}}"'
            )
            self.assertIn(wanted, out("bash", "-c", script).split())

    def test_the_unit_is_the_one_of_the_repository(self):
        unit = self.tree / "lib/systemd/system/footbridge.service"
        self.assertEqual(unit.read_text(), (REPOSITORY / "packaging/footbridge.service").read_text())


if __name__ == "__main__":
    unittest.main()
