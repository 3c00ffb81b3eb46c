"""What a log at `debug` shows of calls: a line each, and of all that goes in and comes back nothing but names."""

import base64
import http.client
import json

from operated import GATEWAY, Backend, Case
from test_health import WSDL

# Each value that goes in or comes back has the mark in it, in whatever form it travels.
MARK = "m4rk3d"
SECRETS = {
    "bearer": f"bearer-{MARK}", "basic": f"basic-{MARK}", "key": f"session-{MARK}-of-more-than-32-bytes", "header": f"header-{MARK}",
    "token": f"username-token-{MARK}", "query": f"query-{MARK}",
}
SERVICE = """service: operated.Marked
roles: public
operations:
  write: {backend: notes, args: {text: string}, sql: 'INSERT INTO note (text) VALUES (:text)'}
  twice: {backend: notes, args: {text: string}, sql: 'INSERT INTO note (id, text) VALUES (1, :text)'}
  badly: {backend: notes, args: {text: string}, sql: 'INSERT INTO number (n) VALUES (:text)'}
  read: {backend: notes, args: {text: string}, sql: 'SELECT text FROM note WHERE text = :text', returns: string}
  ask: {backend: far, args: {text: string}, rest: 'POST /x/{text}', query: {q: =text}, headers: {X-Text: =text}, body: {text: =text}, returns: string from word}
  asked: {backend: away, args: {text: string}, rest: 'POST /x/{text}', body: {text: =text}, returns: void}
  refused: {backend: refusing, args: {text: string}, rest: 'GET /x/{text}', returns: string from word}
  number: {args: {count: int}, value: =count}
  refuse: {args: {text: string}, fault: {code: Client.Refused, message: 'no {text}'}}
  counted: {backend: far, args: {text: string}, rest: 'GET /x', query: {q: =text}, returns: int from word}
  hidden: {args: {word: secret}, value: true}
  kept: {args: {text: string}, value: =text, remember: {word: =text}}
  enter: {args: {name: string, password: secret}, login: {id: =name, name: =name}, value: true}
"""
SOAP = "service: operated.Soap\nbackend: soap\npublish: all\n"
FAULT = f"""<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault><faultcode>e:Server</faultcode>
<faultstring>{MARK}</faultstring><detail><x>{MARK}</x></detail></e:Fault></e:Body></e:Envelope>""".encode()
SOAP_REPLY = f"""<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><AskResponse xmlns="urn:t"><count>{MARK}</count>
<more>{MARK}</more></AskResponse></e:Body></e:Envelope>""".encode()


