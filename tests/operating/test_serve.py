"""What `serve` reads, when it reads it again, and what it says of what is wrong."""

import json
import signal

from operated import GATEWAY, WORDS, Backend, Case

NOTES = """service: operated.Notes
backend: notes
operations:
  last: {sql: 'SELECT text FROM note ORDER BY id DESC LIMIT 1', returns: string}
"""
NOTE = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);\nINSERT INTO note (text) VALUES ('first');\n"
WITH_NOTES = GATEWAY + "backends:\n  notes: {sqlite: notes.db, migrations: migrations}\n"


class Stages(Case):
    def test_a_gateway_file_of_another_stage_takes_the_place_of_the_folders_own(self):
        stage = self.write("stages/production.yaml", GATEWAY.replace("operated", "production"))
        gateway = self.serve("--gateway", stage)
        self.assertTrue(gateway.said[0].startswith("production: 1 service"), gateway.said)
        self.assertEqual(gateway.call("operated.Words.word"), "before")

    def test_a_stage_file_is_read_again_at_sighup(self):
        stage = self.write("stages/production.yaml", GATEWAY)
        gateway = self.serve("--gateway", stage)
        self.assertEqual(gateway.call("operated.Words.word"), "before")
        stage.write_text(GATEWAY.replace("roles: public", "roles: [staff]"))
        self.assertIn("in force", gateway.hang_up())
        self.assertEqual(gateway.call("operated.Words.word")["code"], "Client.Authentication")

    def test_sqlite_is_migrated_unless_somebody_says_no(self):
        self.write("mappings/gateway.yaml", WITH_NOTES)
        self.write("mappings/notes.yaml", NOTES)
        self.write("migrations/0001_note.sql", NOTE)
        refused = self.run_footbridge("serve", "--no-migrate")
        self.assertEqual(refused.returncode, 1, refused.stdout)
        self.assertIn("no such table: note", refused.stderr)
        gateway = self.serve()
        self.assertEqual(gateway.call("operated.Notes.last"), "first")
        gateway.process.send_signal(signal.SIGTERM)
        self.assertEqual(gateway.stopped(), 0)
        self.write("migrations/0002_more.sql", "INSERT INTO note (text) VALUES ('second');\n")
        gateway = self.serve("--no-migrate", "--no-watch")
        self.assertEqual(gateway.call("operated.Notes.last"), "first")
        gateway.hang_up()
        self.assertEqual(gateway.call("operated.Notes.last"), "first", "nor at SIGHUP")
        gateway = self.serve()
        self.assertEqual(gateway.call("operated.Notes.last"), "second")


class Changes(Case):
    def test_without_watching_a_change_waits_for_sighup(self):
        watching, blind = self.serve(), self.serve("--no-watch")
        # The one that watches has noticed it, in the same folder; so would the other have.
        said = watching.changed(lambda: self.write("mappings/words.yaml", WORDS.replace("before", "after")))
        self.assertIn("in force", said)
        self.assertEqual(watching.call("operated.Words.word"), "after")
        self.assertEqual(blind.call("operated.Words.word"), "before")
        self.assertIn("in force", blind.hang_up())
        self.assertEqual(blind.call("operated.Words.word"), "after")

    def test_a_wrong_mapping_is_told_and_the_old_one_stays(self):
        gateway = self.serve("--no-watch")
        self.write("mappings/words.yaml", WORDS.replace("value: before", "valeu: after"))
        self.assertEqual(gateway.hang_up(), "the changed mappings are wrong; the old ones keep running")
        told = "\n".join(gateway.logged)
        self.assertRegex(told, r"error\[B\d{4}\]")
        self.assertIn("mappings/words.yaml:3", told)
        self.assertEqual(gateway.call("operated.Words.word"), "before")
        self.write("mappings/words.yaml", WORDS.replace("before", "after"))
        self.assertIn("in force", gateway.hang_up())
        self.assertEqual(gateway.call("operated.Words.word"), "after")

    def test_a_statement_that_the_database_refuses_keeps_the_old_mapping(self):
        self.write("mappings/gateway.yaml", WITH_NOTES)
        self.write("mappings/notes.yaml", NOTES)
        self.write("migrations/0001_note.sql", NOTE)
        gateway = self.serve("--no-watch")
        self.write("mappings/notes.yaml", NOTES.replace("SELECT text", "SELECT tetx"))
        self.assertEqual(gateway.hang_up(), "the changed mappings are wrong; the old ones keep running")
        self.assertEqual(gateway.call("operated.Notes.last"), "first")

    def test_a_changed_listener_is_told_to_need_a_new_start(self):
        gateway = self.serve("--no-watch")
        self.write("mappings/gateway.yaml", GATEWAY.replace('http: "127.0.0.1:0"', 'http: "127.0.0.1:1"'))
        self.assertIn("in force", gateway.hang_up())
        gateway.line("`listen` has changed; that needs a new start", logged=True)
        self.assertEqual(gateway.call("operated.Words.word"), "before")

    def test_secrets_of_files_are_read_again(self):
        backend = Backend(b'{"word": "told"}')
        self.addCleanup(backend.end)
        self.write(
            "mappings/gateway.yaml",
            f'{GATEWAY}backends:\n  far: {{rest: "{backend.url}", auth: {{bearer: "${{file:secrets/token}}"}}}}\n',
        )
        self.write(
            "mappings/far.yaml",
            "service: operated.Far\nbackend: far\noperations:\n  ask: {rest: GET /x, returns: string from word}\n",
        )
        self.write("secrets/token", "first-token\n")
        gateway = self.serve("--no-watch")
        self.assertEqual(gateway.call("operated.Far.ask"), "told")
        self.write("secrets/token", "second-token\n")
        self.assertIn("in force", gateway.hang_up())
        gateway.call("operated.Far.ask")
        told = [headers["authorization"] for _, headers, _ in map(lower, backend.requests)]
        self.assertEqual(told, ["Bearer first-token", "Bearer second-token"])

    def test_users_who_are_added_may_log_in_after_sighup(self):
        added = self.run_footbridge("user", "add", "ann", "--roles", "staff", "--file", "users", text="first password\n")
        self.assertEqual(added.returncode, 0, added.stderr)
        self.assertEqual((self.folder / "users").stat().st_mode & 0o777, 0o600)
        self.write("mappings/gateway.yaml", GATEWAY + "login: [{users: users}]\n")
        self.write("mappings/staff.yaml", "service: operated.Staff\nroles: [staff]\noperations:\n  who: {value: =identity.name}\n")
        gateway = self.serve("--no-watch")
        self.assertEqual(self.who(gateway, "ann", "first password"), '"ann"\n')
        self.assertIn("Client.Authentication", self.who(gateway, "ben", "other password"))
        self.run_footbridge("user", "add", "ben", "--roles", "staff", "--file", "users", text="other password\n")
        gateway.hang_up()
        self.assertEqual(self.who(gateway, "ben", "other password"), '"ben"\n')

    def who(self, gateway, name: str, password: str) -> str:
        done = self.run_footbridge(
            "call", f"{gateway.url}/gateway", "operated.Staff.who", "--user", name, env={"FOOTBRIDGE_PASSWORD": password}
        )
        return done.stdout + done.stderr


