"""A server that misbehaves in every way that real ones were seen to: the argument `what` of a request says how.

Says `listening on http://…`; the service is /odd.
"""

import gzip
import re
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "text/xml; charset=utf-8"


def envelope(body, soap=SOAP11, head=""):
    return f'{head}<s:Envelope xmlns:s="{soap}" xmlns:xsi="{XSI}"><s:Body>{body}</s:Body></s:Envelope>'


def reply(inner, namespace=' xmlns="urn:tests:odd"', operation="get", **options):
    return envelope(f"<{operation}Response{namespace}>{inner}</{operation}Response>", **options)


def item(inner="<id>1</id><name>n</name>"):
    return reply(f"<item>{inner}</item>")


def fault(detail="", code="s:Client", text="no such item"):
    return envelope(f"<s:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring>{detail}</s:Fault>")


NO_ITEM = '<detail><NoItem xmlns="urn:tests:odd"><id>7</id></NoItem></detail>'
NEW_FAULT = (
    "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>x:NoItem</s:Value></s:Subcode></s:Code>"
    '<s:Reason><s:Text xml:lang="en">no such item</s:Text></s:Reason><s:Detail><NoItem xmlns="urn:tests:odd">'
    "<id>7</id></NoItem></s:Detail></s:Fault>"
)
PAGE = "<!DOCTYPE html><html><head><title>Error</title></head><body>The server is tired &amp; sleeps.</body></html>"
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c '
    '"&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)


