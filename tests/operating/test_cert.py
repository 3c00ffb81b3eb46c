"""`footbridge cert`: what it makes, and a gateway that serves HTTPS with it, seen by OpenSSL."""

import http.client
import json
import ssl

from operated import GATEWAY, Case, until

HTTPS = GATEWAY.replace(
    '{http: "127.0.0.1:0"}',
    '{https: "127.0.0.1:0", certificate: tls/gateway.pem, private-key: "${file:tls/gateway.key}"}',
)


class Certificates(Case):
    def make(self, *arguments) -> str:
        made = self.run_footbridge("cert", *arguments)
        self.assertEqual(made.returncode, 0, made.stderr)
        return (self.folder / "tls/gateway.pem").read_text()

    def called(self, gateway, certificate: str, name: str = "localhost"):
        """A call over TLS that trusts this certificate and wants this name."""
        context = ssl.create_default_context(cadata=certificate)
        host, port = gateway.url.removeprefix("https://").split(":")
        connection = http.client.HTTPSConnection(host, int(port), context=context, timeout=30)
        plain = connection._create_connection
        connection._create_connection = lambda address, *rest: plain((host, int(port)), *rest)
        connection.host = name
        connection.request("POST", "/api/operated.Words/word", "[]", {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def test_the_key_is_for_its_owner_alone(self):
        self.make()
        self.assertEqual((self.folder / "tls/gateway.key").stat().st_mode & 0o777, 0o600)

    def test_a_client_that_trusts_it_is_answered_by_each_of_its_names(self):
        certificate = self.make()
        self.write("mappings/gateway.yaml", HTTPS)
        gateway = self.serve()
        self.assertTrue(gateway.url.startswith("https://"))
        for name in ("localhost", "127.0.0.1", "::1"):
            with self.subTest(name):
                self.assertEqual(self.called(gateway, certificate, name), "before")
        with self.assertRaisesRegex(ssl.SSLCertVerificationError, "certificate is not valid for 'shop.test'"):
            self.called(gateway, certificate, "shop.test")

    def test_names_are_those_that_were_asked_for(self):
        certificate = self.make("--name", "shop.test", "--name", "192.0.2.7")
        self.write("mappings/gateway.yaml", HTTPS)
        gateway = self.serve()
        for name in ("shop.test", "192.0.2.7"):
            self.assertEqual(self.called(gateway, certificate, name), "before")
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.called(gateway, certificate, "localhost")

    def test_files_that_exist_stay_unless_somebody_says_so_and_a_gateway_takes_the_new_ones(self):
        first = self.make()
        refused = self.run_footbridge("cert")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--force", refused.stderr)
        self.assertEqual((self.folder / "tls/gateway.pem").read_text(), first)
        self.write("mappings/gateway.yaml", HTTPS)
        gateway = self.serve("--no-watch")
        self.assertEqual(self.called(gateway, first), "before")
        second = self.make("--force")
        self.assertNotEqual(second, first)
        gateway.line("certificate renewed", logged=True)
        self.assertEqual(until(lambda: self.called(gateway, second)), "before")
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.called(gateway, first)

    def test_a_key_that_does_not_fit_is_told_and_the_old_certificate_stays(self):
        first = self.make()
        self.write("mappings/gateway.yaml", HTTPS)
        gateway = self.serve()
        self.write("tls/gateway.key", "no key\n")
        gateway.line("the old certificate stays in use", logged=True)
        self.assertEqual(self.called(gateway, first), "before")

    def test_what_it_says_to_write_is_a_gateway_file_that_serves(self):
        made = self.run_footbridge("cert")
        listen = made.stdout.split("In gateway.yaml:\n\n")[1].replace("127.0.0.1:8443", "127.0.0.1:0")
        self.write("mappings/gateway.yaml", GATEWAY.replace('listen: [{http: "127.0.0.1:0"}]\n', listen))
        gateway = self.serve()
        self.assertEqual(self.called(gateway, (self.folder / "tls/gateway.pem").read_text()), "before")
