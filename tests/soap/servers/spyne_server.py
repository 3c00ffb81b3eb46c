"""spyne: document/literal wrapped in SOAP 1.1 and 1.2, requests validated against the schema that it publishes.

Says `listening on http://…`; the services are /one and /two, and /members-one and /members-two, which know people by their
passwords; their WSDLs are at ?wsdl.
"""

import datetime
import decimal
import logging
from wsgiref.simple_server import WSGIRequestHandler, make_server

from spyne import (
    Application, Array, Boolean, ByteArray, ComplexModel, Date, DateTime, Decimal, Enum, Fault, Integer, Integer32,
    ServiceBase, Unicode, rpc,
)
from spyne.protocol.soap import Soap11, Soap12
from spyne.server.wsgi import WsgiApplication

TYPES = "urn:tests:spyne:types"
Colour = Enum("red", "green", type_name="Colour")


class Line(ComplexModel):
    __namespace__ = TYPES
    sku = Unicode(min_occurs=1, nillable=False)
    qty = Integer32(ge=1)
    price = Decimal(fraction_digits=2)


class Order(ComplexModel):
    __namespace__ = TYPES
    customer = Unicode(min_len=1, min_occurs=1)
    lines = Array(Line)
    due = Date
    placed = DateTime
    paid = Boolean
    colour = Colour
    stamp = ByteArray


class Orders(ServiceBase):
    @rpc(Order, _returns=Order)
    def echo(ctx, order):
        return order

    @rpc(Integer, _returns=Array(Line))
    def lines(ctx, count):
        return [Line(sku=f"s{row}", qty=row + 1, price=decimal.Decimal("1.50")) for row in range(count)]

    @rpc(Array(Line), _returns=Decimal)
    def total(ctx, lines):
        return sum((line.qty * line.price for line in lines or []), decimal.Decimal(0))

    @rpc(Date, Integer, _returns=Date)
    def later(ctx, day, days):
        return day + datetime.timedelta(days=days)

    @rpc(Unicode(min_occurs=1, nillable=False), _returns=Unicode)
    def fail(ctx, sku):
        raise Fault("Client.NoStock", f"no {sku} left", detail={"NoStock": {"sku": sku, "left": "0"}})


class Member(ComplexModel):
    __namespace__ = TYPES
    number = Integer32
    roles = Unicode(max_occurs="unbounded")


class Verdict(ComplexModel):
    __namespace__ = TYPES
    ok = Boolean
    reason = Unicode
    roles = Unicode


# By name: number, password, roles.
PEOPLE = {"ann": (7, "open sesame", ["member", "staff"]), "bob": (8, "pa\u00df", ["member"])}


class Members(ServiceBase):
    @rpc(Unicode, Unicode, _returns=Member)
    def authenticate(ctx, name, password):
        """Whoever is not known is a fault."""
        if name == "crash":
            raise RuntimeError("the disk is full")
        member = known(name, password)
        if member is None:
            raise Fault("Client.Authentication", "wrong name or password")
        return member

    @rpc(Unicode, Unicode, _returns=Verdict)
    def judge(ctx, name, password):
        """Whoever is not known is told so in a good answer."""
        member = known(name, password)
        if member is None:
            return Verdict(ok=False, reason="wrong name or password", roles="staff")
        return Verdict(ok=True, roles=",".join(member.roles))

    @rpc(Unicode, Unicode, _returns=Member)
    def find(ctx, name, password):
        """Of whoever is not known there is nothing."""
        return known(name, password)


def known(name, password):
    number, right, roles = PEOPLE.get(name, (None, None, None))
    return Member(number=number, roles=roles) if right is not None and right == password else None


class Silent(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def service(protocol, kind=Orders):
    return WsgiApplication(Application([kind], "urn:tests:spyne", in_protocol=protocol(validator="lxml"), out_protocol=protocol()))


def main():
    logging.disable(logging.CRITICAL)
    mounted = {
        "one": service(Soap11), "two": service(Soap12),
        "members-one": service(Soap11, Members), "members-two": service(Soap12, Members),
    }

    def application(environ, start_response):
        name = environ["PATH_INFO"].strip("/")
        if name not in mounted:
            start_response("404 Not Found", [])
            return [b""]
        return mounted[name](environ, start_response)

    server = make_server("127.0.0.1", 0, application, handler_class=Silent)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
