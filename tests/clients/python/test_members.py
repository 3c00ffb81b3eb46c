"""Sessions, logins and roles, by all the ways in which a client can say who calls."""

import base64
import http.cookiejar
import os
import urllib.request
import uuid

import pyamf
from pyamf import remoting
from pyamf.flex import messaging
from pyamf.remoting.client import RemotingService

from gateway import Case, both, message_to

URL = os.environ["FOOTBRIDGE_MEMBERS_URL"]
LOGIN = messaging.CommandMessage.LOGIN_OPERATION
LOGOUT = messaging.CommandMessage.LOGOUT_OPERATION
PING = messaging.CommandMessage.PING_OPERATION

# Signed by the key of club.jwks.json, whose other half nobody has kept: one until 2100, one until 2001.
TOKEN = ".".join([
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImNsdWIifQ",
    "eyJzdWIiOiJmLTEiLCJwcmVmZXJyZWRfdXNlcm5hbWUiOiJmcmVkIiwiaXNzIjoiaHR0cHM6Ly9sb2dpbi50ZXN0IiwiYXVkIjoiY2x1YiIsImV4cCI6NDEwMjQ0NDgwMCwiZ3JvdXBzIjoibWVtYmVyIHN0YWZmIn0",
    "67IpyIJsXVOIh383Xogqu74zhXam14QAt6ao3o1Gv4fc_Z6Vk3FEAZoUCAHgu9ddOTLxOZrqperDzyMjWxWo3Q",
])
ENDED = ".".join([
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImNsdWIifQ",
    "eyJzdWIiOiJmLTEiLCJwcmVmZXJyZWRfdXNlcm5hbWUiOiJmcmVkIiwiaXNzIjoiaHR0cHM6Ly9sb2dpbi50ZXN0IiwiYXVkIjoiY2x1YiIsImV4cCI6MTAwMDAwMDAwMCwiZ3JvdXBzIjoibWVtYmVyIHN0YWZmIn0",
    "kM-mtkl_AdQNnCH2c9QG2q0IXda3VEBAM-DHUFKFLKbH2dTFichBa69HJNMO6UTGZvp3BG79k6kzltO7J9yGZw",
])


class Visitor:
    """A client with cookies of its own, as a page in a browser has them; or without any."""

    def __init__(self, version: int, cookies: bool = True):
        self.jar = http.cookiejar.CookieJar()
        handlers = [urllib.request.HTTPCookieProcessor(self.jar)] if cookies else []
        opener = urllib.request.build_opener(*handlers).open
        self.service = RemotingService(f"{URL}/gateway", amf_version=version, strict=True, opener=opener)

    @property
    def cookie(self):
        return next((cookie for cookie in self.jar if cookie.name == "footbridge"), None)

    def call(self, target: str, *arguments):
        """What a call gives: its value, or the code of its fault."""
        return outcome(self.service.execute_single(self.service.addRequest(target, *arguments)))

    def calls(self, *calls) -> list:
        """Several calls of one packet."""
        requests = [self.service.addRequest(target, *arguments) for target, *arguments in calls]
        answers = self.service.execute()
        return [outcome(answers[request.id]) for request in requests]


def outcome(answer):
    return answer.body.code if answer.status == remoting.STATUS_ERROR else answer.body


class Channel:
    """An AMFChannel that has no cookies: its DSId says whose messages these are."""

    def __init__(self):
        self.service = RemotingService(f"{URL}/messagebroker/amf", amf_version=pyamf.AMF3, strict=True)
        self.id = "nil"

    def send(self, message):
        message.headers["DSId"] = self.id
        answer = self.service.execute_single(self.service.addRequest("null", message)).body
        if self.id == "nil":
            self.id = answer.headers["DSId"]
        return answer

    def command(self, operation: int, body=None):
        return self.send(messaging.CommandMessage(
            operation=operation, destination="", body=body, headers={}, messageId=str(uuid.uuid4()).upper(),
            correlationId="", clientId=None, timestamp=0, timeToLive=0,
        ))

    def login(self, name: str, password: str):
        return self.command(LOGIN, base64.b64encode(f"{name}:{password}".encode()).decode())

    def call(self, operation: str, *arguments, destination="club.Account"):
        """What a call gives: its value, or the code of its fault."""
        answer = self.send(message_to(destination, operation, *arguments))
        return answer.faultCode if isinstance(answer, messaging.ErrorMessage) else answer.body


