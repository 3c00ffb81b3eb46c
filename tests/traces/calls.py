"""Calls of the gateways under test, the spans that their collector has of them, and what the services were told."""

import json
import os
import time
import urllib.request
import uuid

import pyamf
from pyamf import remoting
from pyamf.remoting.client import RemotingService

NODES = json.loads(os.environ["FOOTBRIDGE_NODES"])
COLLECTOR = os.environ["FOOTBRIDGE_COLLECTOR"]
SERVICE = os.environ["FOOTBRIDGE_SERVICE"]
SECONDS = 20.0


def new_trace() -> str:
    return uuid.uuid4().hex


class Client:
    """A client of one of the gateways; its requests say that they belong to `trace`."""

    def __init__(self, node: str = "believing", trace: str | None = None, version: int = pyamf.AMF3, state: str | None = None):
        self.trace = trace
        self.service = RemotingService(f"{NODES[node]['url']}/gateway", amf_version=version, strict=True)
        if trace:
            self.service.addHTTPHeader("traceparent", f"00-{trace}-00f067aa0ba902b7-01")
        if state:
            self.service.addHTTPHeader("tracestate", state)

    def call(self, operation: str, *arguments):
        """What a call gives: its value, or the code of its fault."""
        answer = self.service.execute_single(self.service.addRequest(operation, *arguments))
        return answer.body.code if answer.status == remoting.STATUS_ERROR else answer.body


def post(node: str, path: str, headers: dict) -> None:
    """Sends a call by itself, with headers of its own."""
    envelope = remoting.Envelope(pyamf.AMF3)
    envelope["/1"] = remoting.Request("traced.Calls.echo", ["x"], envelope=envelope)
    body = remoting.encode(envelope).getvalue()
    asked = urllib.request.Request(f"{NODES[node]['url']}{path}", body, {"Content-Type": "application/x-amf", **headers})
    urllib.request.urlopen(asked, timeout=20).close()


def fetched(url: str):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return json.load(answer)


def spans(ready, which) -> list[dict]:
    """The spans of which `which` holds, in the order in which they began, as soon as `ready` holds of them, or never will."""
    deadline = time.monotonic() + SECONDS
    while True:
        found = sorted(filter(which, fetched(f"{COLLECTOR}/spans")), key=lambda span: span["began"])
        if ready(found) or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def traced(trace: str) -> list[dict]:
    """All spans of a trace: the request's ends last."""
    return spans(lambda found: any(span["kind"] == "SERVER" for span in found), lambda span: span["trace"] == trace)


def of_service(name: str, ready=bool) -> list[dict]:
    """The spans of a gateway that has this name."""
    return spans(ready, lambda span: span["resource"]["service.name"] == name)


def seen(trace: str) -> list[dict]:
    """The requests that the services had of a trace."""
    return [one for one in fetched(f"{SERVICE}/seen") if trace in one["headers"].get("traceparent", "")]
