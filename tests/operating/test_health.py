"""Health and metrics, against what docs/operating.md says of them."""

import json
import re
from pathlib import Path

from operated import GATEWAY, Backend, Case, until

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/operating.md"
NOTE = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);\nINSERT INTO note (text) VALUES ('first');\n"
SERVICE = """service: operated.All
types:
  Rate: {pair: string, value: number}
operations:
  note: {backend: notes, sql: 'SELECT text FROM note ORDER BY id LIMIT 1', returns: string}
  broken: {backend: notes, args: {text: string}, sql: 'INSERT INTO note (id, text) VALUES (1, :text)'}
  ask: {backend: far, rest: GET /x, returns: string from word}
  take: {args: {count: int}, value: =count}
  keep: {args: {word: string}, value: =word, remember: {word: =word}}
  refuse: {fault: {code: Client.Refused, message: no}}
"""
WSDL = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:t="urn:t" xmlns:xsd="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t">
  <types><xsd:schema targetNamespace="urn:t" elementFormDefault="qualified">
    <xsd:element name="Ask"><xsd:complexType><xsd:sequence>
      <xsd:element name="word" type="xsd:string"/></xsd:sequence></xsd:complexType></xsd:element>
    <xsd:element name="AskResponse"><xsd:complexType><xsd:sequence>
      <xsd:element name="count" type="xsd:int"/></xsd:sequence></xsd:complexType></xsd:element>
  </xsd:schema></types>
  <message name="In"><part name="p" element="t:Ask"/></message>
  <message name="Out"><part name="p" element="t:AskResponse"/></message>
  <portType name="T"><operation name="Ask"><input message="t:In"/><output message="t:Out"/></operation></portType>
  <binding name="B" type="t:T"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="Ask"><soap:operation soapAction="urn:ask"/>
      <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation></binding>
  <service name="S"><port name="P" binding="t:B"><soap:address location="ADDRESS"/></port></service>
</definitions>
"""
# An element that the schema does not know: it is forgiven, and counted.
REPLY = b"""<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><AskResponse xmlns="urn:t"><count>7</count>
<more>1</more></AskResponse></e:Body></e:Envelope>"""
SOAP = """service: operated.Soap
backend: soap
publish: all
"""


def documented() -> set[str]:
    """The names of metrics in the document's table."""
    rows = [line.split("|")[1] for line in DOCUMENT.read_text().splitlines() if line.startswith("| `footbridge_")]
    return {name for row in rows for name in re.findall(r"`(footbridge_\w+)`", row)}


def families(text: str) -> dict[str, str]:
    """The metrics of an answer and their kinds."""
    return dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M))