class Credentials(Case):
    @both
    def test_set_credentials_says_who_calls(self, version):
        visitor = Visitor(version)
        visitor.service.setCredentials("ann", "nna")
        self.assertEqual({"id": "ann", "roles": ["member", "staff"]}, visitor.call("club.Account.who"))
        self.assertEqual("behind the bar", visitor.call("club.Account.staff"))

    @both
    def test_the_session_that_began_goes_on_without_credentials(self, version):
        visitor = Visitor(version)
        visitor.service.setCredentials("ann", "nna")
        visitor.call("club.Account.who")
        self.assertIsNotNone(visitor.cookie)
        del visitor.service.headers["Credentials"]
        self.assertEqual("ann", visitor.call("club.Account.who")["id"])
        self.assertIs(True, visitor.call("club.Account.leave"))
        self.assertEqual("Client.Authentication", visitor.call("club.Account.who"))

    @both
    def test_a_client_without_cookies_sends_them_each_time(self, version):
        visitor = Visitor(version, cookies=False)
        visitor.service.setCredentials("ben", "neb")
        for _ in range(2):
            self.assertEqual("ben", visitor.call("club.Account.who")["id"])

    @both
    def test_wrong_credentials_are_refused_even_where_strangers_may_call(self, version):
        for name, password in (("cleo", "guess"), (f"nobody-{version}", "guess")):
            visitor = Visitor(version)
            visitor.service.setCredentials(name, password)
            self.assertEqual("Client.Authentication", visitor.call("club.Account.open"))
            self.assertIsNone(visitor.cookie)


class Logins(Case):
    """Callers whom a table or another server knows."""

    @both
    def test_a_row_with_bcrypt_and_one_with_an_old_hash(self, version):
        for name, password, roles in (("dora", "arod", ["member"]), ("emil", "lime", ["member", "staff"])):
            visitor = Visitor(version)
            visitor.service.setCredentials(name, password)
            for _ in range(2):
                self.assertEqual({"id": name, "roles": roles}, visitor.call("club.Account.who"))
        for name, password in (("gone", ""), (f"' OR 1=1 --{version}", "x")):
            visitor = Visitor(version)
            visitor.service.setCredentials(name, password)
            self.assertEqual("Client.Authentication", visitor.call("club.Account.open"))

    @both
    def test_a_token_is_a_password_for_clients_without_headers(self, version):
        visitor = Visitor(version)
        visitor.service.setCredentials("fred", TOKEN)
        self.assertEqual({"id": "f-1", "roles": ["member", "staff"]}, visitor.call("club.Account.who"))
        late = Visitor(version)
        late.service.setCredentials("fred", ENDED)
        self.assertEqual("Client.Authentication", late.call("club.Account.open"))

    def test_flex_logs_in_by_a_row_and_by_a_token(self):
        for name, password, known in (("dora", "arod", "dora"), ("fred", TOKEN, "f-1")):
            channel = Channel()
            channel.command(PING)
            self.assertEqual("success", channel.login(name, password).body)
            self.assertEqual(known, channel.call("who")["id"])

    def test_basic_and_bearer_count_for_one_request(self):
        said = base64.b64encode(b"dora:arod").decode()
        for header, known in ((f"Basic {said}", "dora"), (f"Bearer {TOKEN}", "f-1")):
            visitor = Visitor(pyamf.AMF0)
            visitor.service.addHTTPHeader("Authorization", header)
            self.assertEqual(known, visitor.call("club.Account.who")["id"])
            self.assertIsNone(visitor.cookie)
            visitor.service.removeHTTPHeader("Authorization")
            self.assertEqual("Client.Authentication", visitor.call("club.Account.who"))


class Rows(Case):
    @both
    def test_each_sees_its_own_rows_and_the_staff_all(self, version):
        def owners(name, password):
            visitor = Visitor(version)
            visitor.service.setCredentials(name, password)
            return visitor, list(visitor.call("club.Notes.owners"))

        dora, seen = owners("dora", "arod")
        self.assertEqual(["dora", "dora"], seen)
        self.assertEqual(["ben", "dora", "dora", "emil"], owners("emil", "lime")[1])
        self.assertEqual(["ben"], owners("ben", "neb")[1])
        self.assertEqual([1, 0], [dora.call("club.Notes.change", id, "more tea") for id in (1, 2)])
        self.assertEqual("Client.Authentication", Visitor(version).call("club.Notes.owners"))


