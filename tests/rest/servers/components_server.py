"""What a ColdFusion server makes of components that are called over HTTP with returnformat=json.

Names of columns and of members in capitals, queries as COLUMNS and DATA, numbers as doubles. Says `listening on http://…`.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PRODUCTS = [[1, "Wooden train", 34.9], [2, "Kite", 19.0]]


class Components(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(urlsplit(self.path).query)

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode() + "&" + urlsplit(self.path).query)

    def answer(self, text):
        values = {name: given[-1] for name, given in parse_qs(text, keep_blank_values=True).items()}
        if values.get("returnformat") != "json" or urlsplit(self.path).path != "/shop/ProductService.cfc":
            return self.send(404, "text/html", "<h1>File not found</h1>")
        match values.get("method"):
            case "getProducts":
                rows = [row for row in PRODUCTS if values.get("maximum") is None or row[2] <= float(values["maximum"])]
                self.send(200, "application/json", json.dumps({"COLUMNS": ["ID", "NAME", "PRICE"], "DATA": rows}))
            case "getProduct":
                found = [row for row in PRODUCTS if str(row[0]) == values.get("id")]
                body = dict(zip(("ID", "NAME", "PRICE"), found[0])) if found else ""
                self.send(200, "application/json", json.dumps(body))
            case "list":
                members = [dict(zip(("ID", "NAME", "PRICE"), row)) for row in PRODUCTS]
                self.send(200, "application/json; charset=utf-8", json.dumps(members))
            case "save":
                self.send(200, "application/json", json.dumps({"SAVED": values.get("name"), "BY": self.command}))
            case _:
                self.send(500, "text/html", "<h1>The method was not found in component</h1> c:\\inetpub\\wwwroot")

    def send(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Components)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
