"""Several gateways over one database, behind nginx; one behind HAProxy, which only passes connections on."""

import json
import shutil
from contextlib import ExitStack, contextmanager
from pathlib import Path

from . import members, servers
from .machine import ROOT, program

SEVERAL = ROOT / "tests" / "several"
SESSION_KEY = "a key that all gateways of this test have"
# What MariaDB wants, and PostgreSQL does not look at.
PASSWORD = "footbridge"
GATEWAYS = 3

NGINX = """
daemon off;
master_process off;
error_log stderr warn;
pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream gateways {{
{servers}
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://gateways;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Request-Id $request_id;
            proxy_next_upstream error timeout;
            proxy_connect_timeout 1s;
            add_header X-Gateway $upstream_addr always;
            add_header X-Given-Id $request_id always;
        }}
    }}
}}
"""

HAPROXY = """
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend one
    bind 127.0.0.1:{one}
    default_backend one
frontend two
    bind 127.0.0.1:{two}
    default_backend two
backend one
    server gateway {gateway} send-proxy check
backend two
    server gateway {gateway} send-proxy-v2 check-send-proxy check
"""


@contextmanager
def gateways(binary: str, kind: str, database: str):
    """Gateways over one database, nginx and HAProxy before them; yields what the tests find in their environment."""
    # In gateway.yaml no password stands in clear.
    database = f'{{{kind}: {database.replace(f":{PASSWORD}@", "@")}, password: "${{DATABASE_PASSWORD}}"}}'
    with ExitStack() as stack:
        nodes = [stack.enter_context(node(binary, database)) for _ in range(GATEWAYS)]
        address, _ = stack.enter_context(node(binary, database, passed_on=True))
        nginx = stack.enter_context(before([address for address, _ in nodes]))
        one, two = stack.enter_context(passing_on(address))
        yield {
            "FOOTBRIDGE_URL": nginx,
            "FOOTBRIDGE_NODES": json.dumps({address.removeprefix("http://"): pid for address, pid in nodes}),
            "FOOTBRIDGE_PASSED_ON": json.dumps([one, two]),
            "FOOTBRIDGE_BEHIND": address,
        }


@contextmanager
def node(binary: str, database: str, passed_on: bool = False):
    """One gateway; yields its address and its process's number."""
    with servers.temporary_folder() as folder:
        shutil.copytree(SEVERAL / "project", folder, dirs_exist_ok=True)
        settings = Path(folder) / "mappings" / "gateway.yaml"
        text = settings.read_text()
        for word, value in (
            ("ADMIN", str(servers.free_port())), ("DATABASE", database), ("PASSED_ON", str(passed_on).lower()),
        ):
            text = text.replace(word, value)
        settings.write_text(text)
        members.add_users(binary, folder)
        command = ["env", f"SESSION_KEY={SESSION_KEY}", f"DATABASE_PASSWORD={PASSWORD}", binary]
        command += ["serve", str(folder), "--listen", "127.0.0.1:0", "--no-watch"]
        with servers.serving("gateway", command) as (address, process):
            yield address, process.pid


@contextmanager
def before(addresses: list[str]):
    """nginx that gives each request to the next gateway; yields its address."""
    with servers.temporary_folder() as folder:
        port = servers.free_port()
        lines = [
            f"        server {address.removeprefix('http://')} max_fails=1 fail_timeout=60s;" for address in addresses
        ]
        config = Path(folder) / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, servers="\n".join(lines), port=port))
        with servers.accepting("nginx", [program("nginx"), "-c", config, "-p", folder], port) as address:
            yield address


@contextmanager
def passing_on(address: str):
    """HAProxy that says whose connections it passes on, in both versions of the PROXY protocol; yields the address of each."""
    with servers.temporary_folder() as folder:
        one, two = servers.free_port(), servers.free_port()
        config = Path(folder) / "haproxy.cfg"
        config.write_text(HAPROXY.format(one=one, two=two, gateway=address.removeprefix("http://")))
        with servers.accepting("haproxy", [program("haproxy"), "-db", "-f", config], two) as second:
            yield f"http://127.0.0.1:{one}", second
