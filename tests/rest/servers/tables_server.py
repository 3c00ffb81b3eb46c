"""Datasette over a table of 25 rows: pages by the last row's id, by a URL in the body, by a link. Says `listening on http://…`."""

import socket
import sqlite3
import tempfile
from pathlib import Path

import uvicorn
from datasette.app import Datasette

with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "shop.db"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT, price REAL)")
        rows = ((number * 10, f"product {number}", number / 4) for number in range(1, 26))
        database.executemany("INSERT INTO product VALUES (?, ?, ?)", rows)
    database.close()
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    app = Datasette([str(file)], settings={"default_page_size": 7, "max_returned_rows": 100}).app()
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