class Log(Case):
    def setUp(self):
        super().setUp()
        self.far = Backend(json.dumps({"word": f"reply-{MARK}"}).encode())
        self.refusing = Backend(json.dumps({"error": f"refusal-{MARK}"}).encode(), status=500)
        self.soap, self.failing = Backend(SOAP_REPLY, "text/xml"), Backend(FAULT, "text/xml", 500)
        self.page = Backend(f"<html>{MARK}</html>".encode(), "text/html", 502)
        for backend in (self.far, self.refusing, self.soap, self.failing, self.page):
            self.addCleanup(backend.end)
        self.write("wsdl/ask.wsdl", WSDL.replace("ADDRESS", self.soap.url))
        self.write(
            "migrations/0001_note.sql",
            "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);\n"
            "CREATE TABLE number (n INTEGER NOT NULL CHECK (typeof(n) = 'integer'));\n",
        )
        self.write("mappings/marked.yaml", SERVICE)
        self.write("mappings/soap.yaml", SOAP)
        self.write("mappings/page.yaml", SOAP.replace("operated.Soap", "operated.Page").replace("soap\n", "page\n"))
        self.write("mappings/failing.yaml", SOAP.replace("operated.Soap", "operated.Failing").replace("soap\n", "failing\n"))
        for name in ("bearer", "basic", "header", "token", "query"):
            self.write(f"secrets/{name}", SECRETS[name] + "\n")
        self.write("mappings/gateway.yaml", f"""{GATEWAY}keys: ["${{OPERATED_KEY}}"]
login: [{{users: users}}]
backends:
  notes: {{sqlite: notes.db, migrations: migrations}}
  far: {{rest: "{self.far.url}", auth: {{bearer: "${{file:secrets/bearer}}"}}, headers: {{X-Key: "${{file:secrets/header}}"}}}}
  refusing: {{rest: "{self.refusing.url}", auth: {{query: {{name: key, value: "${{file:secrets/query}}"}}}}}}
  away: {{rest: "http://127.0.0.1:1", auth: {{basic: {{user: gateway, password: "${{file:secrets/basic}}"}}}}}}
  soap: {{wsdl: ask.wsdl, auth: {{username-token: {{user: gateway, password: "${{file:secrets/token}}"}}}}}}
  page: {{wsdl: ask.wsdl, url: "{self.page.url}"}}
  failing: {{wsdl: ask.wsdl, url: "{self.failing.url}"}}
""")
        added = self.run_footbridge("user", "add", "ann", "--file", "users", text=f"right-{MARK}\n")
        self.assertEqual(added.returncode, 0, added.stderr)

    def started(self, form: str):
        # Of all parts but that which only reads YAML; SQL statements are the mapping's, values are not.
        return self.serve("--log", form, env={"OPERATED_KEY": SECRETS["key"], "FOOTBRIDGE_LOG": "debug"})

    def drive(self, gateway) -> int:
        """Calls everything with marked values, by AMF and by JSON; how many calls there were."""
        calls = 0
        for service, operation in (
            ("Marked", "write"), ("Marked", "write"), ("Marked", "twice"), ("Marked", "badly"), ("Marked", "read"), ("Marked", "ask"),
            ("Marked", "asked"), ("Marked", "refused"), ("Marked", "number"), ("Marked", "refuse"), ("Marked", "hidden"), ("Marked", "counted"), ("Page", "Ask"), ("Marked", "kept"),
            ("Soap", "Ask"), ("Failing", "Ask"),
        ):
            text = f"argument-{MARK}"
            for flags in ([], ["--flex"], ["--amf0"]):
                self.run_footbridge("call", f"{gateway.url}/gateway", f"operated.{service}.{operation}", json.dumps(text), *flags)
                calls += 1
            name = {"number": "count", "hidden": "word", "Ask": "word"}.get(operation, "text")
            gateway.call(f"operated.{service}.{operation}", **{name: text})
            calls += 1
        for password in (f"right-{MARK}", f"wrong-{MARK}"):
            gateway.call("operated.Marked.enter", name="ann", password=password)
            calls += 1
            for flags in ([], ["--flex"]):
                self.run_footbridge(
                    "call", f"{gateway.url}/gateway", "operated.Marked.kept", '"x"', "--user", "ann", *flags,
                    env={"FOOTBRIDGE_PASSWORD": password},
                )
            self.with_header(gateway, "Authorization", "Basic " + base64.b64encode(f"ann:{password}".encode()).decode())
        self.with_header(gateway, "Authorization", f"Bearer {MARK}.{MARK}.{MARK}")
        self.with_header(gateway, "Cookie", f"footbridge={MARK}")
        self.with_header(gateway, "X-Marked", MARK)
        self.raw(gateway, f"/gateway;jsessionid={MARK}?x={MARK}", "application/x-amf", b"\0\0\0\0\0\1" + MARK.encode())
        self.raw(gateway, "/api/operated.Marked/write", "application/json", f'{{"text": "{MARK}'.encode())
        self.raw(gateway, "/gateway", "text/plain", MARK.encode())
        return calls

    def with_header(self, gateway, name: str, value: str) -> None:
        self.raw(gateway, "/api/operated.Marked/hidden", "application/json", b'["x"]', {name: value})

    def raw(self, gateway, path: str, kind: str, body: bytes, more: dict | None = None) -> int:
        connection = http.client.HTTPConnection(gateway.url.split("//")[1], timeout=30)
        connection.request("POST", path, body, {"Content-Type": kind, **(more or {})})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def test_no_value_and_no_secret_is_in_it(self):
        for form in ("human", "json"):
            with self.subTest(form):
                gateway = self.started(form)
                calls = self.drive(gateway)
                gateway.process.terminate()
                self.assertEqual(gateway.stopped(), 0)
                everything = gateway.said + gateway.logged
                self.assertGreater(len(gateway.logged), calls, "the log was on")
                for backend in (self.far, self.refusing, self.soap, self.failing, self.page):
                    self.assertTrue(backend.requests, "all were asked")
                encoded = [base64.b64encode(text.encode()).decode().rstrip("=") for text in SECRETS.values()]
                encoded += [base64.b64encode(f"gateway:{SECRETS['basic']}".encode()).decode().rstrip("=")]
                shown = [line for line in everything if any(text in line for text in [MARK, *encoded])]
                self.assertEqual(shown, [])

    def test_each_call_has_one_line_with_its_names_and_its_outcome(self):
        gateway = self.started("json")
        self.drive(gateway)
        gateway.process.terminate()
        gateway.stopped()
        lines = [json.loads(line) for line in gateway.logged if line.startswith("{")]
        calls = [line for line in lines if line.get("message") == "call"]
        asked = [line for line in calls if line["operation"] == "ask"]
        self.assertEqual([line["outcome"] for line in asked], ["ok"] * 4)
        self.assertEqual({line["backend"] for line in asked}, {"far"})
        numbers = [line["call"] for line in calls]
        self.assertEqual([line for line in calls if numbers.count(line["call"]) > 1], [], "each has an identifier of its own")
        for line in calls:
            self.assertGreaterEqual(line["ms"], 0)
            self.assertIn("profile", line)
        levels = {line["operation"]: line["level"] for line in calls}
        self.assertEqual(
            (levels["ask"], levels["refuse"], levels["asked"], levels["refused"]), ("INFO", "INFO", "WARN", "WARN"), levels
        )
