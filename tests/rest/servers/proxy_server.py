"""proxy.py, which alone knows the hosts under .behind: they are this machine. Says `listening on http://…`."""

import threading

import proxy
from proxy.http.proxy import HttpProxyBasePlugin


class Behind(HttpProxyBasePlugin):
    def resolve_dns(self, host, port):
        return ("127.0.0.1" if host.endswith(".behind") else None), None


if __name__ == "__main__":
    options = ["--hostname", "127.0.0.1", "--port", "0", "--num-workers", "1", "--num-acceptors", "1", "--log-level", "WARNING"]
    with proxy.Proxy(options, plugins=[Behind]) as running:
        print(f"listening on http://127.0.0.1:{running.flags.port}", flush=True)
        threading.Event().wait()
