"""Tests of train.py against the fake worker of test_face_worker.py, and against the real one where it is built."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import train
from test_face_worker import FAKE_WORKER, HERE, PATIENCE, PEOPLE, PROGRAM

SCRIPT = [sys.executable, HERE / "train.py"]


class Text(unittest.TestCase):
    """How events read."""

    def test_event(self) -> None:
        event = {"phase": "clean", "epoch": 2, "epochs": 9, "loss": 0.41, "accuracy": 0.93, "imagesPerSecond": 210.4}
        self.assertEqual(train.describe(event), "clean  epoch 2/9  loss 0.410  accuracy 93.0 %  210 images/s")
        self.assertEqual(train.describe({"phase": "judging", "secondsLeft": 3700}), "judging  1 h 01 min left")
        self.assertEqual(train.describe({}), "")

    def test_progress(self) -> None:
        event = {"phase": "augmented", "epoch": 3, "epochs": 4, "step": 1, "steps": 2}
        self.assertEqual(train.progress(event), 0.625)
        self.assertEqual(train.progress({**event, "steps": 0}), 0.5)
        self.assertEqual(train.progress({**event, "epoch": 9}), 1)
        self.assertIsNone(train.progress({"phase": "waiting", "epoch": 0, "epochs": 0}))
        self.assertIsNone(train.progress({"phase": "clean"}))

    def test_bar(self) -> None:
        self.assertEqual(train.bar(0, 4), "····")
        self.assertEqual(train.bar(0.5, 4), "██··")
        self.assertEqual(train.bar(0.28125, 4), "█▏··")
        self.assertEqual(train.bar(1, 4), "████")

    def test_duration(self) -> None:
        self.assertEqual([train.duration(s) for s in (0.2, 59.7, 125)], ["0 s", "1 min 00 s", "2 min 05 s"])


class Script(unittest.TestCase):
    """The whole script."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.fake = self.folder / "fake-worker"
        self.fake.write_text(f"#!{sys.executable}\n{FAKE_WORKER}")
        self.fake.chmod(0o700)
        for name in ("people/ada/1", "people/ada/2", "people/bob/1", "others/1"):
            path = self.folder / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(name.encode())

    def command(self, *options: object) -> list:
        return [*SCRIPT, "--worker", self.fake, *options, self.folder / "people"]

    def run_script(self, *options: object) -> subprocess.CompletedProcess:
        return subprocess.run(self.command(*options), capture_output=True, text=True, timeout=PATIENCE)

    def test_swapped(self) -> None:
        chosen = ["--scope", "head", "--clean", "2", "--seed", "7", "--learning-rate", "0.01", "--anew", "--contact-sheet"]
        run = self.run_script("--strangers", self.folder / "others", *chosen)
        self.assertEqual(run.returncode, 0, run.stderr)
        lines = [" ".join(line.split()) for line in run.stdout.splitlines()]
        for line in [
            "ada 2 of 2 photos",
            "unknown 1 of 1 photo",
            "Trained on 6 crops of 2 subjects in 1 min 15 s, going on from an earlier run",
            "1 enrolled faces could not take part: no crop of them was kept",
            "right names 90.0 % 95.0 %",
            "known people missed, 1 % of strangers named - 1.0 %",
        ]:
            self.assertIn(line, lines)
        sent = json.loads(next(line for line in lines if line.startswith("The result is in use: abc with ")).split(" with ")[1])
        self.assertEqual(
            sent,
            {"scope": "head", "epochs": {"clean": 2}, "seed": 7, "learningRate": 0.01, "resume": False, "contactSheet": True},
        )
        # Not a terminal: a line for each phase and epoch, however many events there are.
        told = [line for line in run.stderr.splitlines() if not line.startswith("Enrolling")]
        self.assertEqual([line.split("  ")[0] for line in told], ["reading", "clean", "clean", "augmented"])
        self.assertEqual(told[1], "clean  epoch 1/4  loss 1.000  accuracy 90.0 %  100 images/s  2 s left")
        self.assertNotIn("\x1b", run.stderr)

    def test_kept(self) -> None:
        run = self.run_script("--batch", "2")
        self.assertEqual(run.returncode, 2)
        self.assertIn("The result is not in use; what was in use before still is.\n  It is no better.", run.stdout)

    def test_interrupted(self) -> None:
        run = self.run_script("--batch", "4")
        self.assertEqual(run.returncode, 1)
        self.assertIn("did not come to its end", run.stdout)
        self.assertIn("  The child died.", run.stdout)
        self.assertNotIn("before", run.stdout)

    def test_dry_run(self) -> None:
        self.assertIn('"dryRun": true', self.run_script("--dry-run").stdout)

    def test_stopped(self) -> None:
        process = subprocess.Popen(
            self.command("--batch", "3"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for line in process.stderr:
            if line.startswith("augmented"):
                break
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 130, error)
        self.assertIn("Stopping...", error)
        self.assertNotIn("Traceback", error)
        self.assertTrue(out.endswith("Stopped. What was in use still is.\n"), out)

    def test_on_a_terminal(self) -> None:
        terminal, end = pty.openpty()
        process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=end)
        os.close(end)
        shown = b""
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            if not select.select([terminal], [], [], 0.2)[0]:
                continue
            try:
                part = os.read(terminal, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
        os.close(terminal)
        self.assertEqual(process.wait(PATIENCE), 0)
        drawings = shown.decode().split("\r\x1b[K")
        self.assertGreaterEqual(len(drawings), 5)
        self.assertTrue(drawings[1].startswith("reading"))
        self.assertRegex(drawings[-1], "^█+[▏▎▍▌▋▊▉]?·+  augmented  epoch 3/4")
        self.assertTrue(all(len(line) < 80 or "augmented" in line for line in drawings[1:]))

    def test_mistakes(self) -> None:
        (self.folder / "empty").mkdir()
        run = self.run_script("--strangers", self.folder / "empty")
        self.assertEqual(run.returncode, 1)
        self.assertIn("no JPEG or PNG photos", run.stderr)
        run = self.run_script("--models=--dies-at-start")
        self.assertEqual(run.returncode, 1)
        self.assertIn("no models here", run.stderr)
        self.assertNotIn("Traceback", run.stderr)


@unittest.skipUnless(PROGRAM, "the real worker is not built: run `make build` or set FACE_WORKER")
@unittest.skipUnless(PEOPLE.is_dir(), f"the photos in {PEOPLE} are missing")
class RealWorker(unittest.TestCase):
    def test_script(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            people = sorted(p for p in PEOPLE.iterdir() if p.is_dir())[:4]
            for person in people:
                (Path(folder, "people", person.name)).mkdir(parents=True)
                for photo in sorted(person.glob("*.jpg"))[:6]:
                    shutil.copy(photo, Path(folder, "people", person.name))
            options = ["--worker", PROGRAM, "--data", Path(folder, "data"), "--clean", "3", "--augmented", "1"]
            run = subprocess.run(
                [*SCRIPT, *options, Path(folder, "people")], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=300,
            )
            # Whether so few faces make a better head is not what this is about.
            self.assertIn(run.returncode, (0, 2), run.stdout + run.stderr)
            self.assertIn("crops of 4 subjects", run.stdout)
            for phase in ("clean", "augmented"):
                self.assertRegex(run.stderr, rf"(?m)^{phase}  epoch \d+/\d+  ")


if __name__ == "__main__":
    unittest.main()
