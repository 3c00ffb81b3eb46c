"""spyne: document/literal wrapped in SOAP 1.1 and 1.2, requests validated against the schema that it publishes.

Says `listening on http://…`; the services are /one and /two, their WSDLs at ?wsdl.
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


class Silent(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def service(protocol):
    return WsgiApplication(Application([Orders], "urn:tests:spyne", in_protocol=protocol(validator="lxml"), out_protocol=protocol()))


def main():
    logging.disable(logging.CRITICAL)
    mounted = {"one": service(Soap11), "two": service(Soap12)}

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
