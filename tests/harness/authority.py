"""An authority of a run, and what it signs."""

import subprocess
from pathlib import Path

from .machine import Missing


def certificates(folder: Path) -> None:
    """An authority, `authority.pem`; certificates that it signed for a server, `server.pem` with its key, and for the gateway,
    `gateway.crt` and `gateway.key`. The server is this machine, and safe.behind."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    _openssl(folder, "req", "-x509", *key, "-keyout", "authority.key", "-out", "authority.pem", "-days", "2", "-subj", "/CN=authority")
    for name, more in (("server", "subjectAltName=IP:127.0.0.1,DNS:safe.behind"), ("gateway", "extendedKeyUsage=clientAuth")):
        (folder / "extensions").write_text(more)
        _openssl(folder, "req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        _openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "authority.pem", "-CAkey", "authority.key",
                 "-CAcreateserial", "-days", "2", "-extfile", "extensions", "-out", f"{name}.crt")
    (folder / "server.pem").write_text((folder / "server.key").read_text() + (folder / "server.crt").read_text())


def _openssl(folder: Path, *words: str) -> None:
    command = ["openssl", *words]
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    if done.returncode != 0:
        raise Missing(f"`{' '.join(command)}` failed:\n{done.stdout[-2000:]}")
