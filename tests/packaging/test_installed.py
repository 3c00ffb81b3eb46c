"""The package in a Debian of its own: installed, its command run as the unit says, upgraded, removed, purged."""

import configparser
import shlex
import signal
import unittest

from debian import SMALL, Debian, Server, answer, called, free_port, project, needs_debian

SERVICE = """service: packaged.Notes
backend: notes
operations:
  add: {args: {text: string}, sql: 'INSERT INTO note (text) VALUES (:text)'}
  last: {sql: 'SELECT text FROM note ORDER BY id DESC LIMIT 1', returns: string}
"""
TABLE = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);\n"


def gateway(port: int, admin: int) -> str:
    return f"""gateway: packaged
listen:
  - http: 127.0.0.1:{port}
admin: 127.0.0.1:{admin}
keys: ["${{PACKAGED_KEY}}"]
backends:
  notes: {{sqlite: /var/lib/footbridge/notes.db, migrations: migrations}}
defaults: {{roles: public}}
"""


class Unit(configparser.RawConfigParser):
    """A unit file; options that stand there several times have the last one's value."""

    def __init__(self, path):
        super().__init__(strict=False)
        self.optionxform = str
        self.read(path)


@needs_debian
class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.installed = Debian(SMALL)
        cls.addClassCleanup(cls.installed.__exit__)
        cls.installed.install()

    def setUp(self):
        self.debian = Debian(self.installed.root)
        self.addCleanup(self.debian.__exit__)

    def write_project(self) -> tuple[str, str]:
        """Puts a project and its secret where the package wants them; the addresses of the gateway and of its health."""
        port, admin = free_port(), free_port()
        folder = self.debian.path("/etc/footbridge")
        project(folder, gateway(port, admin), notes=SERVICE)
        (folder / "migrations").mkdir(exist_ok=True)
        (folder / "migrations/0001_note.sql").write_text(TABLE)
        secrets = folder / "secrets.env"
        secrets.write_text("PACKAGED_KEY=bm90IGEgc2VjcmV0IGJ1dCAzMiBieXRlcyBsb25nISE=\n")
        secrets.chmod(0o600)
        return f"http://127.0.0.1:{port}", f"http://127.0.0.1:{admin}"

    def test_it_makes_its_user_and_starts_nothing(self):
        user = self.debian.run("getent", "passwd", "footbridge").stdout.split(":")
        self.assertEqual(user[5:], ["/var/lib/footbridge", "/usr/sbin/nologin\n"])
        self.assertEqual(self.debian.run("footbridge", "--version").returncode, 0)
        wants = self.debian.path("/etc/systemd/system/multi-user.target.wants/footbridge.service")
        self.assertFalse(wants.is_symlink(), "it is enabled by whoever has written a mapping")

    def test_the_command_serves_as_the_unit_says(self):
        address, health = self.write_project()
        unit = Unit(self.debian.path("/lib/systemd/system/footbridge.service"))["Service"]
        environment_file = unit["EnvironmentFile"].removeprefix("-")
        env = dict(line.split("=", 1) for line in self.debian.path(environment_file).read_text().splitlines())
        # What systemd does for StateDirectory before the start.
        state = f"/var/lib/{unit['StateDirectory']}"
        made = self.debian.run("install", "-d", "-o", unit["User"], "-g", unit["Group"], "-m", unit["StateDirectoryMode"], state)
        self.assertEqual(made.returncode, 0, made.stdout)
        server = Server(
            self.debian, *shlex.split(unit["ExecStart"]), user=unit["User"], folder=unit["WorkingDirectory"], env=env
        )
        self.addCleanup(server.end)
        ready = answer(f"{health}/health/ready")
        self.assertEqual(ready[0], 200, ready)
        self.assertEqual(called(address, "packaged.Notes.add", '"first"'), "1")
        self.assertEqual(called(address, "packaged.Notes.last"), '"first"')
        server.tell(signal.SIGTERM)
        status, said = server.stopped()
        self.assertEqual(status, 0, said)
        self.assertTrue(said.endswith("stopped\n"), said)
        self.assertIn('"operation":"last"', said, "log lines are JSON")

    def test_an_upgrade_keeps_what_the_user_wrote_and_a_purge_keeps_databases(self):
        self.write_project()
        written = self.debian.path("/etc/footbridge/mappings/gateway.yaml").read_text()
        again = self.debian.run("dpkg", "--install", "/tmp/footbridge.deb")
        self.assertEqual(again.returncode, 0, again.stdout)
        self.assertEqual(self.debian.path("/etc/footbridge/mappings/gateway.yaml").read_text(), written)
        database = self.debian.path("/var/lib/footbridge/notes.db")
        database.parent.mkdir(exist_ok=True)
        database.write_text("rows")
        removed = self.debian.run("dpkg", "--remove", "footbridge")
        self.assertEqual(removed.returncode, 0, removed.stdout)
        self.assertFalse(self.debian.path("/usr/bin/footbridge").exists())
        self.assertEqual(self.debian.path("/etc/footbridge/mappings/gateway.yaml").read_text(), written)
        purged = self.debian.run("dpkg", "--purge", "footbridge")
        self.assertEqual(purged.returncode, 0, purged.stdout)
        self.assertFalse(self.debian.path("/etc/footbridge/mappings/gateway.yaml").exists())
        self.assertTrue(self.debian.path("/etc/footbridge/mappings/notes.yaml").exists(), "what the user wrote stays")
        self.assertEqual(database.read_text(), "rows")


if __name__ == "__main__":
    unittest.main()
