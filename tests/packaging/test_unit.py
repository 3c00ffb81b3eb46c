"""The unit under a real systemd: a machine that boots in a container, with the package installed, and all its hardening."""

import os
import socket
import subprocess
import unittest

from debian import MACHINE, Debian, free_port, project, needs_debian

SERVICE = """service: packaged.Notes
backend: notes
operations:
  add: {args: {text: string}, sql: 'INSERT INTO note (text) VALUES (:text)'}
  last: {sql: 'SELECT text FROM note ORDER BY id DESC LIMIT 1', returns: string}
  word: {value: before}
  slow: {value: late, delay: 2s}
"""
# Secrets come from the file that root alone reads, a database lies where the unit may write, a port is below 1024.
GATEWAY = """gateway: packaged
listen:
  - http: 127.0.0.1:PORT
  - http: 127.0.0.1:LOW
admin: 127.0.0.1:ADMIN
keys: ["${PACKAGED_KEY}"]
backends:
  notes: {sqlite: /var/lib/footbridge/notes.db, migrations: migrations}
defaults: {roles: public}
"""
# What somebody types who looks after the machine. Each answer goes to a file of its own.
SCRIPT = """#!/bin/bash
cd /trial
call() { footbridge call http://127.0.0.1:PORT/gateway "$@"; }
wait_until() { for _ in $(seq 100); do "$@" && return; sleep 0.2; done; echo "never: $*"; }
answers() { [ "$(call packaged.Notes.word)" = "\\"$1\\"" ]; }
under_way() ( exec 3<>/dev/tcp/127.0.0.1/ADMIN; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; grep -q '^footbridge_calls_running 1' <&3 )
systemctl start footbridge > start 2>&1; echo $? >> start
wait_until answers before > first 2>&1
call packaged.Notes.add '"kept"' > added 2>&1
call packaged.Notes.last > rows 2>&1
footbridge call http://127.0.0.1:LOW/gateway packaged.Notes.word > low 2>&1
systemctl show footbridge --property=ActiveState,User,NRestarts > state
stat --format '%U %a' /var/lib/footbridge /var/lib/footbridge/notes.db > rights
pid=$(systemctl show footbridge --property=MainPID --value)
grep -E '^(NoNewPrivs|Seccomp|CapBnd|CapEff):' /proc/$pid/status > status
nsenter --target $pid --mount touch /etc/footbridge/planted > readonly 2>&1
sed -i 's/before/after/' /etc/footbridge/mappings/notes.yaml
systemctl reload footbridge > reload 2>&1; echo $? >> reload
wait_until answers after > second 2>&1
call packaged.Notes.slow > slow 2>&1 &
wait_until under_way > going 2>&1
systemctl stop footbridge > stop 2>&1; echo $? >> stop
wait %1
systemctl show footbridge --property=Result,ExecMainStatus > end
"""
RESTART = """#!/bin/bash
cd /trial
systemctl start footbridge
kill -KILL "$(systemctl show footbridge --property=MainPID --value)"
for _ in $(seq 50); do systemctl show footbridge --property=NRestarts | grep -q '=1' && break; sleep 0.2; done
systemctl show footbridge --property=NRestarts > restarts
man --whatis footbridge-serve > whatis 2>&1 || mandb -q && man --whatis footbridge-serve > whatis 2>&1
systemd-analyze verify footbridge.service > verify 2>&1; echo $? >> verify
journalctl --unit footbridge --output cat > journal
"""
TRIAL = """[Unit]
After=network-online.target systemd-user-sessions.service
[Service]
Type=oneshot
ExecStartPre=/bin/touch /trial/booted
ExecStart=-/bin/bash /trial/script
ExecStart=-/bin/bash /trial/restart
ExecStopPost=/bin/systemctl --no-block poweroff
[Install]
WantedBy=multi-user.target
"""


