"""Requests as httpbin saw them, and its answers, through Py3AMF."""

import datetime
import random
import unittest

import pyamf
from gateway import Case, both, connect, fault
from pyamf import remoting

SECRET = "open-sesame"


class Sent:
    """What httpbin saw."""

    def __init__(self, **fields):
        self.__dict__.update(fields)


pyamf.register_class(Sent, "rest.Sent")


def call(version, name, *arguments):
    return getattr(connect(version).getService("rest.Bin"), name)(*arguments)


def plain(value):
    """What a client sees as members and items."""
    if isinstance(value, (list, tuple)) or hasattr(value, "source"):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    return value


class Requests(Case):
    @both
    def test_values_of_a_query_arrive_as_they_were(self, version):
        when = datetime.datetime(2026, 11, 20, 9, 30)
        sent = call(version, "get", "a+b&c=d ü %41", [1, 2.0, 3], when)
        self.assertEqual(plain(sent.args), {"text": "a+b&c=d ü %41", "id": ["1", "2", "3"], "when": "2026-11-20T09:30:00Z"})
        self.assertEqual(sent.headers["X-Gateway"], "footbridge")
        self.assertNotIn("Cookie", sent.headers)

    def test_what_is_not_given_is_not_sent(self):
        sent = call(pyamf.AMF3, "get")
        self.assertEqual(plain(sent.args), {})
        self.assertNotIn("X-Text", call(pyamf.AMF3, "header").headers)

    def test_a_header_is_not_split(self):
        refused = fault(pyamf.AMF3, "rest.Bin.header", "Ann\r\nX-Evil: 1")
        self.assertEqual(refused.code, "Client.BadArguments")
        self.assertEqual(call(pyamf.AMF3, "header", "Ann").headers["X-Text"], "Ann")

    def test_a_path_value_stays_one_segment(self):
        for value in ("a/b", "?x=1", "#x", "a b", "ü", "%2f", "..;/x", "http://evil/"):
            sent = call(pyamf.AMF3, "path", value)
            self.assertIn("/anything/", sent.url)
            self.assertTrue(sent.url.endswith("/end"), sent.url)
            self.assertEqual(plain(sent.args), {}, value)
        for value in ("", ".", ".."):
            self.assertEqual(fault(pyamf.AMF3, "rest.Bin.path", value).code, "Client.BadArguments", value)

    @both
    def test_json_has_the_declared_types(self, version):
        customer = {
            "name": "Ann", "age": 41.0, "born": datetime.datetime(1985, 2, 3), "vip": True, "balance": "12.50",
            "account": 9007199254740992, "evil": "not declared",
        }
        sent = call(version, "json", customer)
        self.assertEqual(
            sent.data,
            '{"customer":{"name":"Ann","age":41,"born":"1985-02-03","vip":true,"balance":12.50,"account":9007199254740992}}',
        )
        self.assertEqual(sent.headers["Content-Type"], "application/json")

    def test_forms_files_bytes_and_templates(self):
        sent = call(pyamf.AMF3, "form", "a&b=c", ["x y", "z"])
        self.assertEqual(plain(sent.form), {"name": "a&b=c", "tags": ["x y", "z"]})
        file = pyamf.amf3.ByteArray(b"hello")
        sent = call(pyamf.AMF3, "upload", "a title", file)
        self.assertEqual(plain(sent.form), {"title": "a title"})
        self.assertEqual(plain(sent.files), {"file": "hello"})
        sent = call(pyamf.AMF3, "put", file)
        self.assertEqual((sent.method, sent.data), ("PUT", "hello"))
        sent = call(pyamf.AMF3, "letter", 'Ann & "Co"')
        self.assertEqual(sent.data, '<letter to="Ann &amp; &quot;Co&quot;"/>')


