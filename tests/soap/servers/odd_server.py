"""A server that misbehaves in every way that real ones were seen to: the argument `what` of a request says how.

Says `listening on http://…`; the service is /odd. What it answers is in odd_answers.py, how it does so here.
"""

import gzip
import re
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from odd_answers import ANSWERS, XML, item

# Few bytes that become many: 64 MiB.
BOMB = gzip.compress(bytes(64 << 20), 1)
# The keys of idempotency that came with each request for a tired answer.
TIRED = {}


class Odd(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = self.rfile.read(int(self.headers["Content-Length"])).decode()
        what = re.search(r"(?:what|tell)>([^<]*)<", request)[1]
        if what.startswith("tired "):
            return self.answer_tired(what)
        own = getattr(self, "answer_" + what.replace("-", "_"), None)
        if own is not None:
            return own()
        answer = ANSWERS[what]
        status, kind, body = answer if isinstance(answer, tuple) else (200, XML, answer.encode())
        return self.answer(status, kind, body)

    def answer(self, status, kind, body, **headers):
        self.send_response(status)
        if kind is not None:
            self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_gzip(self):
        self.answer(200, XML, gzip.compress(item().encode()), Content_Encoding="gzip")

    def answer_gzip_bomb(self):
        self.answer(200, XML, BOMB, Content_Encoding="gzip")

    def answer_chunked(self):
        self.send_response(200)
        self.send_header("Content-Type", XML)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for at in range(0, len(text := item().encode()), 7):
            piece = text[at:at + 7]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def answer_short(self):
        """Fewer bytes than it says."""
        self.send_response(200)
        self.send_header("Content-Type", XML)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(item().encode())
        self.close_connection = True

    def answer_reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.close_connection = True
        self.connection.close()
        self.wfile = open("/dev/null", "wb")

    def answer_slow(self):
        """Later than the backend's timeout of a second."""
        time.sleep(3)
        try:
            self.answer(200, XML, item().encode())
        except OSError:
            self.close_connection = True

    def answer_tired(self, what):
        """The first time it is too tired; the next time it says how often it was asked, and by which keys."""
        keys = TIRED.setdefault(what, [])
        keys.append(self.headers["Idempotency-Key"])
        if len(keys) == 1:
            return self.answer(503, "text/html", b"<html><body>tired</body></html>")
        self.answer(200, XML, item(f"<id>{len(keys)}</id><name>{len(set(keys))} {keys[0]}</name>").encode())

    def answer_half(self):
        """A half, and then nothing more for longer than the backend's timeout."""
        self.send_response(200)
        self.send_header("Content-Type", XML)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(item().encode())
        time.sleep(3)
        self.close_connection = True

    def answer_moved(self):
        if self.path.endswith("/moved"):
            return self.answer(200, XML, item().encode())
        self.answer(307, None, b"", Location="/odd/moved")

    def answer_circle(self):
        self.answer(307, None, b"", Location="/odd")

    def answer_elsewhere(self):
        self.answer(307, None, b"", Location="http://localhost:9/")

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that went away is no news."""


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Odd)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
