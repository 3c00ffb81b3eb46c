"""A gateway that is told to stop while calls run: what probes, callers and newcomers see of it."""

import http.client
import json
import signal
import socket
import threading

from operated import WORDS, Case, until


class Stopping(Case):
    def called_slowly(self, gateway, operation: str = "operated.Words.slow") -> tuple[threading.Thread, list]:
        """A call that is under way; what it gave, later."""
        given = []

        def call():
            try:
                given.append(gateway.call(operation))
            except OSError as error:
                given.append(error)

        caller = threading.Thread(target=call)
        caller.start()
        until(lambda: "footbridge_calls_running 1\n" in gateway.asked("/metrics")[1])
        return caller, given

    def test_it_lives_but_is_not_ready_while_calls_end_and_takes_no_new_ones(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name):
                gateway = self.serve()
                self.assertEqual(gateway.asked("/health/ready")[0], 200)
                caller, given = self.called_slowly(gateway)
                idle = gateway.connection()
                idle.connect()
                gateway.process.send_signal(number)
                status, body = until(lambda: answer if (answer := gateway.asked("/health/ready"))[0] != 200 else None)
                self.assertEqual((status, json.loads(body)["state"]), (503, "draining"))
                self.assertEqual(gateway.asked("/health/live"), (200, "alive\n"))
                until(lambda: refuses(gateway))
                self.assertEqual(given, [], "the call still runs")
                self.assertEqual(gateway.asked("/health/live")[0], 200)
                caller.join()
                self.assertEqual(given, ["late"])
                self.assertEqual(idle.sock.recv(1), b"", "a connection without a call is closed")
                self.assertEqual(gateway.stopped(), 0)
                self.assertEqual(gateway.said[-1], "stopped")

    def test_a_call_that_does_not_end_is_given_up_after_ten_seconds(self):
        self.write("mappings/words.yaml", WORDS.replace("delay: 3s", "delay: 25s, timeout: 40s"))
        gateway = self.serve()
        caller, given = self.called_slowly(gateway)
        gateway.process.send_signal(signal.SIGTERM)
        self.assertEqual(gateway.stopped(), 0)
        gateway.line("calls still ran when the time to end was over", logged=True)
        caller.join()
        self.assertIsInstance(given[0], OSError)

    def test_a_second_request_on_a_connection_is_answered_or_its_connection_closed(self):
        gateway = self.serve()
        kept = gateway.connection()
        self.assertEqual(asked(kept), 200)
        caller, given = self.called_slowly(gateway)
        gateway.process.send_signal(signal.SIGTERM)
        until(lambda: refuses(gateway))
        with self.assertRaises((OSError, http.client.NotConnected)):
            while True:
                self.assertEqual(asked(kept), 200)
        caller.join()
        self.assertEqual((given, gateway.stopped()), (["late"], 0))


def asked(connection) -> int:
    connection.request("POST", "/api/operated.Words/word", "[]", {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    connection.auto_open = 0
    return answer.status


def refuses(gateway) -> bool:
    host, port = gateway.url.split("//")[1].split(":")
    try:
        socket.create_connection((host, int(port)), 5).close()
    except ConnectionRefusedError:
        return True
    return False
