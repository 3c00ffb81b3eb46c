"""HTTPService with useProxy, as its messages are: requests through the gateway to httpbin."""

import base64
import json
import uuid

import pyamf
from gateway import Case, HTTPMessage, send
from pyamf import remoting


def address() -> str:
    """Where httpbin is, as it says itself."""
    return json.loads(ask().body)["url"].removesuffix("/anything")


def message(kind=HTTPMessage, destination="DefaultHTTP", **fields):
    shown = {
        "method": "GET", "url": None, "contentType": "application/x-www-form-urlencoded", "httpHeaders": {}, "recordHeaders": False, "body": {},
        "headers": {
            "DSId": "nil", "DSEndpoint": "my-amf",
            "DSRemoteCredentials": base64.b64encode(b"ann:open-sesame").decode(), "DSRemoteCredentialsCharset": "UTF-8",
        },
    }
    shown.update(fields)
    made = kind(messageId=str(uuid.uuid4()).upper(), clientId=None, destination=destination, timestamp=0, timeToLive=0)
    for name, value in shown.items():
        setattr(made, name, value)
    return made


def ask(version=pyamf.AMF3, **fields):
    status, answer = send(message(**fields), version)
    assert status == remoting.STATUS_OK, f"{answer.faultCode}: {answer.faultString}"
    return answer


def refused(version=pyamf.AMF3, **fields):
    status, answer = send(message(**fields), version)
    assert status == remoting.STATUS_ERROR, f"no fault, but {answer.body!r}"
    return answer


class Requests(Case):
    def test_an_object_is_a_query_or_a_form(self):
        for version in (pyamf.AMF0, pyamf.AMF3):
            got = json.loads(ask(version, body={"a": "1", "b": ["x y", "ż"]}).body)
            self.assertEqual({"a": "1", "b": ["x y", "ż"]}, got["args"])
            got = json.loads(ask(version, method="POST", body={"a": "1", "b": ["x y", "ż"]}).body)
            self.assertEqual({"a": "1", "b": ["x y", "ż"]}, got["form"])

    def test_text_and_bytes_go_as_they_are(self):
        got = json.loads(ask(method="POST", contentType="application/xml", body="<a>ż</a>").body)
        self.assertEqual("<a>ż</a>", got["data"])
        self.assertEqual("application/xml", got["headers"]["Content-Type"])
        got = json.loads(ask(method="PUT", contentType="application/json", body='{"a": [1]}').body)
        self.assertEqual({"a": [1]}, got["json"])
        self.assertEqual("PUT", got["method"])

    def test_only_headers_that_are_named_go_on(self):
        headers = {"Accept-Language": "pl", "X-Client": "flex", "X-Other": "no", "Cookie": "a=b", "Host": "evil.example"}
        got = json.loads(ask(httpHeaders=headers).body)["headers"]
        self.assertEqual(("pl", "flex", "footbridge"), (got["Accept-Language"], got["X-Client"], got["X-Gateway"]))
        self.assertFalse({"X-Other", "Cookie"} & set(got))
        self.assertNotIn("evil", got["Host"])

    def test_remote_credentials_reach_the_backend_alone(self):
        got = json.loads(ask().body)["headers"]
        self.assertEqual("Basic " + base64.b64encode(b"ann:open-sesame").decode(), got["Authorization"])

    def test_a_url_of_its_own(self):
        got = json.loads(ask(url=f"{address()}/anything/x/y?q=1", body={"r": "2"}).body)
        self.assertEqual({"q": "1", "r": "2"}, got["args"])


class Answers(Case):
    def test_status_and_headers_come_with_the_acknowledge(self):
        answer = ask(url=f"{address()}/response-headers?X-A=1&X-A=2&X-B=3", recordHeaders=True)
        self.assertEqual(200, answer.headers["DSStatusCode"])
        came = answer.headers["responseHeaders"]
        self.assertEqual((["1", "2"], "3"), (list(came["X-A"]), came["X-B"]))
        self.assertIn("requestHeaders", answer.headers)
        self.assertNotIn("responseHeaders", ask().headers)

    def test_head_gives_headers_and_options_gives_methods(self):
        self.assertEqual("application/json", ask(method="HEAD").body["Content-Type"])
        self.assertIn("GET", list(ask(method="OPTIONS").body))

    def test_texts_of_other_encodings(self):
        self.assertIn("∮", ask(url=f"{address()}/encoding/utf8").body)
        self.assertIn("<slideshow", ask(url=f"{address()}/xml").body)

    def test_a_redirect_is_followed_to_what_is_allowed(self):
        base = address()
        got = json.loads(ask(url=f"{base}/redirect-to", body={"url": f"{base}/anything/there"}).body)
        self.assertTrue(got["url"].endswith("/anything/there"))


class Failures(Case):
    def test_a_status_is_the_fault_that_flex_knows(self):
        fault = refused(url=f"{address()}/status/404")
        self.assertEqual(("Server.Proxy.Request.Failed", "404 NOT FOUND"), (fault.faultCode, fault.faultDetail.upper()))
        self.assertEqual(404, fault.headers["DSStatusCode"])
        self.assertEqual(404, fault.extendedData["status"])
        fault = refused(url=f"{address()}/status/401")
        self.assertEqual("Client.Authentication", fault.faultCode)
        self.assertIn("realm", fault.faultDetail)

    def test_a_rule_of_the_mapping_goes_first(self):
        fault = refused(url=f"{address()}/status/418")
        self.assertEqual(("Client.Teapot", "it says 418"), (fault.faultCode, fault.faultString))

    def test_an_answer_that_is_too_large(self):
        self.assertEqual("Server.Proxy.Request.Failed", refused(url=f"{address()}/bytes/100000").faultCode)

    def test_what_is_not_allowed_is_not_asked(self):
        base = address()
        port = base.rsplit(":", 1)[1]
        for url in (
            f"{base}/get", f"{base}/anything/../get", f"{base}/anything/%2e%2e/get", f"{base}/anything/..%2fget", f"{base}/anything/..;/get",
            f"http://localhost:{port}/anything/x", f"http://user@127.0.0.1:{port}/anything/x", f"http://[::ffff:7f00:1]:{port}/anything/x",
            f"http://2130706433:{port}/get", f"http://0177.0.0.1:{port}/get", f"http://127.0.0.1:{port}\\@x/anything/x",
            "http://169.254.169.254/anything/x", "file:///etc/passwd",
        ):
            with self.subTest(url):
                self.assertEqual("Server.Proxy.Request.Failed", refused(url=url).faultCode)
        for there in (f"{base}/get", f"http://localhost:{port}/anything/x", "http://169.254.169.254/anything/x", "file:///etc/passwd"):
            with self.subTest(f"redirect to {there}"):
                self.assertEqual("Server.Proxy.Request.Failed", refused(url=f"{base}/redirect-to", body={"url": there}).faultCode)

    def test_roles_and_names(self):
        self.assertEqual("Client.Authentication", refused(destination="clerks", url=f"{address()}/anything/x").faultCode)
        self.assertEqual("Server.ResourceNotFound", refused(destination="nowhere").faultCode)
        self.assertEqual("Server.Proxy.Request.Failed", refused(method="TRACE").faultCode)
