"""WebService with useProxy, as its messages are: envelopes of the client's own, to spyne."""

import uuid

import pyamf
from calls import AMF0, AMF3, Case
from gateway import HTTPMessage, SOAPMessage, send
from pyamf import remoting

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
LINES = "<lines xmlns='urn:tests:spyne'><count>2</count></lines>"
FAIL = "<fail xmlns='urn:tests:spyne'><sku>a1</sku></fail>"


def envelope(inner, version=SOAP11, header=""):
    return f'<?xml version="1.0" encoding="utf-16"?>\n<e:Envelope xmlns:e="{version}">{header}<e:Body>{inner}</e:Body></e:Envelope>'


def ask(body, destination="wsOne", version=AMF3, action="lines", kind=SOAPMessage, **fields):
    made = kind(messageId=str(uuid.uuid4()).upper(), clientId=None, destination=destination, timestamp=0, timeToLive=0)
    shown = {
        "method": "POST", "url": None, "contentType": "text/xml; charset=utf-8", "httpHeaders": {"SOAPAction": f'"{action}"'}, "recordHeaders": False,
        "body": body, "headers": {"DSId": "nil", "DSEndpoint": "my-amf"},
    }
    for name, value in {**shown, **fields}.items():
        setattr(made, name, value)
    return send(made, version)


class Proxy(Case):
    def test_an_envelope_goes_and_comes_as_it_is(self):
        for destination, soap in (("wsOne", SOAP11), ("wsTwo", SOAP12)):
            for version in (AMF0, AMF3):
                with self.subTest((destination, version)):
                    status, answer = ask(envelope(LINES, soap), destination, version, action="something else")
                    self.assertEqual(remoting.STATUS_OK, status, getattr(answer, "faultString", None))
                    self.assertIn("s0", answer.body)
                    self.assertIn("s1", answer.body)
                    self.assertIn("Envelope", answer.body)
                    self.assertEqual(200, answer.headers["DSStatusCode"])

    def test_a_fault_of_the_service_is_an_answer(self):
        status, answer = ask(envelope(FAIL, SOAP12), "wsTwo", action="fail")
        self.assertEqual(remoting.STATUS_OK, status)
        self.assertIn("Fault", answer.body)
        self.assertGreaterEqual(answer.headers["DSStatusCode"], 400)

    def test_only_what_is_published_passes(self):
        later = "<later xmlns='urn:tests:spyne'><day>2026-02-28</day><days>1</days></later>"
        action = "<e:Header><a:Action xmlns:a='http://www.w3.org/2005/08/addressing'>fail</a:Action></e:Header>"
        for body, code in (
            (envelope(FAIL), "Client.Authorization"),
            (envelope(later), "Client.Authentication"),
            (envelope(LINES + FAIL), "Server.Proxy.Request.Failed"),
            (envelope(LINES, header=action), "Server.Proxy.Request.Failed"),
            (envelope("<lines xmlns='urn:other'/>"), "Server.Proxy.Request.Failed"),
            ("no envelope", "Server.Proxy.Request.Failed"),
            ("", "Server.Proxy.Request.Failed"),
        ):
            with self.subTest(body):
                status, answer = ask(body)
                self.assertEqual((remoting.STATUS_ERROR, code), (status, answer.faultCode))
        status, answer = ask(envelope(FAIL), kind=HTTPMessage)
        self.assertEqual((remoting.STATUS_ERROR, "Client.Authorization"), (status, answer.faultCode))

    def test_its_description_can_be_read(self):
        # The address of the service is told by the document alone: only its query is the client's to say.
        status, answer = ask({"wsdl": ""}, kind=HTTPMessage, method="GET", contentType="application/x-www-form-urlencoded", version=pyamf.AMF3)
        self.assertEqual(remoting.STATUS_OK, status, getattr(answer, "faultString", None))
        self.assertIn("definitions", answer.body)
