"""Tests of the conformance kit: every host example through every session, a real worker through what was recorded of one, and
hosts that do something wrong, which the player must notice: python3 -m unittest discover examples
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from test_hosts import EXAMPLES, Toolchains, worker_command

KIT = EXAMPLES / "conformance"
sys.path.insert(0, str(KIT))
import session as sessions  # noqa: E402

NAMES = sorted(path.stem for path in (KIT / "sessions").glob("*.txt"))


class SessionTests(unittest.TestCase):
    """The files themselves."""

    def test_files_are_what_they_say(self) -> None:
        self.assertGreater(len(NAMES), 15)
        for name in NAMES:
            path = KIT / "sessions" / f"{name}.txt"
            self.assertLess(path.stat().st_size, 20_000, name)
            session = sessions.load(path)
            self.assertEqual(sessions.dump(session), path.read_text(), name)
            for step in (step for life in session.lives for step in life if step.data and step.what != "worker raw"):
                self.assertTrue(list(sessions.split(step.data)), f"{name}: {step.what}")

    def test_a_wrong_line_is_named(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "wrong.txt"
            for text, line in (("worker\n00 0x", 2), ("# a: b\nwork", 2), ("worker\n@nothing * 3", 2), ("worker in pieces", 1)):
                path.write_text(text)
                with self.assertRaisesRegex(ValueError, f"wrong.txt:{line}:", msg=text):
                    sessions.load(path)


class HostTests(Toolchains):
    """Each host plays all sessions: what it prints, and what the player says of it."""

    played: dict[str, dict[str, Future[None]]] = {}
    skipped: dict[str, unittest.SkipTest] = {}

    def play_all(self, name: str) -> None:
        if not self.played and not self.skipped:
            self.begin()
        if name in self.skipped:
            raise self.skipped[name]
        for session_name, future in self.played[name].items():
            with self.subTest(session=session_name):
                future.result()

    def begin(self) -> None:
        """Has all hosts play side by side, as they mostly wait."""
        pool = ThreadPoolExecutor(8)
        for name, host in self.hosts.items():
            try:
                if host.ask:
                    self.prepare(name)
                    self.played[name] = {each: pool.submit(self.play_one, host.ask, name, each) for each in NAMES}
            except unittest.SkipTest as reason:
                self.skipped[name] = reason
        pool.shutdown(wait=False)

    @classmethod
    def tearDownClass(cls) -> None:
        for future in (future for played in cls.played.values() for future in played.values()):
            future.cancel()  # not all tests were wanted
        super().tearDownClass()

    def play_one(self, ask: list[str], name: str, session_name: str) -> None:
        session = sessions.load(KIT / "sessions" / f"{session_name}.txt")
        with tempfile.TemporaryDirectory(prefix="face-worker-session-") as folder:
            self.play(ask, name, session, Path(folder))

    def play(self, ask: list[str], name: str, session: sessions.Session, folder: Path) -> None:
        for file, data in session.files.items():
            (folder / file).write_bytes(data)
        questions = [json.loads(line) if line else None for line in session.head["ask"]]
        for question in filter(None, questions):
            if "files" in question:
                question["files"] = [str(folder / file) for file in question["files"]]
        text = "".join(("" if question is None else json.dumps(question)) + "\n" for question in questions)
        environment = {**self.environment, "FACE_WORKER_START_MS": session.first("start-ms") or "30000"}
        command = [*ask, "--", sys.executable, str(KIT / "play"), "--state", str(folder), session.name]
        done = subprocess.run(
            command, cwd=EXAMPLES / name, env=environment, input=text, capture_output=True, text=True, timeout=60
        )
        report = (folder / "report").read_text() if (folder / "report").exists() else ""
        context = f"{report}\n{done.stderr[-1500:]}"
        self.assertEqual(report.splitlines(), [f"life {i} is complete" for i in range(1, len(session.lives) + 1)], context)
        replies = [json.loads(line) for line in done.stdout.splitlines()]
        expected = [json.loads(line) for line in session.head["reply"]]
        self.assertEqual(len(replies), len(expected), f"{done.stdout}\n{context}")
        for want, got in zip(expected, replies):
            self.assertTrue(sessions.contains(want, got), f"{want} expected, not {got}\n{context}")

    def test_python(self) -> None:
        self.play_all("python")

    def test_node(self) -> None:
        self.play_all("node")

    def test_go(self) -> None:
        self.play_all("go")

    def test_java(self) -> None:
        self.play_all("java")

    def test_elixir(self) -> None:
        self.play_all("elixir")


class ReplayTests(unittest.TestCase):
    """A worker of today answers what was recorded."""

    def test_a_real_worker(self) -> None:
        command = [str(KIT / "replay"), "--", *worker_command(), "--data", ":memory:"]
        done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stdout.count(": ok\n"), sum(self.is_recorded(name) for name in NAMES), done.stdout)

    def is_recorded(self, name: str) -> bool:
        return sessions.load(KIT / "sessions" / f"{name}.txt").first("replay") == "yes"

    def test_differences_are_found(self) -> None:
        cases: list[tuple[Any, Any, str]] = [
            ({"a": 1}, {}, ".a is missing"),
            ({"a": 1}, {"a": "1"}, ".a is '1' instead of 1"),
            ({"a": 1}, {"a": True}, ".a is True"),
            ({"error": {"code": "busy"}}, {"error": {"code": "noFace"}}, ".error.code is 'noFace'"),
            ({"faces": []}, {"faces": [{}]}, ".faces has 1 elements"),
            ({"models": [{"id": "a"}]}, {"models": [{"name": "a"}]}, ".models[0].id is missing"),
        ]
        for was, has, message in cases:
            self.assertIn(message, sessions.shape_differs(was, has) or "", was)
        self.assertIsNone(sessions.shape_differs({"a": 1, "b": [{"c": "x"}]}, {"a": 2.5, "b": [{"c": "y"}], "new": 1}))


class BadHostTests(unittest.TestCase):
    """The player finds what hosts usually get wrong."""

    def report(self, session: str, data: bytes) -> str:
        """What the player says of a host that sends these bytes and then closes its end."""
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, str(KIT / "play"), "--state", folder, session, "--models", "ignored"]
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as player:
                player.communicate(data, timeout=30)
            text = (Path(folder) / "report").read_text()
            self.assertEqual(player.returncode, 0 if "complete" in text else 1)
            return text

    @staticmethod
    def ping(id: int = 5, **changes: Any) -> bytes:
        message = {"method": "ping", **changes}
        return sessions.Frame(sessions.REQUEST, id, message).encode()

    def test_a_good_host_passes(self) -> None:
        self.assertEqual(self.report("hello", self.ping()), "life 1 is complete\n")

    def test_wrong_bytes(self) -> None:
        good = self.ping()
        little = struct.pack("<I", len(good) - 4) + good[4:]
        cases = [
            (little, "little-endian"),
            (b'{"method":"ping"}          ', "the length"),
            (good[:4] + b"\0" + good[5:], "magic"),
            (good[:7] + b"\1" + good[8:], "flags"),
            (good[:6] + b"\x12" + good[7:], "kind 18 is not a host's"),
            (self.ping(0), "the id 0"),
            (good[:-3], "before the end of a frame"),
            (good[:20] + b"{" * (len(good) - 20), "JSON cannot be read"),
            (b"", "closed the worker's input"),
            (self.ping(method="status"), "method is 'status' instead of 'ping'"),
            (self.ping(params={"x": 1}), "params are {'x': 1}"),
            (self.ping(deadlineMs=10), "deadlineMs is 10"),
        ]
        for data, message in cases:
            self.assertIn(message, self.report("hello", data), data)

    def test_wrong_ids_and_attachments(self) -> None:
        status = sessions.Frame(sessions.REQUEST, 1, {"method": "status"}).encode()
        self.assertIn("used again before its answer", self.report("killed", status * 3))
        plain = sessions.load(KIT / "sessions" / "several.txt").files["plain.png"]
        for length, blob, message in ((len(plain) - 1, plain, "do not sum"), (3, b"abc", "are not the")):
            request = {"method": "detect", "attachments": [{"length": length}]}
            frame = sessions.Frame(sessions.REQUEST, 1, request, blob)
            self.assertIn(message, self.report("several", frame.encode()))

    def test_one_worker_too_many(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, str(KIT / "play"), "--state", folder, "hello"]
            for _ in range(2):
                subprocess.run(command, input=self.ping(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30)
            text = (Path(folder) / "report").read_text()
        self.assertIn("life 2 problem: the host started more workers", text)


if __name__ == "__main__":
    os.chdir(EXAMPLES)
    unittest.main(verbosity=2)