class Starts(Case):
    """What is wrong is told by an exit code and a sentence: 1 where the project is wrong, 2 where the start fails."""

    def refused(self, code: int, *arguments, env: dict | None = None) -> str:
        done = self.run_footbridge("serve", *arguments, env=env)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertNotIn("listening", done.stdout)
        self.assertNotIn("panicked", done.stderr)
        return done.stderr

    def test_a_wrong_mapping(self):
        self.write("mappings/words.yaml", WORDS.replace("value:", "valeu:"))
        told = self.refused(1)
        self.assertRegex(told, r"error\[B\d{4}\]")
        self.assertTrue(told.endswith("nothing was started\n"), told)

    def test_a_file_that_is_no_yaml(self):
        self.write("mappings/words.yaml", "service: [\n")
        self.assertIn("mappings/words.yaml", self.refused(1))

    def test_a_secret_that_is_not_there(self):
        self.write("mappings/gateway.yaml", GATEWAY + 'keys: ["${OPERATED_KEY}"]\n')
        self.assertIn("OPERATED_KEY", self.refused(1))
        self.write("mappings/gateway.yaml", GATEWAY + 'keys: ["${file:secrets/key}"]\n')
        self.assertIn("secrets/key", self.refused(1))

    def test_a_gateway_file_that_is_not_there(self):
        self.assertIn("stages/none.yaml", self.refused(2, "--gateway", "stages/none.yaml"))

    def test_a_folder_that_is_no_project(self):
        self.assertIn("footbridge init", self.refused(2, self.folder / "nothing"))

    def test_an_address_that_is_none_or_taken(self):
        self.assertIn("is no address of this machine", self.refused(2, "--listen", "192.0.2.1:8080"))
        taken = self.serve().url.split("//")[1]
        self.assertIn(f"{taken} is in use already", self.refused(2, "--listen", taken))

    def test_an_admin_address_that_is_taken(self):
        taken = self.serve().admin
        self.write("mappings/gateway.yaml", GATEWAY.replace("admin: 127.0.0.1:0", f"admin: {taken}"))
        self.assertIn(f"{taken} is in use already", self.refused(2))

    def test_a_certificate_that_is_not_there(self):
        self.write(
            "mappings/gateway.yaml",
            GATEWAY.replace(
                '{http: "127.0.0.1:0"}',
                '{https: "127.0.0.1:0", certificate: tls/none.pem, private-key: "${file:tls/none.key}"}',
            ),
        )
        self.assertRegex(self.refused(1), r"tls/none\.(pem|key)")

    def test_a_database_that_cannot_be_opened(self):
        self.write("mappings/gateway.yaml", WITH_NOTES.replace("notes.db", "nowhere/\\0/notes.db"))
        self.write("mappings/notes.yaml", NOTES)
        done = self.run_footbridge("serve")
        self.assertIn(done.returncode, (1, 2), done.stdout)
        self.assertNotIn("panicked", done.stderr)

    def test_log_lines_are_one_json_object_each(self):
        gateway = self.serve("--log", "json")
        gateway.call("operated.Words.word")
        gateway.call("operated.Words.none")
        gateway.line('"none"', logged=True)
        lines = [json.loads(line) for line in gateway.logged if line.startswith("{")]
        calls = [line for line in lines if "outcome" in line]
        self.assertEqual([(line["operation"], line["outcome"]) for line in calls[:1]], [("word", "ok")])
        self.assertEqual(len(calls), 2, calls)


def lower(request):
    path, headers, body = request
    return path, {name.lower(): value for name, value in headers.items()}, body