class Roles(Case):
    @both
    def test_a_stranger_has_what_is_public_alone(self, version):
        stranger = Visitor(version)
        self.assertEqual({"name": None}, stranger.call("club.Account.open"))
        for target in ("club.Account.who", "club.Account.staff", "club.Visits.who"):
            self.assertEqual("Client.Authentication", stranger.call(target))
        self.assertIsNone(stranger.cookie, "a mere call begins no session")

    @both
    def test_who_is_known_has_not_all_roles(self, version):
        visitor = Visitor(version)
        visitor.service.setCredentials("ben", "neb")
        self.assertEqual(
            ["ben", "Client.Authorization"],
            [answer["id"] if isinstance(answer, dict) else answer
             for answer in visitor.calls(["club.Account.who"], ["club.Account.staff"])],
        )


class Operations(Case):
    """`login:`, `logout:`, `remember:` and `session:` of a mapping."""

    @both
    def test_a_login_is_carried_by_a_cookie(self, version):
        visitor = Visitor(version)
        entered = visitor.call("club.Visits.enter", "dora", "1234")
        self.assertEqual(("dora", visitor.cookie.value), (entered["name"], entered["sid"]))
        self.assertTrue(visitor.cookie.has_nonstandard_attr("HttpOnly"))
        self.assertEqual("Lax", visitor.cookie.get_nonstandard_attr("SameSite"))
        self.assertEqual({"name": "dora", "since": "club.Visits"}, visitor.call("club.Visits.who"))
        self.assertIs(True, visitor.call("club.Visits.leave"))
        self.assertIsNone(visitor.cookie, "the cookie is taken away")
        self.assertEqual("Client.Authentication", visitor.call("club.Visits.who"))

    @both
    def test_a_wrong_login_signs_nobody_in(self, version):
        visitor = Visitor(version)
        self.assertEqual("BAD_PIN", visitor.call("club.Visits.enter", "dora", "0000"))
        self.assertEqual("Client.Authentication", visitor.call("club.Visits.who"))

    @both
    def test_a_login_makes_a_new_session_and_the_old_one_is_worth_nothing(self, version):
        visitor = Visitor(version)
        visitor.call("club.Account.paint", "red")
        before = visitor.cookie.value
        visitor.call("club.Visits.enter", "dora", "1234")
        self.assertNotEqual(before, visitor.cookie.value)
        self.assertIsNone(visitor.call("club.Account.colour"))
        old = Visitor(version, cookies=False)
        old.service.addHTTPHeader("Cookie", f"footbridge={before}")
        self.assertEqual("Client.Authentication", old.call("club.Visits.who"))

    @both
    def test_a_token_says_whose_session_it_is_without_cookies(self, version):
        client = Visitor(version, cookies=False)
        token = client.call("club.Visits.enter", "emil", "4321")["sid"]
        self.assertEqual("emil", client.call("club.Visits.whose", token))
        for other in (None, "", "invented", token[:-1]):
            self.assertEqual("Client.Authentication", client.call("club.Visits.whose", other))
        self.assertIs(True, client.call("club.Visits.quit", token))
        self.assertEqual("Client.Authentication", client.call("club.Visits.whose", token))

    @both
    def test_a_token_counts_and_not_the_cookie_beside_it(self, version):
        dora, emil = Visitor(version), Visitor(version)
        dora.call("club.Visits.enter", "dora", "1234")
        token = emil.call("club.Visits.enter", "emil", "4321")["sid"]
        self.assertEqual("emil", dora.call("club.Visits.whose", token))
        self.assertEqual("Client.Authentication", dora.call("club.Visits.whose", "invented"))

    @both
    def test_what_is_remembered_is_of_one_session(self, version):
        one, other = Visitor(version), Visitor(version)
        self.assertEqual([True, "blue"], one.calls(["club.Account.paint", "blue"], ["club.Account.colour"]))
        other.call("club.Account.paint", "green")
        self.assertEqual(("blue", "green"), (one.call("club.Account.colour"), other.call("club.Account.colour")))
        self.assertIsNone(Visitor(version).call("club.Account.colour"))


