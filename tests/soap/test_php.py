"""PHP's SoapServer: rpc/encoded with shared values, cycles, maps and anyType; rpc/literal."""

from calls import AMF3, Case, Fault, both, plain, service, typed


def encoded(version):
    return service("tests.encoded.EncodedService", version)


def node(name, next=None):
    return typed("tests.encoded.Node", name=name, next=next)


class Encoded(Case):
    @both
    def test_an_array_of_objects(self, version):
        got = encoded(version).echo([node("a"), node("b", node("c"))])
        self.assertEqual([{"name": "a", "next": None}, {"name": "b", "next": {"name": "c", "next": None}}], plain(got))

    @both
    def test_arrays_of_none_and_one(self, version):
        self.assertEqual([], plain(encoded(version).echo([])))
        self.assertEqual([{"name": "a", "next": None}], plain(encoded(version).echo([node("a")])))

    @both
    def test_an_array_of_two_dimensions(self, version):
        self.assertEqual([[1, 2, 3], [4, 5, 6]], plain(encoded(version).grid([[1, 2, 3], [4, 5, 6]])))

    @both
    def test_a_map(self, version):
        self.assertEqual({"a": 1, "b": "x"}, plain(encoded(version).map({"a": 1, "b": "x"})))

    @both
    def test_anything(self, version):
        for value in ("text", 7, 1.5, True, None):
            self.assertEqual(value, encoded(version).any(value))

    def test_a_shared_value_is_one_object(self):
        got = encoded(AMF3).twins()
        self.assertIs(got[0], got[1])
        twin = node("x")
        got = encoded(AMF3).echo([twin, twin])
        self.assertIs(got[0], got[1])

    def test_a_ring_stays_a_ring(self):
        first = encoded(AMF3).ring(3)
        self.assertEqual(["n0", "n1", "n2"], [first["name"], first["next"]["name"], first["next"]["next"]["name"]])
        self.assertIs(first, first["next"]["next"]["next"])

    def test_a_ring_is_sent(self):
        ring = node("r")
        ring["next"] = ring
        got = encoded(AMF3).one(ring)
        self.assertIs(got, got["next"])

    @both
    def test_a_fault(self, version):
        with self.assertRaises(Fault) as caught:
            encoded(version).fail("odd")
        self.assertEqual("Server.Backend", caught.exception.code)


class Literal(Case):
    @both
    def test_parts_of_types(self, version):
        got = service("tests.literal.LiteralService", version).move({"x": 1, "y": 2}, 3)
        self.assertEqual({"x": 4, "y": 5}, plain(got))
