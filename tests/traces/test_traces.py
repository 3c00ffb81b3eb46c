"""What a collector is told of calls, and what backends are told of traces."""

import json
import os
import re
import signal
import subprocess
import time
import unittest
import urllib.request
import uuid

import pyamf

from calls import NODES, SERVICE, Client, fetched, new_trace, of_service, post, seen, spans, traced
from gateway import HTTPMessage, message_to


class Spans(unittest.TestCase):
    def run_in_trace(self, operation, *arguments, **options):
        trace = new_trace()
        value = Client(trace=trace, **options).call(operation, *arguments)
        return value, traced(trace)

    def test_a_call_is_a_span_below_that_of_its_request(self):
        value, (request, call) = self.run_in_trace("traced.Calls.echo", "a value that is nobody's business")
        self.assertEqual(value, "a value that is nobody's business")
        self.assertEqual((request["name"], request["kind"], request["parent"]), ("POST /gateway", "SERVER", "00f067aa0ba902b7"))
        said = request["attributes"]
        self.assertEqual(said["http.request.method"], "POST")
        self.assertEqual(said["http.route"], "/gateway")
        self.assertEqual(said["http.response.status_code"], 200)
        self.assertEqual((said["url.scheme"], said["client.address"]), ("http", "127.0.0.1"))
        self.assertEqual(said["footbridge.calls"], 1)
        self.assertEqual((call["name"], call["kind"], call["parent"]), ("traced.Calls.echo", "INTERNAL", request["span"]))
        said = call["attributes"]
        self.assertEqual((said["rpc.system"], said["rpc.service"], said["rpc.method"]), ("amf3", "traced.Calls", "echo"))
        self.assertEqual(said["footbridge.envelope"], "classic")
        self.assertTrue(said["footbridge.call"])
        self.assertEqual((call["status"], request["status"]), ("UNSET", "UNSET"))
        self.assertLessEqual(request["began"], call["began"])
        self.assertLessEqual(call["ended"], request["ended"])

    def test_a_service_has_its_name_and_what_the_environment_says(self):
        _, (request, _) = self.run_in_trace("traced.Calls.echo", "")
        self.assertEqual(request["resource"]["service.name"], "traced")
        self.assertEqual(request["resource"]["deployment.environment.name"], "test")
        self.assertEqual(request["scope"], "footbridge")
        Client("suspicious").call("traced.Calls.echo", "")
        self.assertTrue(of_service("suspicious"))

    def test_calls_of_a_packet_stand_side_by_side(self):
        client = Client(trace=new_trace(), version=pyamf.AMF0)
        for text in ("one", "two", "three"):
            client.service.addRequest("traced.Calls.echo", text)
        client.service.execute()
        request, *calls = traced(client.trace)
        self.assertEqual(request["attributes"]["footbridge.calls"], 3)
        self.assertEqual({call["parent"] for call in calls}, {request["span"]})
        self.assertEqual([call["attributes"]["rpc.system"] for call in calls], ["amf0"] * 3)
        self.assertEqual(len({call["attributes"]["footbridge.call"] for call in calls}), 3)

    def test_a_flex_message_and_a_call_as_json_are_told_as_what_they_are(self):
        client = Client(trace=new_trace())
        client.service.execute_single(client.service.addRequest("null", message_to("traced.Calls", "echo", "flex")))
        _, call = traced(client.trace)
        self.assertEqual(call["attributes"]["footbridge.envelope"], "message")
        trace = new_trace()
        asked = urllib.request.Request(
            f"{NODES['believing']['url']}/api/traced.Calls/echo", json.dumps({"text": "json"}).encode(),
            {"Content-Type": "application/json", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"},
        )
        with urllib.request.urlopen(asked, timeout=20) as answer:
            self.assertEqual(json.load(answer), "json")
        request, call = traced(trace)
        self.assertEqual(request["name"], "POST /api/{service}/{operation}")
        self.assertEqual((call["attributes"]["rpc.system"], call["attributes"]["footbridge.envelope"]), ("json", "json"))

    def test_a_statement_is_a_span_with_its_rows_and_without_its_values(self):
        rows, found = self.run_in_trace("traced.Calls.rows", "hush-8f2e")
        self.assertEqual(len(rows), 2)
        _, call, step = found
        self.assertEqual((step["name"], step["kind"], step["parent"]), ("sql numbers", "CLIENT", call["span"]))
        said = step["attributes"]
        self.assertEqual(said["db.system.name"], "sqlite")
        self.assertEqual((said["footbridge.backend"], said["footbridge.rows"]), ("numbers", 2))
        self.assertNotIn("hush-8f2e", json.dumps(found))
        self.assertNotIn("SELECT", json.dumps(found))

    def test_a_database_has_its_place_and_not_its_password(self):
        value, found = self.run_in_trace("traced.Calls.away")
        _, call, step = found
        said = step["attributes"]
        self.assertEqual((said["db.system.name"], said["server.address"], said["server.port"]), ("postgresql", "127.0.0.1", 1))
        self.assertEqual((said["error.type"], step["status"], call["status"]), (value, "ERROR", "ERROR"))
        self.assertNotIn("hush-hush", json.dumps(found))
        self.assertNotIn("reader", json.dumps(found))

    def test_pages_of_a_record_set_are_told(self):
        client = Client(trace=new_trace(), version=pyamf.AMF0)
        client.call("traced.Calls.paged")
        step = traced(client.trace)[-1]
        self.assertEqual((step["name"], step["kind"]), ("sql numbers", "CLIENT"))

    def test_steps_stand_below_their_call(self):
        value, (_, call, *steps) = self.run_in_trace("traced.Calls.several")
        self.assertEqual(value, 42)
        self.assertEqual({step["parent"] for step in steps}, {call["span"]})
        self.assertEqual({step["attributes"]["footbridge.step"] for step in steps}, {"local", "remote"})

    def test_a_fault_is_told_by_its_code_and_fails_only_what_failed(self):
        value, (_, call) = self.run_in_trace("traced.Calls.nothing", "x")
        self.assertEqual(call["attributes"]["error.type"], value)
        self.assertEqual((call["name"], call["status"]), ("unknown operation", "ERROR" if value.startswith("Server") else "UNSET"))
        value, (request, call, step) = self.run_in_trace("traced.Calls.broken")
        self.assertTrue(value.startswith("Server."))
        self.assertEqual((call["attributes"]["error.type"], call["status"]), (value, "ERROR"))
        self.assertEqual((step["attributes"]["http.response.status_code"], step["status"]), (500, "ERROR"))
        self.assertEqual((request["attributes"]["http.response.status_code"], request["status"]), (200, "UNSET"))
        value, (_, call, step) = self.run_in_trace("traced.Calls.nobody")
        self.assertEqual((value, call["attributes"]["error.type"], call["status"]), ("Client.Nobody", "Client.Nobody", "UNSET"))
        self.assertEqual((step["attributes"]["http.response.status_code"], step["status"]), (404, "ERROR"))
        self.assertEqual({span["message"] for span in (request, call, step)}, {""})

    def test_what_is_cut_off_is_told_as_cancelled(self):
        _, (_, call, *steps) = self.run_in_trace("traced.Calls.cut")
        ended = {step["name"]: step["attributes"]["error.type"] for step in steps}
        self.assertEqual(ended, {"GET /slow": "cancelled", "GET /broken": call["attributes"]["error.type"]})
        value, (_, call, step) = self.run_in_trace("traced.Calls.late")
        self.assertEqual((value, call["attributes"]["error.type"]), ("Server.Timeout", "Server.Timeout"))
        self.assertLess(step["ended"] - step["began"], 5e9)
        self.assertIn(step["attributes"]["error.type"], ("cancelled", "Server.Timeout"))

    def test_the_log_has_the_trace_of_a_call(self):
        trace = new_trace()
        Client(trace=trace).call("traced.Calls.echo", "logged")
        _, call = traced(trace)
        self.assertTrue(said("believing", f'call="{call["attributes"]["footbridge.call"]}".* trace="{trace}"'))


class Onwards(unittest.TestCase):
    """Backends are told which trace a request belongs to."""

    def one(self, operation, *arguments, **options):
        client = Client(trace=new_trace(), **options)
        self.assertIsNotNone(client.call(operation, *arguments))
        return traced(client.trace)[-1], seen(client.trace)

    def test_rest_is_told_the_span_of_its_step(self):
        step, (request,) = self.one("traced.Calls.item", "secret-77", state="vendor=value")
        self.assertEqual(request["path"], "/rest/items/secret-77?key=secret-77")
        self.assertEqual(request["headers"]["traceparent"], f"00-{step['trace']}-{step['span']}-01")
        self.assertEqual(request["headers"]["tracestate"], "vendor=value")
        said = step["attributes"]
        self.assertEqual((step["name"], said["http.request.method"], said["url.template"]), ("GET /items/{id}", "GET", "/items/{id}"))
        host, port = SERVICE.removeprefix("http://").split(":")
        self.assertEqual((said["server.address"], said["server.port"], said["http.response.status_code"]), (host, int(port), 200))
        self.assertNotIn("secret-77", json.dumps(step))

    def test_soap_is_told_too(self):
        step, (request,) = self.one("traced.Rates.getRate", "EUR", "USD")
        self.assertEqual(request["headers"]["traceparent"], f"00-{step['trace']}-{step['span']}-01")
        self.assertNotIn("tracestate", request["headers"])
        self.assertEqual((step["name"], step["attributes"]["rpc.system"]), ("rates.getRate", "soap"))

    def test_whom_a_proxy_asks_is_told_and_the_url_is_not(self):
        client = Client(trace=new_trace())
        message = HTTPMessage(messageId=str(uuid.uuid4()).upper(), clientId=None, destination="DefaultHTTP", timestamp=0, timeToLive=0)
        message.headers = {"DSId": "nil", "DSEndpoint": "my-amf"}
        message.method, message.body, message.recordHeaders = "GET", {}, False
        message.url, message.contentType, message.httpHeaders = f"{SERVICE}/rest/proxied?key=hush", "application/x-www-form-urlencoded", {}
        client.service.execute_single(client.service.addRequest("null", message))
        found = traced(client.trace)
        step, (request,) = found[-1], seen(client.trace)
        self.assertEqual(request["path"], "/rest/proxied?key=hush")
        self.assertEqual(request["headers"]["traceparent"], f"00-{step['trace']}-{step['span']}-01")
        self.assertEqual((step["name"], step["attributes"]["http.response.status_code"]), ("proxy DefaultHTTP", 200))
        self.assertNotIn("hush", json.dumps(found))

    def test_what_the_mapping_says_itself_stays(self):
        Client(trace=new_trace()).call("traced.Calls.own")
        (request,) = seen("1" * 32)[-1:]
        self.assertEqual(request["headers"]["traceparent"], f"00-{'1' * 32}-{'2' * 16}-01")


class Strangers(unittest.TestCase):
    def test_only_peers_that_are_believed_name_a_trace(self):
        trace = new_trace()
        Client("suspicious", trace).call("traced.Calls.item", "strange")
        found = of_service("suspicious", lambda spans: any(span["name"] == "GET /items/{id}" for span in spans))
        self.assertNotIn(trace, {span["trace"] for span in found})
        self.assertIn("", {span["parent"] for span in found if span["kind"] == "SERVER"})
        self.assertEqual(seen(trace), [])

    def test_what_is_no_trace_is_none(self):
        odd = ("00-xyz", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "x" * 5000)
        for number, header in enumerate(odd):
            post("believing", "/gateway", {"traceparent": header, "User-Agent": f"odd {number}"})

        def is_odd(span):
            return span["attributes"].get("user_agent.original", "").startswith("odd ")

        requests = spans(lambda found: len(found) == len(odd), is_odd)
        self.assertEqual([span["parent"] for span in requests], [""] * len(odd))

    def test_a_session_in_the_path_is_not_told(self):
        trace = new_trace()
        headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01", "Cookie": "fbsid=0123SECRET"}
        post("believing", "/gateway;jsessionid=0123SECRET", headers)
        found = traced(trace)
        self.assertEqual(found[0]["name"], "POST /gateway")
        self.assertNotIn("0123SECRET", json.dumps(found))


class Sending(unittest.TestCase):
    def test_the_environment_says_what_is_recorded(self):
        trace = new_trace()
        Client("sampling").call("traced.Calls.item", "not recorded")
        Client("sampling", trace).call("traced.Calls.item", "recorded by whoever asks")
        found = traced(trace)
        self.assertEqual({span["resource"]["service.name"] for span in found}, {"sampling"})
        self.assertEqual({span["trace"] for span in of_service("sampling")}, {trace})
        # Backends are told that it was not recorded, so that they need not either.
        flags = {one["headers"]["traceparent"][-2:] for one in fetched(f"{SERVICE}/seen") if one["path"].startswith("/rest/items/not%20rec")}
        self.assertEqual(flags, {"00"})

    def test_a_gateway_that_is_told_not_to_sends_nothing(self):
        trace = new_trace()
        self.assertEqual(Client("disabled", trace).call("traced.Calls.item", "disabled"), 42)
        later = new_trace()
        Client("believing", later).call("traced.Calls.echo", "later")
        self.assertTrue(traced(later))
        self.assertEqual(spans(lambda _: True, lambda span: span["trace"] == trace), [])
        self.assertEqual(seen(trace), [])

    def test_nothing_is_sent_where_nobody_is_named(self):
        endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
        for environment, sends in (
            ({}, False),
            ({"OTEL_SERVICE_NAME": "named"}, False),
            ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
            ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:9/v1/traces"}, True),
            ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
            ({**endpoint, "OTEL_TRACES_EXPORTER": "none"}, False),
            ({**endpoint, "OTEL_SDK_DISABLED": "TRUE"}, False),
            ({**endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, True),
        ):
            with self.subTest(**environment):
                self.assertEqual("traces are sent" in started(environment), sends)

    def test_an_address_that_is_none_is_told_at_the_start(self):
        for address in ("not a url", "localhost:4318"):
            text = started({"OTEL_EXPORTER_OTLP_ENDPOINT": address})
            self.assertIn("error: traces cannot be sent", text)
            self.assertNotIn("listening on", text)

    def test_what_waits_is_sent_at_the_end(self):
        self.assertEqual(Client("waiting").call("traced.Calls.echo", "x"), "x")
        self.assertEqual(of_service("waiting", lambda _: True), [])
        os.kill(NODES["waiting"]["pid"], signal.SIGTERM)
        found = of_service("waiting", lambda spans: len(spans) == 2)
        self.assertEqual(sorted(span["name"] for span in found), ["POST /gateway", "traced.Calls.echo"])

    def test_a_collector_that_is_away_or_silent_holds_up_no_call(self):
        for node in ("refused", "unheard"):
            client = Client(node)
            for number in range(200):
                self.assertEqual(client.call("traced.Calls.echo", str(number)), str(number))
        self.assertTrue(said("refused", r"ERROR.*BatchSpanProcessor\.ExportError"))
        # The queue is bounded: what does not fit is dropped, which is said once.
        self.assertEqual(len(said("unheard", r"SpanDroppingStarted")), 1)
        began = time.monotonic()
        os.kill(NODES["unheard"]["pid"], signal.SIGTERM)
        while alive(NODES["unheard"]["pid"]) and time.monotonic() < began + 20:
            time.sleep(0.05)
        self.assertLess(time.monotonic() - began, 15)


def started(environment):
    """What a gateway says that is started with this environment, until it listens or ends."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")} | {"AWAY_PASSWORD": "hush-hush"}
    command = [os.environ["FOOTBRIDGE_BIN"], "serve", NODES["believing"]["folder"], "--listen", "127.0.0.1:0", "--no-watch"]
    process = subprocess.Popen(command, env=env | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with process:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "listening on" in line:
                process.terminate()
    return "".join(lines)


def said(node, pattern):
    """The lines of a gateway's log that look like this, as soon as there are any."""
    deadline = time.monotonic() + 20
    while True:
        with open(NODES[node]["log"]) as log:
            lines = [line for line in log if re.search(pattern, line)]
        if lines or time.monotonic() > deadline:
            return lines
        time.sleep(0.05)


def alive(pid):
    """Whether a process runs; one that has ended is a zombie until the harness asks."""
    try:
        with open(f"/proc/{pid}/stat") as status:
            return status.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
