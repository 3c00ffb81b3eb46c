"""Ways to services: proxy.py, a certificate that OpenSSL asks for, tokens of oidc-provider."""

import unittest

import pyamf
from gateway import Case, connect, fault


def call(name):
    return getattr(connect(pyamf.AMF3).getService("rest.Behind"), name)()


class Proxies(Case):
    def test_a_backend_goes_by_its_proxy(self):
        self.assertTrue(call("plain").startswith("bin.behind:"))

    def test_tls_goes_through_a_tunnel(self):
        self.assertTrue(call("tunnelled").startswith("safe.behind:"))

    def test_the_environment_counts_where_a_backend_asks_for_it(self):
        self.assertTrue(call("environment").startswith("bin.behind:"))
        # HTTP_PROXY stands there for this one too, which has not asked, and so does not know the host.
        self.assertEqual(fault(pyamf.AMF3, "rest.Behind.direct").code, "Server.Unavailable")


class Certificates(Case):
    def test_the_gateway_shows_its_certificate(self):
        self.assertTrue(call("certificate").startswith("127.0.0.1:"))

    def test_without_one_or_without_trust_there_is_no_call(self):
        for name in ("stranger", "distrustful"):
            self.assertEqual(fault(pyamf.AMF3, f"rest.Behind.{name}").code, "Server.Unavailable.Tls", name)


class Tokens(Case):
    def test_a_token_is_fetched_once_and_again_where_it_is_refused(self):
        first = call("token")
        self.assertEqual((first["client"], first["scope"]), ("gateway", "orders"))
        self.assertEqual(call("token")["given"], first["given"])
        self.assertEqual(call("forget"), first["given"])
        again = call("token")
        self.assertEqual((again["client"], again["given"]), ("gateway", first["given"] + 1))

    def test_many_calls_fetch_one_token(self):
        given = call("forget")
        client = connect(pyamf.AMF3)
        for _ in range(10):
            client.addRequest("rest.Behind.token")
        answers = [answer.body for _, answer in client.execute().bodies]
        self.assertEqual({answer["given"] for answer in answers}, {given + 1})

    def test_a_refresh_token_is_changed_for_one_in_the_name_of_a_user(self):
        token = call("refreshed")
        self.assertEqual((token["client"], token["account"]), ("refreshing", "ann"))

    def test_who_is_no_client_gets_a_calm_fault(self):
        told = fault(pyamf.AMF3, "rest.Behind.wrongSecret")
        self.assertEqual(told.code, "Server.Unavailable.Token")
        self.assertNotIn("other", repr(vars(told)))


if __name__ == "__main__":
    unittest.main()