class Health(Case):
    def setUp(self):
        super().setUp()
        self.rest = Backend(b'{"word": "told"}')
        self.soap = Backend(REPLY, "text/xml")
        for backend in (self.rest, self.soap):
            self.addCleanup(backend.end)
        self.write("mappings/all.yaml", SERVICE)
        self.write("mappings/soap.yaml", SOAP)
        self.write("wsdl/ask.wsdl", WSDL.replace("ADDRESS", self.soap.url))
        self.write("migrations/0001_note.sql", NOTE)

    def started(self, more: str = "", notes: str = "", far: str = ""):
        backends = f"""backends:
  notes: {{sqlite: notes.db, migrations: migrations{notes}}}
  far: {{rest: "{self.rest.url}", breaker: {{faults: 50%, calls: 2, pause: 60s}}{far}}}
  soap: {{wsdl: ask.wsdl}}
"""
        self.write("mappings/gateway.yaml", GATEWAY + more + backends)
        return self.serve()

    def test_every_metric_that_is_documented_is_there_and_no_other(self):
        gateway = self.started("limits: {running-each: 1}\n")
        self.write("mappings/words.yaml", "service: operated.Words\noperations:\n  slow: {value: late, delay: 1s}\n")
        gateway.line("in force")
        self.assertEqual(gateway.call("operated.All.note"), "first")
        self.assertEqual(gateway.call("operated.All.ask"), "told")
        self.assertEqual(gateway.call("operated.Soap.Ask", word="x"), 7)
        gateway.call("operated.All.broken", text="x")
        gateway.call("operated.All.refuse")
        self.assertEqual(gateway.call("operated.All.take", count="5"), 5)
        gateway.call("operated.All.keep", word="kept")
        # Two calls of one client at once, where one is allowed.
        first, second = gateway.connection(), gateway.connection()
        for connection in (first, second):
            connection.request("POST", "/api/operated.Words/slow", "[]", {"Content-Type": "application/json"})
        statuses = sorted(connection.getresponse().status for connection in (first, second))
        self.assertEqual(statuses, [200, 429])
        gateway.asked("/health/ready")
        text = gateway.asked("/metrics")[1]
        there = families(text)
        self.assertEqual(sorted(there), sorted(documented()))
        for line in (
            'footbridge_calls_total{operation="operated.All.note",outcome="ok"} 1',
            'footbridge_calls_total{operation="operated.All.refuse",outcome="client"} 1',
            'footbridge_faults_total{operation="operated.All.refuse",code="Client.Refused"} 1',
            'footbridge_call_seconds_count{operation="operated.Soap.Ask"} 1',
            'footbridge_coerced_total{operation="operated.All.take"} 1',
            'footbridge_backend_runs_total{backend="notes",outcome="ok"} 1',
            'footbridge_backend_runs_total{backend="notes",outcome="failed"} 1',
            'footbridge_backend_runs_total{backend="far",outcome="ok"} 1',
            'footbridge_backend_runs_total{backend="soap",outcome="ok"} 1',
            'footbridge_backend_seconds_count{backend="soap"} 1',
            'footbridge_pool_connections{backend="notes",state="read"}',
            'footbridge_backend_up{backend="notes"} 1',
            'footbridge_http_calls{backend="far",state="running"} 0',
            'footbridge_http_total{backend="soap",what="sent"} 1',
            'footbridge_breaker_open{backend="far"} 0',
            'footbridge_forgiven_total{backend="soap",kind="unknown-element"} 1',
            'footbridge_shed_total{reason="client"} 1',
            "footbridge_sessions 1",
            "footbridge_calls_running 0",
            "footbridge_mapping_loads_total 1",
            'footbridge_requests_total{face="json"}',
        ):
            self.assertIn(line, text)
        for name in ("request", "answer"):
            self.assertGreater(int(re.search(rf'footbridge_{name}_bytes_total{{face="json"}} (\d+)', text)[1]), 0)
        for name in there:
            self.assertIn(f"# HELP {name} ", text)

    def test_a_breaker_that_opened_is_told_by_metric_and_readiness(self):
        gateway = self.started(far=", required: true")
        self.assertEqual(gateway.asked("/health/ready")[0], 200)
        self.rest.end()
        for _ in range(4):
            self.assertIn("code", gateway.call("operated.All.ask"))
        self.assertIn('footbridge_breaker_open{backend="far"} 1\n', gateway.asked("/metrics")[1])
        status, body = until(lambda: answer if (answer := gateway.asked("/health/ready"))[0] != 200 else None)
        report = json.loads(body)
        self.assertEqual((status, report["state"]), (503, "without a required backend"))
        self.assertEqual(report["backends"]["far"], {"state": "away", "required": True})
        self.assertEqual(report["backends"]["notes"], {"state": "up", "required": False})
        self.assertEqual(gateway.asked("/health/live")[0], 200)
        self.assertEqual(gateway.call("operated.All.note"), "first", "operations of other backends go on")

    def test_readiness_names_the_store_of_sessions_where_there_is_one(self):
        gateway = self.started()
        self.assertNotIn("sessions", json.loads(gateway.asked("/health/ready")[1]))
        settings = (self.folder / "mappings/gateway.yaml").read_text()
        self.write("mappings/gateway.yaml", settings + 'sessions: {store: notes}\nkeys: ["${OPERATED_KEY}"]\n')
        gateway = self.serve(env={"OPERATED_KEY": "a key of thirty-two bytes at least"})
        report = json.loads(gateway.asked("/health/ready")[1])
        self.assertEqual(report["sessions"], {"store": "notes", "state": "up"})

    def test_only_the_admin_listener_tells(self):
        gateway = self.started()
        for path in ("/health/live", "/health/ready", "/metrics"):
            connection = gateway.connection()
            connection.request("GET", path)
            self.assertEqual(connection.getresponse().status, 404, path)
            connection.close()
