"""Faults reach the client as status objects; one of them does not hurt the other calls of its packet."""

import pyamf
from pyamf import remoting

from gateway import Case, both, connect, fault


class Faults(Case):
    @both
    def test_a_fault_of_the_mapping(self, version):
        status = fault(version, "samples.EchoService.fail")
        self.assertEqual(("E-17", "back at noon", "error"), (status.code, status.description, status.level))

    @both
    def test_an_unknown_operation_and_an_unknown_service(self, version):
        for target in ("samples.EchoService.nothingOfThisName", "samples.NoSuchService.echo", "echo"):
            status = fault(version, target, 1)
            self.assertTrue(status.code)
            self.assertTrue(status.description)

    @both
    def test_too_many_arguments(self, version):
        status = fault(version, "samples.EchoService.echo", 1, 2, 3)
        self.assertEqual("Client.BadArguments", status.code)

    @both
    def test_a_batch_with_a_fault_in_the_middle(self, version):
        client = connect(version)
        echo = client.getService("samples.EchoService", auto_execute=False)
        first, second, third = echo.echo("one"), echo.fail(), echo.echo("three")
        answers = client.execute()
        self.assertEqual([str(first), str(second), str(third)], answers.keys())
        self.assertEqual(
            [(remoting.STATUS_OK, "one"), (remoting.STATUS_ERROR, "E-17"), (remoting.STATUS_OK, "three")],
            [(answers[str(call)].status, getattr(answers[str(call)].body, "code", answers[str(call)].body)) for call in (first, second, third)],
        )

    @both
    def test_headers_do_not_disturb(self, version):
        client = connect(version)
        client.addHeader("X-From-Python", {"reason": "test"}, must_understand=True)
        self.assertEqual("fine", client.getService("samples.EchoService").echo("fine"))

    @both
    def test_lengths_that_say_nothing(self, version):
        # Py3AMF writes the length 0 unless it is strict.
        client = connect(version)
        client.strict = False
        self.assertEqual([1, "two"], client.getService("samples.EchoService").echo([1, "two"]))

    @both
    def test_the_version_of_the_answer_is_the_version_of_the_request(self, version):
        client = connect(version)
        client.getService("samples.EchoService", auto_execute=False).echo(1)
        self.assertEqual(version, client.execute().amfVersion)
