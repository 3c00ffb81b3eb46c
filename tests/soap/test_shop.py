"""node-soap as a server: wrapped and bare bodies, an abstract type, a choice, a header, a typed fault."""

import datetime

from calls import Case, Fault, both, plain, service, typed, visitor
from gateway import message_to, send

LINES = [{"sku": "a1", "qty": 2, "price": "1.25"}, {"sku": "b2", "qty": 1, "price": "1"}]


def shop(version):
    return service("tests.shop.ShopService", version)


class Shop(Case):
    @both
    def test_a_wrapped_call(self, version):
        got = shop(version).order("Ann", LINES)
        self.assertEqual("tests.shop.Receipt", got.alias)
        self.assertEqual((3, "3.50", datetime.datetime(2026, 11, 20, 9, 30)), (got["id"], got["total"], got["placed"]))
        self.assertEqual(LINES, plain(got["line"]))

    @both
    def test_a_list_of_one_and_of_none(self, version):
        self.assertEqual(LINES[:1], plain(shop(version).order("Ann", LINES[:1])["line"]))
        self.assertEqual([], plain(shop(version).order("Ann", LINES, "none")["line"]))

    @both
    def test_a_bare_body(self, version):
        self.assertEqual("9.50", shop(version).price("a1"))

    @both
    def test_a_type_that_derives_from_an_abstract_one(self, version):
        circle = typed("tests.shop.Circle", colour="red", radius=2.5)
        got = shop(version).draw(circle)
        self.assertEqual("tests.shop.Circle", got.alias)
        self.assertEqual({"colour": "red", "radius": 2.5}, plain(got))
        got = shop(version).draw({"$type": "Square", "colour": "blue", "side": 2})
        self.assertEqual("tests.shop.Square", got.alias)

    @both
    def test_an_abstract_type_alone_is_refused(self, version):
        with self.assertRaises(Fault) as caught:
            shop(version).draw({"colour": "red"})
        self.assertIn("shape", caught.exception.text)

    @both
    def test_a_choice_by_the_name_that_is_given(self, version):
        self.assertEqual("card 4711 3", shop(version).pay({"card": "4711", "amount": "3"}))
        self.assertEqual("iban DE1 3", shop(version).pay({"iban": "DE1", "amount": "3"}))
        with self.assertRaises(Fault):
            shop(version).pay({"card": "1", "iban": "2", "amount": "3"})

    @both
    def test_a_header_of_the_envelope(self, version):
        self.assertEqual("Ali", shop(version).whoIs("sesame"))
        self.assertEqual("nobody", shop(version).whoIs("please"))
        self.assertEqual("nobody", shop(version).who())

    @both
    def test_who_calls_is_told_in_a_header_and_in_the_body_and_nobody_says_it_for_another(self, version):
        ann = visitor(version)
        ann.setCredentials("ann", "open sesame")
        known = service("tests.shop.ShopService", client=ann)
        self.assertEqual("Ann", known.whoAmI())
        self.assertEqual("card ann 3", known.payMine("3"))
        # The session that began knows the caller without being told again.
        del ann.headers["Credentials"]
        self.assertEqual(("Ann", "card ann 4"), (known.whoAmI(), known.payMine("4")))
        self.assertEqual("nobody", shop(version).whoAmI())
        for stranger, operation, arguments, code in (
            (shop(version), "payMine", ["3"], "Client.Authentication"),
            (shop(version), "whoAmI", ["ann"], "Client.BadArguments"),
            (known, "payMine", ["3", "ben"], "Client.BadArguments"),
        ):
            with self.assertRaises(Fault) as caught:
                getattr(stranger, operation)(*arguments)
            self.assertEqual(code, caught.exception.code)

    @both
    def test_a_typed_fault(self, version):
        with self.assertRaises(Fault) as caught:
            shop(version).take("a1")
        self.assertEqual("Server.Backend", caught.exception.code)
        with self.assertRaises(Fault) as caught:
            shop(version).takeOne("a1")
        self.assertEqual(("Client.Gone", "a1 is gone"), (caught.exception.code, caught.exception.text))

    @both
    def test_what_a_mapping_says_by_hand(self, version):
        self.assertEqual("9.50", shop(version).byHand("a1"))
        self.assertEqual("0", shop(version).byHand("<a1>&</a1>"))
        self.assertEqual(LINES[1], plain(shop(version).secondLine("Ann", LINES)))
        self.assertEqual({"text": "Ann pays 3.50", "lines": 2}, plain(shop(version).inWords("Ann", LINES)))

    @both
    def test_a_fault_by_its_code(self, version):
        with self.assertRaises(Fault) as caught:
            shop(version).takeByCode("a1")
        self.assertEqual(("Client.Sold", "no a1 left"), (caught.exception.code, caught.exception.text))

    def test_the_detail_of_a_declared_fault_is_the_extended_data_of_a_flex_message(self):
        _, answer = send(message_to("tests.shop.ShopService", "take", "a1"))
        self.assertEqual("Server.Backend", answer.faultCode)
        self.assertEqual({"sku": "a1", "left": 0}, plain(answer.extendedData))