@needs_debian
class UnderSystemd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.debian = Debian(MACHINE)
        cls.addClassCleanup(cls.debian.__exit__)
        cls.debian.install()
        ports = {"PORT": str(free_port()), "LOW": str(low_port()), "ADMIN": str(free_port())}
        etc = cls.debian.path("/etc/footbridge")
        project(etc, filled(GATEWAY, ports), notes=SERVICE)
        (etc / "migrations").mkdir()
        (etc / "migrations/0001_note.sql").write_text("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);\n")
        (etc / "secrets.env").write_text("PACKAGED_KEY=bm90IGEgc2VjcmV0IGJ1dCAzMiBieXRlcyBsb25nISE=\n")
        (etc / "secrets.env").chmod(0o600)
        cls.trial = cls.debian.path("/trial")
        cls.trial.mkdir()
        (cls.trial / "script").write_text(filled(SCRIPT, ports))
        (cls.trial / "restart").write_text(RESTART)
        cls.debian.path("/etc/systemd/system/trial.service").write_text(TRIAL)
        wants = cls.debian.path("/etc/systemd/system/multi-user.target.wants")
        wants.mkdir(exist_ok=True)
        (wants / "trial.service").symlink_to("/etc/systemd/system/trial.service")
        booted = subprocess.run(
            [
                "systemd-nspawn", "--quiet", "--keep-unit", "--register=no", f"--directory={cls.debian.root}",
                f"--machine=footbridge-{os.getpid()}", "--boot",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=180,
            env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": hierarchy()},
        )
        if not (cls.trial / "booted").exists():
            raise unittest.SkipTest(f"systemd does not boot in a container here: {booted.stdout[-500:]}")

    def told(self, name: str) -> list[str]:
        return (self.trial / name).read_text().splitlines()

    def test_it_starts_as_its_own_user_and_answers(self):
        self.assertEqual(self.told("start"), ["0"])
        self.assertEqual(self.told("first"), [])
        self.assertEqual(self.told("state"), ["NRestarts=0", "User=footbridge", "ActiveState=active"])
        self.assertEqual(self.told("low"), ['"before"'], "ports below 1024 may be listened on")

    def test_databases_lie_where_it_may_write_and_nowhere_else(self):
        self.assertEqual(self.told("added"), ["1"])
        self.assertEqual(self.told("rows"), ['"kept"'])
        self.assertEqual(self.told("rights"), ["footbridge 750", "footbridge 600"])
        self.assertIn("Read-only file system", self.told("readonly")[0])

    def test_its_hardening_is_in_force(self):
        status = dict(line.split(":\t") for line in self.told("status"))
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
        bind_service = f"{1 << 10:016x}"
        self.assertEqual((status["CapBnd"], status["CapEff"]), (bind_service, bind_service))

    def test_a_reload_puts_changed_mappings_in_force(self):
        self.assertEqual(self.told("reload"), ["0"])
        self.assertEqual(self.told("second"), [])

    def test_a_stop_lets_calls_end(self):
        self.assertEqual(self.told("slow"), ['"late"'])
        self.assertEqual(self.told("stop"), ["0"])
        self.assertEqual(self.told("end"), ["Result=success", "ExecMainStatus=0"])

    def test_one_that_died_is_started_again(self):
        self.assertEqual(self.told("restarts"), ["NRestarts=1"])

    def test_its_pages_are_found_and_its_unit_has_no_faults(self):
        self.assertRegex(self.told("whatis")[0], r"^footbridge-serve \(1\) +- Serve the mappings")
        self.assertEqual(self.told("verify"), ["0"])

    def test_the_journal_has_a_line_for_each_call_and_no_secret(self):
        lines = self.told("journal")
        self.assertTrue(any('"operation":"slow"' in line for line in lines), lines)
        self.assertNotIn("bm90IGEgc2VjcmV0", "\n".join(lines))


def filled(text: str, ports: dict) -> str:
    for word, port in ports.items():
        text = text.replace(word, port)
    return text


def low_port() -> int:
    """A port for which one needs a right."""
    for port in range(1023, 600, -1):
        with socket.socket() as free:
            try:
                free.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port below 1024 is free")


def hierarchy() -> str:
    """The container has control groups in the form that this machine has them."""
    return "1" if os.path.exists("/sys/fs/cgroup/cgroup.controllers") else "0"


if __name__ == "__main__":
    unittest.main()