def mtom(cid="item%40tests", reference="item%40tests", head="", root=True):
    parts = [
        ("Content-Type: application/xop+xml; charset=utf-8; type=\"text/xml\"\r\nContent-ID: <root@tests>", item(
            '<id>1</id><name>n</name><data><i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" '
            f'href="cid:{reference}"/></data>').encode()),
        (f"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {cid}", b"\x00\r\n\xff"),
    ]
    body = b"".join(b"--edge\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts)
    start = '; start="<root@tests>"' if root else ""
    return 200, f'multipart/related; type="application/xop+xml"; boundary=edge{start}{head}', body + b"--edge--\r\n"


# What a request asks for: a body with status 200, or (status, content type, body).
ANSWERS = {
    "good": item(),
    # the order, presence and names of elements
    "out-of-order": item("<name>n</name><id>1</id>"),
    "missing": item("<name>n</name>"),
    "unknown": item("<id>1</id><colour>red</colour><name>n</name>"),
    "repeated": item("<id>1</id><id>2</id><name>n</name>"),
    "no-namespace": reply("<item><id>1</id><name>n</name></item>", namespace=""),
    "other-namespace": reply("<item><id>1</id><name>n</name></item>", namespace=' xmlns="urn:other"'),
    "other-wrapper": envelope('<getResult xmlns="urn:tests:odd"><item><id>1</id><name>n</name></item></getResult>'),
    "comments": item("<!-- a --><id>1</id><name>n<!-- b --><![CDATA[<n>]]></name><?pi?>"),
    "nil": item('<id>1</id><name xsi:nil="true"/>'),
    "nothing": reply(""),
    "tag-none": item("<id>1</id><name>n</name>"),
    "tag-one": item("<id>1</id><name>n</name><tag>a</tag>"),
    "tag-two": item("<id>1</id><name>n</name><tag>a</tag><tag>b</tag>"),
    "none": reply("", operation="list"),
    "one": reply("<item><id>1</id></item>", operation="list"),
    "mixed": reply("stray<item><id>1</id></item>text<other/><item><id>2</id></item>", operation="list"),
    # texts
    "no-date": item("<id>1</id><name>n</name><when>'  :  :  '</when>"),
    "zero-date": item("<id>1</id><name>n</name><when>0000-00-00T00:00:00</when>"),
    "blank-date": item("<id>1</id><name>n</name><when>2026-11-20 09:30:00</when>"),
    "no-colon": item("<id>1</id><name>n</name><when>2026-11-20T11:30:00+0200</when>"),
    "midnight": item("<id>1</id><name>n</name><when>2026-11-19T24:00:00Z</when>"),
    "day-alone": item("<id>1</id><name>n</name><when>2026-11-20Z</when>"),
    "no-number": item("<id>one</id><name>n</name>"),
    # references
    "href": envelope(
        '<getResponse xmlns="urn:tests:odd"><item href="#a"/></getResponse><multiRef xmlns="urn:tests:odd" id="a"><id>1</id>'
        '<name>n</name></multiRef>'),
    "cycle": reply('<item id="a"><id>1</id><name>n</name><next href="#a"/></item>'),
    "dangling": reply('<item href="#nowhere"/>'),
    # encodings
    "latin": (200, "text/xml", item("<id>1</id><name>é</name>").join(
        ['<?xml version="1.0" encoding="ISO-8859-1"?>', ""]).encode("latin-1")),
    "latin-header": (200, "text/xml; charset=iso-8859-1", item("<id>1</id><name>é</name>").encode("latin-1")),
    "wide": (200, "text/xml", item("<id>1</id><name>é</name>").encode("utf-16")),
    "mark": (200, XML, b"\xef\xbb\xbf" + item("<id>1</id><name>é</name>").encode()),
    "space": "\r\n  " + item(),
    "plain": (200, "text/plain", item().encode()),
    "no-type": (200, None, item().encode()),
    # attachments
    "mtom": mtom("<item@tests>"),
    "mtom-case": mtom("<ITEM@tests>", "item@TESTS"),
    "mtom-bare": mtom("item@tests", root=False),
    "mtom-missing": mtom("<other@tests>"),
    "mtom-no-edge": (200, "multipart/related; type=\"text/xml\"", item().encode()),
    # faults
    "fault": (500, XML, fault(NO_ITEM).encode()),
    "fault-200": fault(NO_ITEM),
    "fault-1.2": (500, "application/soap+xml", envelope(NEW_FAULT, soap=SOAP12).encode()),
    "fault-1.2-in-1.1": (500, XML, envelope(NEW_FAULT).encode()),
    "fault-bare": (500, XML, fault(code="Odd", text="").encode()),
    "good-500": (500, XML, item().encode()),
    "page-500": (500, "text/html", PAGE.encode()),
    "page-200": (200, "text/html", PAGE.encode()),
    "unauthorized": (401, "text/html", b"<html><body>who are you?</body></html>"),
    "empty-500": (500, XML, b""),
    "empty-200": (200, XML, b""),
    "accepted": (202, None, b""),
    "json": (200, "application/json", b'{"item": 1}'),
    "empty-envelope": envelope(""),
    "no-body": f'<s:Envelope xmlns:s="{SOAP11}"/>',
    "no-envelope": '<getResponse xmlns="urn:tests:odd"><item/></getResponse>',
    # what is not XML, and what is too much of it
    "cut": item()[:-20],
    "wrong-end": item().replace("</name>", "</nam>"),
    "doctype": "<!DOCTYPE a>" + item(),
    "entities": BOMB + item("<id>1</id><name>&c;</name>"),
    "outside": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + item("<id>1</id><name>&x;</name>"),
    "entity": item("<id>1</id><name>&nbsp;</name>"),
    "deep": reply("<item><id>1</id>" + "<next><id>1</id>" * 5_000 + "</next>" * 5_000 + "</item>"),
    "attributes": reply("<item " + " ".join(f'a{n}="1"' for n in range(5_000)) + "><id>1</id></item>"),
}


# The keys of idempotency that came with each request for a tired answer.
TIRED = {}


class Odd(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = self.rfile.read(int(self.headers["Content-Length"])).decode()
        what = re.search(r"what>([^<]*)<", request)[1]
        if what.startswith("tired "):
            return self.answer_tired(what)
        own = getattr(self, "answer_" + what.replace("-", "_"), None)
        if own is not None:
            return own()
        answer = ANSWERS[what]
        status, kind, body = answer if isinstance(answer, tuple) else (200, XML, answer.encode())
        return self.answer(status, kind, body)

    def answer(self, status, kind, body, **headers):
        self.send_response(status)
        if kind is not None:
            self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_gzip(self):
        self.answer(200, XML, gzip.compress(item().encode()), Content_Encoding="gzip")

    def answer_gzip_bomb(self):
        self.answer(200, XML, gzip.compress(b" " * (200 << 20), 1),
                    Content_Encoding="gzip")

    def answer_chunked(self):
        self.send_response(200)
        self.send_header("Content-Type", XML)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for at in range(0, len(text := item().encode()), 7):
            piece = text[at:at + 7]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def answer_short(self):
        """Fewer bytes than it says."""
        self.send_response(200)
        self.send_header("Content-Type", XML)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(item().encode())
        self.close_connection = True

    def answer_reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.close_connection = True
        self.connection.close()
        self.wfile = open("/dev/null", "wb")

    def answer_slow(self):
        """Later than the backend's timeout of a second."""
        time.sleep(3)
        try:
            self.answer(200, XML, item().encode())
        except OSError:
            self.close_connection = True

    def answer_tired(self, what):
        """The first time it is too tired; the next time it says how often it was asked, and by which keys."""
        keys = TIRED.setdefault(what, [])
        keys.append(self.headers["Idempotency-Key"])
        if len(keys) == 1:
            return self.answer(503, "text/html", b"<html><body>tired</body></html>")
        self.answer(200, XML, item(f"<id>{len(keys)}</id><name>{len(set(keys))} {keys[0]}</name>").encode())

    def answer_moved(self):
        self.answer(307, None, b"", Location="/odd/moved")

    def answer_elsewhere(self):
        self.answer(307, None, b"", Location="http://localhost:9/")

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that went away is no news."""


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Odd)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
