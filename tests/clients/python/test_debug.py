"""Headers, debug events and descriptions, as NetServices and NetConnection Debugger ask for them: in classic calls, in Flex messages, and
in messages as Ruffle sends them."""

import os

import pyamf
from pyamf.flex import messaging

from connection import NetConnection
from gateway import Case, message_to

URL = os.environ["FOOTBRIDGE_MEMBERS_URL"]
ERROR, RESULT = "onStatus", "onResult"


class NetDebugConfig:
    """What the debugging classes of ActionScript 1 and 2 send."""

    def __init__(self, **flags):
        self.m_debug = True
        self.trace = self.error = self.recordset = self.coldfusion = True
        self.httpheaders = self.amf = self.amfheaders = False
        self.__dict__.update(flags)


pyamf.register_class(NetDebugConfig, "NetDebugConfig")


def as_ruffle_sends_it(message):
    """A message without its class, its list as a map."""
    fields = {name: getattr(message, name) for name in (
        "destination", "operation", "messageId", "clientId", "headers", "timestamp", "timeToLive"
    )}
    body = pyamf.MixedArray({str(at): value for at, value in enumerate(message.body)})
    return {**fields, "source": None, "body": body}


# How a call of club.Account goes out, the packet's version, and how its value is found in the answer.
WAYS = {
    "classic in AMF0": (pyamf.AMF0, lambda name: (f"club.Account.{name}", []), lambda value: value),
    "classic in AMF3": (pyamf.AMF3, lambda name: (f"club.Account.{name}", []), lambda value: value),
    "Flex": (pyamf.AMF3, lambda name: ("null", [message_to("club.Account", name)]), lambda value: value.body),
    "Flex in AMF0": (
        pyamf.AMF0, lambda name: ("null", [as_ruffle_sends_it(message_to("club.Account", name))]), lambda value: value.body
    ),
}


def in_each_way(test):
    def run(self):
        for name, (version, call, value) in WAYS.items():
            with self.subTest(name):
                test(self, NetConnection(f"{URL}/gateway", version), call, value)

    return run


class Debugging(Case):
    def events(self, connection) -> dict:
        return {event["EventType"]: event for event in connection.debug_events}

    @in_each_way
    def test_a_developer_gets_the_events_that_the_debugger_asks_for(self, connection, call, value):
        connection.set_credentials("ann", "nna")
        connection.add_header("amf_server_debug", True, NetDebugConfig(amf=True, amfheaders=True, httpheaders=True))
        outcome, answer = connection.calls(call("staff"))[0]
        self.assertEqual((RESULT, "behind the bar"), (outcome, value(answer)))
        events = self.events(connection)
        self.assertEqual(
            {"trace", "AmfHeaders", "HttpRequestHeaders", "AmfMethodCall", "profiling"}, set(events), connection.debug_events
        )
        self.assertTrue(all(event["Source"] == "Server" for event in connection.debug_events))
        self.assertEqual("staff", events["AmfMethodCall"]["MethodName"])
        self.assertTrue(events["trace"]["messages"][0].startswith("club.Account.staff value: ok"))
        self.assertNotIn("nna", repr(connection.debug_events))

    @in_each_way
    def test_an_error_says_more_to_a_developer(self, connection, call, _value):
        connection.set_credentials("ann", "nna")
        connection.add_header("amf_server_debug", True, NetDebugConfig())
        outcome, _ = connection.calls(call("nothing"))[0]
        self.assertEqual(ERROR, outcome)
        self.assertEqual("Server.ResourceNotFound", self.events(connection)["Error"]["Data"]["code"])

    @in_each_way
    def test_others_are_answered_as_if_they_had_not_asked(self, connection, call, value):
        connection.set_credentials("ben", "neb")
        connection.add_header("amf_server_debug", True, NetDebugConfig())
        connection.add_header("TraceHeader", False, True)
        outcome, answer = connection.calls(call("who"))[0]
        self.assertEqual((RESULT, "ben"), (outcome, value(answer)["id"]))
        self.assertEqual([], connection.debug_events)

    @in_each_way
    def test_a_trace_is_asked_for_alone(self, connection, call, _value):
        connection.set_credentials("ann", "nna")
        connection.add_header("TraceHeader", False, True)
        connection.calls(call("who"), call("staff"))
        self.assertEqual(["trace"], [event["EventType"] for event in connection.debug_events])
        lines = connection.debug_events[0]["messages"]
        # The first call of a packet signs in, so that calls go in order.
        self.assertEqual(4, len(lines), lines)

    def test_a_client_without_debugging_classes_sends_undefined(self):
        connection = NetConnection(f"{URL}/gateway")
        connection.set_credentials("ann", "nna")
        connection.add_header("amf_server_debug", True, pyamf.Undefined)
        self.assertEqual(RESULT, connection.call("club.Account.staff")[0])
        self.assertEqual([], connection.debug_events)