class Once(Case):
    def setUp(self):
        self.key, self.place = str(uuid.uuid4()), str(uuid.uuid4())

    def book(self, visitor, key):
        return visitor.call("club.Visits.book", key, self.place)

    def entered(self, name="dora", pin="1234"):
        visitor = Visitor(pyamf.AMF3)
        visitor.call("club.Visits.enter", name, pin)
        return visitor

    def assert_booked(self, times: int):
        self.assertEqual(times, Visitor(pyamf.AMF3).call("club.Visits.count", self.place))

    def test_a_call_that_is_repeated_gets_the_first_answer(self):
        visitor = self.entered()
        first = self.book(visitor, self.key)
        self.assertIsInstance(first, int)
        self.assertEqual(first, self.book(visitor, self.key))
        self.assertEqual(first, self.book(self.entered(), self.key), "also from another session of this caller")
        self.assert_booked(1)

    def test_calls_with_one_key_in_one_packet_are_one(self):
        answers = self.entered().calls(*[["club.Visits.book", self.key, self.place]] * 4)
        self.assertEqual(1, len(set(answers)), answers)
        self.assert_booked(1)

    def test_a_key_is_its_callers_own_and_null_is_none(self):
        dora, emil = self.entered(), self.entered("emil", "4321")
        answers = {self.book(dora, self.key), self.book(emil, self.key), self.book(dora, None), self.book(dora, None)}
        self.assertEqual(4, len(answers), answers)
        self.assert_booked(4)

    def test_a_key_with_other_arguments_is_refused(self):
        visitor = self.entered()
        self.book(visitor, self.key)
        self.assertEqual("Client.BadArguments", visitor.call("club.Visits.book", self.key, "elsewhere"))


class Flex(Case):
    def test_a_channel_logs_in_under_its_identifier_and_out_again(self):
        channel = Channel()
        channel.command(PING)
        self.assertEqual("Client.Authentication", channel.call("who"))
        self.assertEqual("success", channel.login("ann", "nna").body)
        self.assertEqual({"id": "ann", "roles": ["member", "staff"]}, dict(channel.call("who")))
        self.assertEqual("behind the bar", channel.call("staff"))
        self.assertEqual("success", channel.command(LOGOUT).body)
        self.assertEqual("Client.Authentication", channel.call("who"))

    def test_a_wrong_login_is_an_error_message(self):
        channel = Channel()
        channel.command(PING)
        answer = channel.login("cleo", "guess")
        self.assertIsInstance(answer, messaging.ErrorMessage)
        self.assertEqual("Client.Authentication", answer.faultCode)
        self.assertEqual("Client.Authentication", channel.call("who"))

    def test_what_was_remembered_before_a_login_is_gone(self):
        channel = Channel()
        channel.command(PING)
        channel.call("paint", "red")
        self.assertEqual("red", channel.call("colour"))
        channel.login("ben", "neb")
        self.assertIsNone(channel.call("colour"))
        self.assertEqual("Client.Authorization", channel.call("staff"))

    def test_an_operation_signs_in_under_the_identifier_of_the_channel_and_out_again(self):
        channel = Channel()
        channel.command(PING)
        visits = "club.Visits"
        self.assertEqual("Client.Authentication", channel.call("who", destination=visits))
        for name, pin in (("dora", "1234"), ("emil", "4321")):
            self.assertEqual(name, channel.call("enter", name, pin, destination=visits)["name"])
            self.assertEqual(name, channel.call("who", destination=visits)["name"])
            self.assertIs(True, channel.call("leave", destination=visits))
            self.assertEqual("Client.Authentication", channel.call("who", destination=visits))

    def test_an_invented_identifier_is_a_strangers(self):
        channel = Channel()
        channel.id = str(uuid.uuid4()).upper()
        self.assertEqual({"name": None}, dict(channel.call("open")))
        self.assertEqual("Client.Authentication", channel.call("who"))


class Basic(Case):
    @both
    def test_http_basic_counts_for_one_packet(self, version):
        visitor = Visitor(version)
        visitor.service.addHTTPHeader("Authorization", f"Basic {base64.b64encode(b'ben:neb').decode()}")
        self.assertEqual("ben", visitor.call("club.Account.who")["id"])
        visitor.service.removeHTTPHeader("Authorization")
        self.assertEqual("Client.Authentication", visitor.call("club.Account.who"))
