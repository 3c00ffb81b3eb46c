"""Values there and back through `echo`, in both versions of AMF."""

import datetime
import math
import xml.etree.ElementTree as ET

import pyamf
from pyamf.flex import ArrayCollection

from gateway import VERSIONS, Case, both, connect

NOON = datetime.datetime(2026, 11, 20, 12, 30, 0, 250000)


class Values(Case):
    def assert_comes_back(self, value):
        for name, version in VERSIONS.items():
            with self.subTest(name, value=str(value)[:60]):
                self.assertEqual(value, connect(version).getService("samples.EchoService").echo(value))

    def test_small_whole_numbers(self):
        for number in (0, 1, -1, 127, 128, 16383, 16384, 2097151, 2097152):
            self.assert_comes_back(number)

    def test_the_edges_of_29_bits(self):
        for number in (268435455, 268435456, -268435456, -268435457, 2**31 - 1, -(2**31)):
            self.assert_comes_back(number)

    def test_whole_numbers_up_to_2_to_the_53(self):
        self.assert_comes_back(float(2**53))

    def test_fractions_and_infinities(self):
        for number in (0.5, -2.25, 1e300, math.inf, -math.inf):
            self.assert_comes_back(number)

    @both
    def test_not_a_number(self, version):
        got = connect(version).getService("samples.EchoService").echo(math.nan)
        self.assertTrue(math.isnan(got), got)

    def test_booleans_and_null(self):
        for value in (True, False, None):
            self.assert_comes_back(value)

    def test_texts(self):
        for text in ("", "Ball", "Grüße, 日本 🚀", "line\nline", "\u0000"):
            self.assert_comes_back(text)

    def test_a_text_longer_than_65535_bytes(self):
        self.assert_comes_back("long " * 20000)

    def test_lists(self):
        self.assert_comes_back([])
        self.assert_comes_back([1, "two", None, [3.5, [True]]])

    def test_objects(self):
        self.assert_comes_back({"name": "Ball", "sizes": [1, 2], "owner": {"name": "Ann", "note": None}})

    def test_dates(self):
        self.assert_comes_back(NOON)
        self.assert_comes_back(datetime.datetime(1903, 12, 17))

    @both
    def test_xml(self, version):
        got = connect(version).getService("samples.EchoService").echo(ET.fromstring("<note><to>Ann</to></note>"))
        self.assertEqual("Ann", got.find("to").text)

    def test_the_same_object_twice_in_amf3(self):
        # In AMF0 Py3AMF itself counts references wrongly: without the array of the arguments, which Flash counts.
        one = {"name": "Ball"}
        value = [one, one, {"other": one}]
        self.assertEqual(value, connect(pyamf.AMF3).getService("samples.EchoService").echo(value))

    def test_bytes_in_amf3(self):
        value = pyamf.amf3.ByteArray()
        value.write(bytes(range(256)))
        got = connect(pyamf.AMF3).getService("samples.EchoService").echo(value)
        self.assertEqual(bytes(range(256)), got.getvalue())

    def test_an_array_collection_in_amf3_is_a_list(self):
        got = connect(pyamf.AMF3).getService("samples.EchoService").echo(ArrayCollection(["a", "b"]))
        self.assertEqual(["a", "b"], list(got))

    def test_a_large_list(self):
        self.assert_comes_back(list(range(20000)))
