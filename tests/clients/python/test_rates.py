"""samples.rates.RatesService: a SOAP service that its own WSDL answers, by a classic client of each version."""

import datetime

import pyamf
import pyamf.amf0
from pyamf import remoting

from gateway import Case, both, connect, message_to, send


class Conversion:
    def __init__(self, **fields):
        self.__dict__.update(fields)


class Rate(Conversion):
    pass


class UnknownPair(Conversion):
    pass


for kind in (Conversion, Rate, UnknownPair):
    pyamf.register_class(kind, f"samples.rates.{kind.__name__}")


def call(version, operation, *arguments):
    client = connect(version)
    return client.execute_single(client.addRequest(f"samples.rates.RatesService.{operation}", *arguments))


class Rates(Case):
    @both
    def test_a_result_is_typed(self, version):
        got = call(version, "convert", "EUR", "USD", "12.5").body
        self.assertIsInstance(got, Conversion)
        self.assertEqual(("EUR", "USD", "12.5", "1.5"), (getattr(got, "from"), got.to, got.amount, got.rate))
        self.assertIsInstance(got.quotedAt, datetime.datetime)

    @both
    def test_a_single_value_is_itself(self, version):
        self.assertEqual("1.5", call(version, "getRate", "EUR", "USD").body)

    def test_a_list_is_a_record_set_for_old_clients_and_a_collection_for_new_ones(self):
        old = call(pyamf.AMF0, "getHistory", "EUR", "USD").body
        self.assertIsInstance(old, pyamf.amf0.RecordSet)
        self.assertIn("rate", old.columns)
        new = call(pyamf.AMF3, "getHistory", "EUR", "USD").body
        self.assertEqual("ArrayCollection", type(new).__name__)
        self.assertIsInstance(new[0], Rate)

    @both
    def test_a_fault_is_typed(self, version):
        answer = call(version, "getRate", "unknownPair", "USD")
        self.assertEqual(remoting.STATUS_ERROR, answer.status)
        self.assertEqual("Server.Backend", answer.body.code)

    def test_the_detail_of_a_fault_is_the_extended_data_of_a_flex_message(self):
        _, answer = send(message_to("samples.rates.RatesService", "getRate", "unknownPair", "USD"))
        self.assertEqual("Server.Backend", answer.faultCode)
        self.assertIsInstance(answer.extendedData, UnknownPair)

    @both
    def test_what_is_no_amount_is_told_before_anything_is_sent(self, version):
        answer = call(version, "convert", "EUR", "USD", "much")
        self.assertEqual("Client.BadArguments", answer.body.code)
        self.assertIn("amount", answer.body.description)
