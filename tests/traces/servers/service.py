"""A service over HTTP and one over SOAP, which keep what they are told of traces. Says `listening on http://…`.

POST /rates answers getRate of rates.wsdl; /rest/… answers JSON, /rest/broken 500, /rest/nobody 404, /rest/slow late. GET /seen gives path and headers
of each request that came.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ENVELOPE = b"""<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
<getRateResponse xmlns="http://samples.footbridge/rates"><rate>1.25</rate></getRateResponse></e:Body></e:Envelope>"""
STATUSES = {"/rest/broken": 500, "/rest/nobody": 404}
SEEN = []
LOCK = threading.Lock()


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.saw()
        self.answer(200, "text/xml", ENVELOPE)

    def do_GET(self):
        if self.path == "/seen":
            with LOCK:
                return self.answer(200, "application/json", json.dumps(SEEN).encode())
        self.saw()
        path = self.path.split("?")[0]
        if path == "/rest/slow":
            time.sleep(10)
        self.answer(STATUSES.get(path, 200), "application/json", b'{"answer": 42}')

    def saw(self):
        with LOCK:
            SEEN.append({"path": self.path, "headers": {name.lower(): value for name, value in self.headers.items()}})

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
