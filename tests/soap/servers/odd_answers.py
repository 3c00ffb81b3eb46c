"""What the server that misbehaves answers."""

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


def mix(inner):
    return reply(f"<mix>{inner}</mix>", operation="mix")


def fault(detail="", code="s:Client", text="no such item"):
    return envelope(f"<s:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring>{detail}</s:Fault>")


NO_ITEM = '<detail><NoItem xmlns="urn:tests:odd"><id>7</id></NoItem></detail>'
NEW_FAULT = (
    "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>x:NoItem</s:Value></s:Subcode></s:Code>"
    '<s:Reason><s:Text xml:lang="en">no such item</s:Text></s:Reason><s:Detail><NoItem xmlns="urn:tests:odd">'
    "<id>7</id></NoItem></s:Detail></s:Fault>"
)
PAGE = "<!DOCTYPE html><html><head><title>Error</title></head><body>The server is tired &amp; sleeps.</body></html>"
ENTITIES = (
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


INCLUDE = '<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:{}"/>'
BYTES = b"\x00\r\n\xff"


def related(kind, *parts):
    """Parts of a multipart message: (head, content) each."""
    body = b"".join(b"--edge\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts)
    return 200, f"multipart/related; {kind}boundary=edge", body + b"--edge--\r\n"


def with_data(data):
    return item(f"<id>1</id><name>n</name>{data}").encode()


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
    # types
    "derived": reply('<item xmlns:t="urn:tests:odd" xsi:type="t:Special"><id>1</id><name>n</name><gloss>9.50</gloss></item>'),
    "unknown-type": reply('<item xmlns:t="urn:tests:odd" xsi:type="t:Nothing"><id>1</id><name>n</name></item>'),
    "other-type": reply('<item xmlns:t="urn:tests:odd" xsi:type="t:Mix"><id>1</id><name>n</name></item>'),
    "no-prefix-type": reply('<item xsi:type="q:Special"><id>1</id><name>n</name></item>'),
    "choices": mix("<a>1</a><b>x</b><a>2</a>"),
    "choice-none": mix(""),
    "any": mix("<colour>red</colour><a>1</a><size><w>2</w></size><colour>blue</colour>"),
    "member": mix("<Book><title>t</title></Book>"),
    "head": mix("<Thing><title>t</title></Thing>"),
    "array": mix(
        '<numbers xmlns:e="http://schemas.xmlsoap.org/soap/encoding/" e:arrayType="x:int[2]" '
        'xmlns:x="http://www.w3.org/2001/XMLSchema"><item>1</item><int>2</int></numbers>'),
    # references
    "href-list": envelope(
        '<listResponse xmlns="urn:tests:odd"><item href="#a"/><item href="#b"/><item href="#a"/></listResponse>'
        '<multiRef xmlns="urn:tests:odd" id="a"><id>1</id></multiRef><multiRef xmlns="urn:tests:odd" id="b"><id>2</id></multiRef>'),
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
    "mtom-alone": related("", ("Content-Type: application/xop+xml", item().encode())),
    "mtom-other-type": related(
        'type="text/html"; start-info="image/png"; start="<root>"; ',
        ("Content-Type: text/plain\r\nContent-ID: <root>", with_data(f"<data>{INCLUDE.format('b')}</data>")),
        ("Content-ID: <b>", BYTES)),
    "mtom-several": related(
        'start="<root>"; ', ("Content-ID: <a>", b"another"), ("Content-ID: <b>", BYTES),
        ("Content-ID: <root>", with_data(f"<data>{INCLUDE.format('b')}</data>"))),
    "swa": related("", ("Content-Type: text/xml", with_data('<data href="cid:b"/>')), ("Content-ID: b", BYTES)),
    "mtom-no-edge": (200, "multipart/related; type=\"text/xml\"", item().encode()),
    # faults
    "fault": (500, XML, fault(NO_ITEM).encode()),
    "fault-200": fault(NO_ITEM),
    "fault-1.2": (500, "application/soap+xml", envelope(NEW_FAULT, soap=SOAP12).encode()),
    "fault-1.2-in-1.1": (500, XML, envelope(NEW_FAULT).encode()),
    "fault-bare": (500, XML, fault(code="Odd", text="").encode()),
    "fault-404": (404, XML, fault(NO_ITEM).encode()),
    "fault-302": (302, XML, fault(NO_ITEM).encode()),
    "good-1.2": (200, "application/soap+xml; charset=utf-8", envelope(
        '<getResponse xmlns="urn:tests:odd"><item><id>1</id><name>n</name></item></getResponse>', soap=SOAP12).encode()),
    "good-500": (500, XML, item().encode()),
    "page-500": (500, "text/html", PAGE.encode()),
    "page-200": (200, "text/html", PAGE.encode()),
    "unauthorized": (401, "text/html", b"<html><body>who are you?</body></html>"),
    "empty-500": (500, XML, b""),
    "empty-200": (200, XML, b""),
    "accepted": (202, None, b""),
    "no-content": (204, None, b""),
    "json": (200, "application/json", b'{"item": 1}'),
    "empty-envelope": envelope(""),
    "no-body": f'<s:Envelope xmlns:s="{SOAP11}"/>',
    "no-envelope": '<getResponse xmlns="urn:tests:odd"><item/></getResponse>',
    # what is not XML, and what is too much of it
    "cut": item()[:-20],
    "wrong-end": item().replace("</name>", "</nam>"),
    "doctype": "<!DOCTYPE a>" + item(),
    "entities": ENTITIES + item("<id>1</id><name>&c;</name>"),
    "outside": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + item("<id>1</id><name>&x;</name>"),
    "entity": item("<id>1</id><name>&nbsp;</name>"),
    "large": item("<id>1</id><name>" + "n" * (11 << 20) + "</name>"),
    "deep": reply("<item><id>1</id>" + "<next><id>1</id>" * 5_000 + "</next>" * 5_000 + "</item>"),
    "attributes": reply("<item " + " ".join(f'a{n}="1"' for n in range(5_000)) + "><id>1</id></item>"),
}
