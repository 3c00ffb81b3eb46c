"""gSOAP as a server: attachments by MTOM, and whoever wants to know who calls, as its own plugins judge it."""

from calls import AMF0, AMF3, Case, Fault, both, plain, service

import pyamf.amf3

SMALL, LARGE = b"\x00\r\n\xff", bytes(range(256)) * 1024


def vault(version=AMF3):
    return service("tests.vault.VaultService", version)


def sent(data):
    bytes_ = pyamf.amf3.ByteArray()
    bytes_.write(data)
    return bytes_


class Attachments(Case):
    def test_large_bytes_travel_beside_the_envelope_both_ways(self):
        got = vault().turn("large", sent(LARGE))
        self.assertTrue(got["attached"])
        self.assertEqual(len(LARGE), got["length"])
        self.assertEqual(LARGE[::-1], got["data"].getvalue())

    def test_small_bytes_stand_in_the_envelope_and_come_back_beside_it(self):
        got = vault().turn("small", sent(SMALL))
        self.assertFalse(got["attached"])
        self.assertEqual(SMALL[::-1], got["data"].getvalue())

    def test_without_mtom_all_bytes_stand_in_the_envelope(self):
        got = vault().turnInline("large", sent(LARGE))
        self.assertFalse(got["attached"])
        self.assertEqual(LARGE[::-1], got["data"].getvalue())

    def test_a_client_without_bytes_has_base64(self):
        got = vault(AMF0).turn("small", "AA0K/w==")
        self.assertEqual((4, "/woNAA=="), (got["length"], got["data"]))


class WhoCalls(Case):
    def assert_refused(self, call, *arguments):
        with self.assertRaises(Fault) as caught:
            call(*arguments)
        self.assertTrue(caught.exception.code.startswith("Server."), caught.exception.code)

    @both
    def test_a_token_as_text_and_as_digest(self, version):
        for call, how in (
            (vault(version).tokenText, "text"), (vault(version).tokenNonce, "text"), (vault(version).tokenDigest, "digest"),
            (vault(version).tokenStamped, "digest+timestamp"),
        ):
            # Twice, for a server that remembers nonces takes each once.
            for _ in range(2):
                self.assertEqual({"name": "ann", "how": how}, plain(call("x")))

    @both
    def test_without_a_token_or_with_another_password_the_server_refuses(self, version):
        self.assert_refused(vault(version).token, "x")
        self.assert_refused(vault(version).tokenWrong, "x")

    @both
    def test_a_signature(self, version):
        for call in (vault(version).signed, vault(version).signedToken):
            self.assertEqual({"name": "footbridge test", "how": "a & b <c> \u00e9"}, plain(call("a & b <c> \u00e9")))
        self.assert_refused(vault(version).signer, "x")

    @both
    def test_basic_and_digest(self, version):
        self.assertEqual({"name": "ann", "how": "basic"}, plain(vault(version).basicUser("x")))
        for _ in range(2):
            self.assertEqual({"name": "ann", "how": "digest"}, plain(vault(version).digestUser("x")))
        for call in (vault(version).basic, vault(version).digest, vault(version).digestWrong):
            self.assert_refused(call, "x")

    @both
    def test_a_certificate_of_tls(self, version):
        self.assertEqual({"name": "gateway", "how": "tls"}, plain(vault(version).certificate("x")))
        self.assert_refused(vault(version).certificateNone, "x")
        self.assert_refused(vault(version).certificateUnknown, "x")

    @both
    def test_addresses_in_headers(self, version):
        got = plain(vault(version).addressedUser("x"))
        self.assertEqual("urn:tests:vault/addressed", got["action"])
        self.assertTrue(got["to"].startswith("http://127.0.0.1:"), got["to"])
        self.assertTrue(got["message"].startswith("urn:uuid:"), got["message"])
        self.assert_refused(vault(version).addressed, "x")
