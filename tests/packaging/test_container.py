"""The container file, step by step, in place of an engine that builds and runs it.

The steps of its last stage are carried out in the smallest Debian, which is what the image begins with, and what it starts is started: as
the file's user, in its folder, with a project mounted as documented. Of the stage that builds, it is proven that the files which it
copies are all that cargo needs to know what to build, and that it leaves the command where the last stage takes it from; the build itself is
that of every other test. What an engine adds (layers, its own networks) is not tried.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from debian import BINARY, PROXIES, REPOSITORY, SMALL, Debian, Server, answer, called, free_port, project, needs_debian

FILE = REPOSITORY / "packaging/Containerfile"
SERVICE = """service: packaged.Notes
backend: notes
operations:
  add: {args: {text: string}, sql: 'INSERT INTO note (text) VALUES (:text)'}
  slow: {value: late, delay: 2s}
"""


def stages() -> list[list[tuple[str, str]]]:
    """The instructions of each stage, with what stands behind them."""
    text = re.sub(r"^#.*\n", "", FILE.read_text(), flags=re.M).replace("\\\n", " ")
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        word, rest = line.split(None, 1)
        if word == "FROM":
            found.append([])
        found[-1].append((word, rest))
    return found


# What builds and tests leave, as .gitignore says; a machine may have no git to ask.
LEFT = {".git", "target", ".cache", "node_modules", "__pycache__"}


def repository() -> list[str]:
    """The files of the repository."""
    found = []
    for folder, folders, files in os.walk(REPOSITORY):
        folders[:] = [name for name in folders if name not in LEFT]
        found += [str((Path(folder) / name).relative_to(REPOSITORY)) for name in files]
    return found


@needs_debian
class ContainerFile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.build, cls.last = stages()
        cls.settings = dict(cls.last)
        cls.debian = Debian(SMALL)
        cls.addClassCleanup(cls.debian.__exit__)
        for word, rest in cls.last:
            if word == "RUN":
                done = cls.debian.run("sh", "-c", rest, env=PROXIES)
                assert done.returncode == 0, done.stdout
            elif word == "COPY":
                option, _, target = rest.split()
                assert option == "--from=build", rest
                shutil.copy(BINARY, cls.debian.path(target))
                cls.debian.path(target).chmod(0o755)

    def test_the_image_begins_with_what_is_tried_here(self):
        name = re.fullmatch(r"docker\.io/library/debian:(\w+)-slim", self.settings["FROM"])[1]
        self.assertIn(f"VERSION_CODENAME={name}\n", self.debian.path("/etc/os-release").read_text())
        built = re.fullmatch(r"docker\.io/library/rust:1-(\w+) AS build", dict(self.build)["FROM"])[1]
        self.assertEqual(built, name, "what is built with a newer C library does not start with an older one")

    def test_the_command_lies_where_the_build_leaves_it(self):
        steps = dict(self.build)
        self.assertRegex(steps["RUN"], r"^cargo build .*--locked")
        self.assertIn("--release", steps["RUN"])
        copied = next(rest for word, rest in self.last if word == "COPY").split()[1]
        self.assertEqual(copied, f"{steps['WORKDIR']}/target/release/footbridge")

    def test_what_is_copied_is_all_that_cargo_asks_for(self):
        self.assertEqual(dict(self.build)["COPY"], ". .")
        ignored = FILE.with_name("Containerfile.dockerignore").read_text().splitlines()
        files = repository()
        patterns = [re.compile(rf"({re.escape(line.removeprefix('**/'))}|.*/{re.escape(line.removeprefix('**/'))})(/.*)?")
                    if line.startswith("**/") else re.compile(rf"{re.escape(line)}(/.*)?") for line in ignored if line]
        kept = [file for file in files if not any(pattern.fullmatch(file) for pattern in patterns)]
        self.assertEqual(kept, files, "nothing of the repository is left out")
        with tempfile.TemporaryDirectory() as folder:
            for file in kept:
                target = Path(folder) / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(REPOSITORY / file, target)
            asked = subprocess.run(
                ["cargo", "metadata", "--locked", "--no-deps", "--format-version=1"], cwd=folder, capture_output=True, text=True,
            )
            self.assertEqual(asked.returncode, 0, asked.stderr)
            package = dict(self.build)["RUN"].split("-p ")[1].split()[0]
            found = [one for one in json.loads(asked.stdout)["packages"] if one["name"] == package]
            self.assertIn("bin", found[0]["targets"][0]["kind"])

    def test_caches_of_this_repository_stay_out_of_the_image(self):
        ignored = FILE.with_name("Containerfile.dockerignore").read_text().splitlines()
        for folder in (".git", "**/target", "tests/.cache", "**/node_modules"):
            self.assertIn(folder, ignored)

    def test_it_serves_a_project_that_is_mounted(self):
        port, admin = free_port(), free_port()
        host = Path(tempfile.mkdtemp(dir=self.debian.root.parent))
        self.addCleanup(shutil.rmtree, host)
        project(host, gateway(port, admin), notes=SERVICE)
        (host / "migrations").mkdir()
        (host / "migrations/0001_note.sql").write_text("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);\n")
        host.chmod(0o755)
        shutil.copytree(host, self.debian.path("/project"))
        command = [*json.loads(self.settings["ENTRYPOINT"]), *json.loads(self.settings["CMD"])]
        server = Server(self.debian, *command, user=self.settings["USER"], folder=self.settings["WORKDIR"])
        self.addCleanup(server.end)
        ready = answer(f"http://127.0.0.1:{admin}/health/ready")
        self.assertEqual(ready[0], 200, ready)
        self.assertEqual(answer(f"http://127.0.0.1:{admin}/health/live")[0], 200)
        status = Path(f"/proc/{server.gateway()}/status").read_text()
        self.assertEqual(re.search(r"^Uid:\t(\d+)", status, re.M)[1], "10001")
        self.assertEqual(called(f"http://127.0.0.1:{port}", "packaged.Notes.add", '"kept"'), "1")
        self.assertTrue(self.debian.path("/data/notes.db").exists())
        server.tell(getattr(signal, self.settings["STOPSIGNAL"]))
        status, said = server.stopped()
        self.assertEqual(status, 0, said)
        self.assertTrue(said.endswith("stopped\n"), said)

    def test_ports_are_those_of_the_documents(self):
        self.assertEqual(self.settings["EXPOSE"], "8080 9090")

    def test_backends_are_trusted_by_the_authorities_of_debian(self):
        authorities = self.debian.path("/etc/ssl/certs/ca-certificates.crt").read_text()
        self.assertGreater(authorities.count("BEGIN CERTIFICATE"), 50)


def gateway(port: int, admin: int) -> str:
    return f"""gateway: packaged
listen:
  - http: 0.0.0.0:{port}
admin: 0.0.0.0:{admin}
backends:
  notes: {{sqlite: /data/notes.db, migrations: migrations}}
defaults: {{roles: public}}
"""


if __name__ == "__main__":
    unittest.main()