def browse(connection, operation, *arguments):
    """A call of the service that the browser of AMFPHP 1.9 asks: in AMF3 through a channel, as that does."""
    name = "amfphp.DiscoveryService"
    if connection.version == pyamf.AMF0:
        return f"{name}.{operation}", list(arguments)
    return "null", [message_to("amfphp", operation, *arguments, source=name)]


class Descriptions(Case):
    def described(self, name: str, password: str):
        connection = NetConnection(f"{URL}/gateway")
        connection.set_credentials(name, password)
        connection.add_header("DescribeService", False, 0)
        return connection.call("club.Account.anything")

    def test_a_service_is_described_to_who_may_ask(self):
        outcome, service = self.described("ann", "nna")
        self.assertEqual(RESULT, outcome)
        self.assertEqual("club.Account", service["address"])
        functions = {function["name"]: function for function in service["functions"]}
        self.assertIn("staff", functions)
        self.assertEqual(
            [{"name": "colour", "required": True, "type": "string", "description": ""}], functions["paint"]["arguments"]
        )

    def test_who_may_not_ask_is_refused(self):
        outcome, fault = self.described("ben", "neb")
        self.assertEqual((ERROR, "Client.Authorization"), (outcome, fault["code"]))

    def test_a_browser_of_services_finds_them_all(self):
        connection = NetConnection(f"{URL}/gateway", pyamf.AMF3)
        connection.set_credentials("ann", "nna")
        outcome, services = connection.call("AmfphpDiscoveryService/discover")
        self.assertEqual(RESULT, outcome)
        self.assertIn("staff", services["club.Account"]["methods"])

    @in_each_way
    def test_an_old_browser_of_services_goes_from_the_tree_to_a_call(self, connection, _call, value):
        """As the browser of AMFPHP 1.9 does: it asks for a tree, gives a leaf of it back, and calls what it is told."""
        connection.set_credentials("ann", "nna")

        def asked(operation, *arguments):
            outcome, answer = connection.calls(browse(connection, operation, *arguments))[0]
            self.assertEqual(RESULT, outcome, answer)
            return answer.body if hasattr(answer, "body") else answer

        tree = asked("getServices")
        package = next(package for package in tree if package["label"] == "club")
        self.assertIsInstance(package["children"], list)
        leaf = next(leaf for leaf in package["children"] if leaf["label"] == "Account")
        methods, comment = asked("describeService", leaf)
        self.assertEqual("", comment)
        self.assertEqual(["colour - string"], list(methods["paint"]["arguments"]))
        name = leaf["data"].replace("/", ".") + leaf["label"]
        self.assertEqual((RESULT, "behind the bar"), connection.call(f"{name}.staff"))


class Headers(Case):
    @in_each_way
    def test_headers_that_nobody_knows_are_ignored(self, connection, call, value):
        connection.add_header("Unheard", True, {"of": [1, 2, 3]})
        connection.add_header("unheard-too", False, None)
        outcome, answer = connection.calls(call("open"))[0]
        self.assertEqual((RESULT, {"name": None}), (outcome, dict(value(answer))))

    def test_a_client_of_a_path_that_moved_goes_where_it_is_told(self):
        for version in (pyamf.AMF0, pyamf.AMF3):
            connection = NetConnection(f"{URL}/flashservices/gateway", version)
            self.assertEqual(RESULT, connection.call("club.Account.open")[0])
            self.assertEqual("http://members.example/gateway", connection.url)

    def test_ruffle_is_sent_no_headers(self):
        connection = NetConnection(f"{URL}/flashservices/gateway", pyamf.AMF0)
        message = as_ruffle_sends_it(message_to("club.Account", "open"))
        outcome, answer = connection.calls(("null", [message]))[0]
        self.assertEqual(RESULT, outcome)
        self.assertIsInstance(answer, messaging.AcknowledgeMessage)
        self.assertEqual(f"{URL}/flashservices/gateway", connection.url)
