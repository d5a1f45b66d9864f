"""Tests of the examples of deployment. There is neither a running systemd nor a container engine where tests run, so the unit is
checked by `systemd-analyze`, its socket by `systemd-socket-activate` with the real programs, and the Containerfile by rules here:
no linter of Debian's knows it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from test_hosts import ROOT, worker_command

FOLDER = ROOT / "examples" / "deployment"
UNITS = ("face-worker.socket", "face-worker@.service")


def supervisor() -> str:
    """The supervisor beside the worker; raises SkipTest where it was not built."""
    program = Path(os.environ.get("FACE_SUPERVISOR") or Path(worker_command()[0]).parent / "face-supervisor")
    if not program.exists():
        raise unittest.SkipTest(f"{program} is not there; `make build` makes it")
    return str(program)


def call(connection: socket.socket, id: int, method: str) -> None:
    body = json.dumps({"method": method}).encode()
    connection.sendall(struct.pack(">IBBBBQI", 16 + len(body), 0xFA, 1, 1, 0, id, len(body)) + body)


def read_frame(connection: socket.socket) -> tuple[int, int, dict]:
    """Kind, id and JSON of the next frame."""
    length, _, _, kind, _, id, json_length = struct.unpack(">IBBBBQI", connection.recv(20, socket.MSG_WAITALL))
    payload = connection.recv(length - 16, socket.MSG_WAITALL)
    return kind, id, json.loads(payload[:json_length])


class UnitTests(unittest.TestCase):
    def setUp(self) -> None:
        if not shutil.which("systemd-analyze"):
            self.skipTest("there is no systemd-analyze")

    def verify(self, **changes: str) -> str:
        """What systemd says of the units, the programs being anywhere; `changes` replace text of the service."""
        with tempfile.TemporaryDirectory() as folder:
            for name in UNITS:
                text = (FOLDER / name).read_text().replace("/usr/local/bin/face-supervisor", "/bin/true")
                for old, new in changes.items():
                    self.assertIn(old, (FOLDER / UNITS[1]).read_text())
                    text = text.replace(old, new)
                (Path(folder) / name).write_text(text)
            paths = [str(Path(folder) / name) for name in UNITS]
            done = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True)
            mine = [line for line in done.stderr.splitlines() if "face-worker" in line]
            return "\n".join(mine)

    def test_systemd_has_nothing_to_say(self) -> None:
        self.assertEqual(self.verify(), "")

    def test_a_mistake_is_found(self) -> None:
        self.assertIn("Unknown key", self.verify(NoNewPrivileges="NoNewPrivilege"))

    def test_exposure_is_low(self) -> None:
        command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(FOLDER / UNITS[1])]
        done = subprocess.run(command, capture_output=True, text=True)
        level = re.search(r"exposure level for .*: ([0-9.]+)", done.stdout)
        if not level:
            self.skipTest(f"this systemd cannot judge a file: {done.stderr.strip()}")
        self.assertLessEqual(float(level[1]), 1.5, done.stdout)

    def test_options_exist(self) -> None:
        worker, watcher = worker_command(), supervisor()
        command = re.search(r"^ExecStart=(.*)$", (FOLDER / UNITS[1]).read_text(), re.MULTILINE)[1]
        entry = json.loads(re.search(r"^ENTRYPOINT (.*)$", (FOLDER / "Containerfile").read_text(), re.MULTILINE)[1])
        own = subprocess.run([watcher, "--help"], capture_output=True, text=True)
        help = subprocess.run([worker[0], "--help"], capture_output=True, text=True)
        for words in (command.split(), entry):
            divider = words.index("--")
            for word in words:
                if word.startswith("--") and word != "--":
                    text = own if words.index(word) < divider else help
                    self.assertIn(word, text.stdout + text.stderr)


class SocketTests(unittest.TestCase):
    def test_a_connection_gets_a_worker(self) -> None:
        if not shutil.which("systemd-socket-activate"):
            self.skipTest("there is no systemd-socket-activate")
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/socket"
            command = [supervisor(), "--", *worker_command(), "--data", f"{folder}/data"]
            keep = [f"--setenv={name}" for name in ("LD_LIBRARY_PATH", "HOME") if name in os.environ]
            listen = ["systemd-socket-activate", "--accept", "--inetd", f"--listen={path}", *keep, *command]
            with subprocess.Popen(listen, stderr=subprocess.DEVNULL) as daemon:
                try:
                    limit = time.monotonic() + 10
                    while not Path(path).exists() and time.monotonic() < limit:
                        time.sleep(0.02)
                    self.converse(path)
                finally:
                    daemon.terminate()

    def converse(self, path: str) -> None:
        """Two connections at once have two workers; each ends when its host closes its side."""
        with socket.socket(socket.AF_UNIX) as first, socket.socket(socket.AF_UNIX) as second:
            boots = []
            for connection in (first, second):
                connection.settimeout(60)
                connection.connect(path)
                kind, id, ready = read_frame(connection)
                self.assertEqual((kind, id, ready["protocol"]), (16, 0, 1))
                boots.append(ready["bootID"])
            self.assertNotEqual(*boots)
            for connection in (first, second):
                call(connection, 7, "ping")
                connection.shutdown(socket.SHUT_WR)
                self.assertEqual(read_frame(connection)[:2], (18, 7))
                self.assertEqual(connection.recv(1), b"")


class ContainerfileTests(unittest.TestCase):
    def setUp(self) -> None:
        self.text = (FOLDER / "Containerfile").read_text()
        joined = re.sub(r"\\\n\s*", "", self.text)
        lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
        self.steps = [tuple(line.split(None, 1)) for line in lines]

    def test_instructions(self) -> None:
        known = {"ARG", "FROM", "RUN", "COPY", "WORKDIR", "ENV", "USER", "VOLUME", "ENTRYPOINT"}
        self.assertEqual(self.steps[0][0], "FROM")
        self.assertEqual({name for name, _ in self.steps} - known, set())
        stages: list[str] = []
        for name, rest in self.steps:
            if name == "FROM":
                image, *alias = rest.split()
                self.assertRegex(image, r"^[a-z.]+/[a-z/]+:[0-9][\w.-]*$", "registry, name and version")
                stages.append(alias[1] if alias else "")
            elif name == "RUN" and "apt-get install" in rest:
                for part in ("apt-get update", "-y --no-install-recommends", "rm -rf /var/lib/apt/lists/*"):
                    self.assertIn(part, rest)
            elif name == "COPY" and "--from=" in rest:
                self.assertIn(re.search(r"--from=(\S+)", rest)[1], stages[:-1])
        last = {name: rest for name, rest in self.steps[[name for name, _ in self.steps].index("FROM", 1):]}
        self.assertTrue(last["USER"].split(":")[0].isdigit() and last["USER"] != "0:0", "not root, and by number")
        self.assertTrue(all(isinstance(word, str) for word in json.loads(last["ENTRYPOINT"])))

    def test_shell_of_run(self) -> None:
        for name, rest in self.steps:
            if name == "RUN":
                self.assertEqual(subprocess.run(["sh", "-n", "-c", rest]).returncode, 0, rest)

    def test_the_runtime_has_the_worker_s_libraries(self) -> None:
        for tool in ("ldd", "dpkg-query"):
            if not shutil.which(tool):
                self.skipTest(f"there is no {tool}")
        installs = [rest for name, rest in self.steps if name == "RUN" and "apt-get install" in rest]
        packages = set(re.search(r"--no-install-recommends ([\w .+-]+?) +&&", installs[-1])[1].split())
        have, waiting = {"libc6"}, list(packages)
        while waiting:
            package = waiting.pop()
            if package not in have:
                have.add(package)
                query = ["dpkg-query", "-W", "-f=${Depends}", package]
                depends = subprocess.run(query, capture_output=True, text=True).stdout
                waiting += [re.split(r"[ :]", each.strip())[0] for each in re.split("[,|]", depends) if each.strip()]
        listing = subprocess.run(["ldd", worker_command()[0]], capture_output=True, text=True).stdout
        for path in re.findall(r"=> (/\S+)", listing):
            owners = [path, os.path.realpath(path), path.removeprefix("/usr"), "/usr" + path]
            found = [subprocess.run(["dpkg-query", "-S", each], capture_output=True, text=True).stdout for each in owners]
            owner = next((each.split(":")[0] for each in found if each), None)  # none: Swift's runtime, linked statically there
            if owner:
                self.assertIn(owner, have, f"{path} is not in the image")

    def test_a_linter(self) -> None:
        if not shutil.which("hadolint"):
            self.skipTest("there is no hadolint (it is not in Debian); the rules of this file were checked")
        done = subprocess.run(["hadolint", "--ignore", "DL3008", str(FOLDER / "Containerfile")], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""))


if __name__ == "__main__":
    unittest.main(verbosity=2)
