"""httpbin over TLS, for callers with a certificate of an authority alone. Takes a folder; says `listening on http://…`, and means https."""

import ssl
import sys
from pathlib import Path

from httpbin import app
from werkzeug.serving import make_server

keys = Path(sys.argv[1])
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(keys / "server.pem")
context.load_verify_locations(keys / "authority.pem")
context.verify_mode = ssl.CERT_REQUIRED
server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=context)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
