"""A server that misbehaves: the path says how. Says `listening on http://…`."""

import gzip
import socket
import threading
import time

ROWS = b"[" + b",".join(b'{"id": %d, "name": "row %d"}' % (n, n) for n in range(100)) + b"]"
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = JSON + b"Transfer-Encoding: chunked\r\n\r\n"
PIECE = b'{"id": 1, "name": "' + b"x" * 65_500 + b'"},'
# A body of 300 MB: what is kept of it is what a gateway lets itself in for.
PACKED = gzip.compress(b"[" + b'"' + b"x" * (300 << 20) + b'"]', 1)


# 32 MB of rows, which are no misbehaviour.
MANY = b"[" + b",".join(b'{"id": %d, "name": "row number %d of a great many, as long as rows are, with more %s"}' % (n, n, b"x" * 40)
                        for n in range(240_000)) + b"]"


def whole(body, head=JSON):
    return head + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def endless(connection, _):
    connection.sendall(CHUNKED + chunk(b"["))
    while True:
        connection.sendall(chunk(PIECE))


def endless_headers(connection, _):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-More: " + b"x" * 8_000 + b"\r\n")


def drip(connection, _):
    connection.sendall(CHUNKED)
    for byte in ROWS:
        connection.sendall(chunk(bytes([byte])))
        time.sleep(0.1)


def many(connection, _):
    connection.sendall(CHUNKED)
    for at in range(0, len(MANY), 16_384):
        connection.sendall(chunk(MANY[at:at + 16_384]))
    connection.sendall(b"0\r\n\r\n")


def never(_connection, _):
    time.sleep(30)


def half(connection, _):
    connection.sendall(CHUNKED + chunk(ROWS[:500]))
    time.sleep(30)


def round_and_round(connection, path):
    turn = int(path.rsplit("/", 1)[1]) if path.count("/") > 1 else 0
    there = b"/loop/%d" % (turn + 1)
    connection.sendall(whole(b"", b"HTTP/1.1 302 Found\r\nLocation: " + there + b"\r\n"))


WAYS = {
    "/good": whole(ROWS),
    "/short": JSON + b"Content-Length: 100000\r\n\r\n" + ROWS,
    "/long": JSON + b"Content-Length: 10\r\n\r\n" + ROWS,
    "/huge": JSON + b"Content-Length: 99999999999\r\n\r\n" + ROWS,
    "/two-lengths": JSON + b"Content-Length: 5\r\nContent-Length: 7\r\n\r\n" + ROWS,
    "/cut-chunk": CHUNKED + b"ffff\r\n" + ROWS,
    "/no-chunk": CHUNKED + b"zz\r\n" + ROWS,
    "/cut-json": whole(ROWS[:-30]),
    "/html": whole(b"<html>Welcome</html>", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"),
    "/html-as-json": whole(b"<html>Welcome</html>"),
    "/json-as-image": whole(ROWS, b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"),
    "/no-gzip": whole(ROWS, JSON + b"Content-Encoding: gzip\r\n"),
    "/unknown-coding": whole(ROWS, JSON + b"Content-Encoding: snappy\r\n"),
    "/bomb": whole(PACKED, JSON + b"Content-Encoding: gzip\r\n"),
    "/deep": whole(b"[" * 2_000_000),
    "/deep-name": whole(b'{"a":' * 1_000_000),
    "/object": whole(b'{"error": "sorry"}'),
    "/not-http": b"SSH-2.0-OpenSSH_9.2\r\n",
    "/nothing": b"",
    "/endless": endless,
    "/endless-headers": endless_headers,
    "/drip": drip,
    "/never": never,
    "/half": half,
    "/many": whole(MANY),
    "/many-in-pieces": many,
    "/loop": round_and_round,
}


def serve(connection):
    with connection:
        try:
            request = b""
            while b"\r\n\r\n" not in request:
                more = connection.recv(65_536)
                if not more:
                    return
                request += more
            path = request.split(b" ", 2)[1].decode()
            way = WAYS.get(path, round_and_round if path.startswith("/loop/") else b"HTTP/1.1 404 No\r\n\r\n")
            if isinstance(way, bytes):
                connection.sendall(way)
            else:
                way(connection, path)
        except OSError:
            pass


listener = socket.create_server(("127.0.0.1", 0), backlog=128)
print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