class Answers(Case):
    @both
    def test_compression_is_taken_off(self, version):
        self.assertIs(call(version, "gzip"), True)
        self.assertIs(call(version, "deflate"), True)

    def test_bytes_xml_and_text(self):
        self.assertEqual(len(bytes(call(pyamf.AMF3, "bytes", 1000))), 1000)
        self.assertEqual(bytes(call(pyamf.AMF3, "image"))[:4], b"\x89PNG")
        self.assertIn("Herman Melville", call(pyamf.AMF3, "html"))
        self.assertIn("∮ E⋅da = Q", call(pyamf.AMF3, "utf8"))
        self.assertEqual(call(pyamf.AMF3, "xml")["title"], "Sample Slide Show")

    @both
    def test_a_path_leads_to_what_is_wanted(self, version):
        slides = call(version, "slides")
        self.assertEqual(list(slides), ["Why <em>WonderWidgets</em> are great", "Who <em>buys</em> WonderWidgets"])

    def test_headers_and_status_are_a_reply_too(self):
        self.assertEqual(plain(call(pyamf.AMF3, "seen")), {"status": 200, "total": "42"})

    def test_redirects_stay_within_the_origin(self):
        self.assertTrue(call(pyamf.AMF3, "redirected", 3).endswith("/get"))
        self.assertEqual(fault(pyamf.AMF3, "rest.Bin.redirected", 4).code, "Server.BadReply.Redirect")
        self.assertEqual(fault(pyamf.AMF3, "rest.Bin.elsewhere").code, "Server.BadReply.Redirect")
        self.assertEqual(fault(pyamf.AMF3, "rest.Bin.notFollowed").code, "Moved")

    def test_a_status_is_what_the_mapping_makes_of_it(self):
        self.assertIsNone(call(pyamf.AMF3, "status", 404))
        teapot = fault(pyamf.AMF3, "rest.Bin.status", 418)
        self.assertEqual((teapot.code, teapot.description), ("Client.Teapot", "short and stout, 418"))
        self.assertEqual(fault(pyamf.AMF3, "rest.Bin.status", 503).code, "Server.Ill")
        told = fault(pyamf.AMF3, "rest.Bin.plainStatus", 418)
        self.assertEqual(told.code, "Server.Backend")
        self.assertNotIn("teapot", repr(vars(told)).lower())

    def test_what_is_slow_away_too_large_or_ill_has_its_own_fault(self):
        self.assertEqual(fault(pyamf.AMF3, "rest.Bin.slow").code, "Server.Timeout")
        self.assertEqual(fault(pyamf.AMF3, "rest.Bin.away").code, "Server.Unavailable")
        self.assertEqual(fault(pyamf.AMF3, "rest.Bin.bytes", 100_000).code, "Server.BadReply.TooLarge")
        codes = [fault(pyamf.AMF3, "rest.Bin.ill").code for _ in range(6)]
        self.assertEqual(codes, ["Server.Backend"] * 4 + ["Server.Unavailable.Breaker"] * 2)


class Identity(Case):
    def test_the_gateway_proves_who_calls(self):
        self.assertEqual(call(pyamf.AMF3, "basic"), "ann")
        self.assertEqual(fault(pyamf.AMF3, "rest.Bin.wrong").code, "Denied")
        self.assertEqual(call(pyamf.AMF3, "digest"), "ann")
        self.assertEqual(call(pyamf.AMF3, "digest256"), "ann")
        self.assertEqual(call(pyamf.AMF3, "bearer"), SECRET)
        sent = call(pyamf.AMF3, "keys")
        self.assertEqual((sent.headers["X-Key"], plain(sent.args)), (SECRET, {"key": SECRET}))

    @both
    def test_cookies_and_tokens_are_those_of_the_callers_session(self, version):
        ann, bob = call(version, "signIn", "ann"), call(version, "signIn", "bob")
        self.assertEqual(plain(call(version, "cookies", ann)), {"sid": "ann"})
        self.assertEqual(plain(call(version, "cookies", bob)), {"sid": "bob"})
        self.assertEqual(plain(call(version, "cookies")), {})
        self.assertEqual(call(version, "whoAmI", bob), "token-of-bob")
        self.assertEqual(fault(version, "rest.Bin.whoAmI").code, "Client.Authentication")

    @both
    def test_a_name_and_a_password_are_passed_on(self, version):
        def own(name=None, password=None):
            client = connect(version)
            if name:
                client.setCredentials(name, password)
            answer = client.execute_single(client.addRequest("rest.Bin.ownPassword"))
            return answer.body if answer.status == remoting.STATUS_OK else answer.body.code

        self.assertEqual(own("ann", SECRET), "ann")
        # He is known here, and unknown there.
        self.assertEqual(own("ben", "open-barley"), "Server.Backend")
        self.assertEqual(own("ann", "open-barley"), "Client.Authentication")
        self.assertEqual(own(), "Client.Authentication")


class Shared(Case):
    """What never answers the same twice tells who shared a request."""

    def packet(self, version, *calls, user=None):
        client = connect(version)
        if user:
            client.setCredentials(*user)
        for name, *arguments in calls:
            client.addRequest(f"rest.Bin.{name}", *arguments)
        return [answer.body for _, answer in client.execute().bodies]

    @both
    def test_equal_calls_of_one_packet_share_a_request_where_it_may_be_cached(self, version):
        number = random.randrange(1 << 28)
        first, second, other, third = self.packet(version, ("cached", number), ("cached", number), ("cached", number + 1), ("cached", number))
        self.assertEqual((first, first), (second, third))
        self.assertNotEqual(first, other)
        plain = self.packet(version, ("uuid", number), ("uuid", number))
        self.assertNotEqual(*plain)

    def test_what_depends_on_the_caller_is_not_shared_with_others(self):
        number = random.randrange(1 << 28)
        ann = self.packet(pyamf.AMF3, ("mine", number), ("mine", number), user=("ann", SECRET))
        ben = self.packet(pyamf.AMF3, ("mine", number), user=("ben", "open-barley"))
        self.assertEqual(ann[0], ann[1])
        self.assertNotEqual(ann[0], ben[0])


if __name__ == "__main__":
    unittest.main()
