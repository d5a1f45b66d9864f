"""What a worker tells of itself, and what it never tells: its log at every level, and its metrics, alone and in a pool."""

import json
import os
import re
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "examples" / "python"))
from face_worker import FaceWorker, FaceWorkerError  # noqa: E402
from test_load import MODELS, PHOTOS, SUPERVISOR, WORKER  # noqa: E402

SAMPLE = re.compile(r'^(face_[a-z_]+)(\{[^}]*\})? (\S+)$')


def samples(path):
    """Samples by name and labels."""
    found = {}
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            name, labels, value = SAMPLE.match(line).groups()
            found[name, labels or ""] = float(value)
    return found


@unittest.skipUnless(WORKER.exists() and SUPERVISOR.exists(), "no worker: run make build")
@unittest.skipUnless(MODELS.exists() and PHOTOS.exists(), "no models or photos: run make models")
class ObservabilityTests(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="face-worker-observed-")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.options = ["--models", str(MODELS), "--data", str(self.folder / "data")]

    def tries(self, call, *arguments, **named):
        try:
            return call(*arguments, **named)
        except FaceWorkerError as error:
            return error

    def test_no_level_of_the_log_tells_of_people(self):
        allowed = self.folder / "SecretFolder"
        allowed.mkdir()
        (allowed / "SecretFile.jpg").write_bytes((PHOTOS / "obama.jpg").read_bytes())
        (allowed / "SecretBroken.jpg").write_bytes(b"SecretBytes")
        for level in ("debug", "info", "error", "fault"):
            lines = []
            options = [*self.options, "--allow-path", str(allowed), "--log-level", level]
            with FaceWorker([WORKER, *options], on_log=lines.append) as worker:
                for number, photo in enumerate(("obama.jpg", "obama2.jpg", "biden.jpg")):
                    worker.call("enroll", {"subject": f"SecretSubject{number // 2}", "name": "SecretName",
                                           "metadata": {"note": "SecretNote"}}, [PHOTOS / photo], key=f"SecretKey{level}{number}")
                embedding = worker.call("embed", {}, [PHOTOS / "obama.jpg"])["faces"][0]["embedding"]
                worker.call("identify", {"annotate": True}, [PHOTOS / "obama3.jpg"])
                worker.call("subjects.rename", {"subject": "SecretSubject0", "name": "SecretOther"})
                for request in (
                    ("enroll", {"subject": "Secret\nSubject"}), ("subjects.get", {"subject": "SecretNobody"}),
                    ("SecretMethod", {}), ("detect", {"SecretField": 1}), ("train", {"epochs": {"clean": 1, "augmented": 0}}),
                    ("models.activate", {"id": "SecretModel"}), ("train.cancel", {"job": "SecretJob"}),
                ):
                    self.tries(worker.call, *request)
                self.tries(worker.call, "detect", {}, [b"SecretPixels"])
                stream = worker.call("stream.open")["stream"]
                worker.call("stream.frame", {"stream": stream}, [PHOTOS / "obama.jpg"])
                self.tries(worker.call, "stream.learn", {"stream": stream, "track": 1, "subject": "SecretLearned", "count": 1},
                           deadline_ms=300)
                worker.call("stream.close", {"stream": stream})
                for path in ("SecretFile.jpg", "SecretBroken.jpg", "SecretMissing.jpg", "/SecretElsewhere.jpg"):
                    message = {"method": "detect", "attachments": [{"name": "SecretAttachment", "path": str(allowed / path)}]}
                    self.by_path(worker, message)
                for subject in ("SecretSubject0", "SecretSubject1"):
                    worker.call("subjects.remove", {"subject": subject})
            log = "\n".join(lines)
            self.assertNotIn("secret", log.lower())
            self.assertNotIn(str(self.folder), log)
            for number in embedding[:20]:
                self.assertNotIn(f"{number:.4f}"[:6], log.replace(" ", ""))
            self.assertEqual(any('"debug"' in line for line in lines), level == "debug")
            self.assertEqual(any('"info"' in line for line in lines), level in ("debug", "info"))
            for line in lines:
                self.assertIn(json.loads(line)["level"], ("debug", "info", "error", "fault"))

    def by_path(self, worker, message):
        """The client reads files itself; here the worker shall."""
        from face_worker import REQUEST, Pending, encode_frame
        pending = Pending(worker, next(worker._ids), None)
        with worker._state:
            worker._pending[pending.id] = pending
        worker._write(encode_frame(REQUEST, pending.id, message))
        self.tries(pending.result, 60)

    def test_each_worker_of_a_pool_has_its_file(self):
        file = self.folder / "worker.prom"
        command = [SUPERVISOR, "--workers", "2", "--metrics", self.folder / "supervisor.prom", "--", WORKER, *self.options,
                   "--metrics", file, "--metrics-label", "site=a b"]
        with FaceWorker(command) as worker:
            for _ in range(20):
                worker.call("detect", {}, [PHOTOS / "grace_hopper.jpg"])
            status = worker.call("status")
            end = time.monotonic() + 20
            while len(status["supervisor"]["workers"]) < 2 and time.monotonic() < end:
                status = worker.call("status")
        self.assertEqual(sorted(path.name for path in self.folder.glob("*.prom*")),
                         ["supervisor.prom", "worker-0.prom", "worker-1.prom"])
        both = [samples(self.folder / f"worker-{slot}.prom") for slot in range(2)]
        self.assertFalse(both[0].keys() & both[1].keys(), "a collector refuses the same sample from two files")
        count = sum(value for metrics in both for (name, labels), value in metrics.items()
                    if name == "face_worker_request_duration_seconds_count" and 'method="detect"' in labels)
        self.assertEqual(count, 20)
        self.assertTrue(all(f'site="a b",slot="{slot}"' in labels for slot in range(2) for _, labels in both[slot]))
        self.assertEqual(samples(self.folder / "supervisor.prom")["face_supervisor_workers_serving", ""], 0)
        self.assertEqual((self.folder / "worker-0.prom").stat().st_mode & 0o777, 0o644)
        self.assertEqual({"work", "models", "status", "jobs", "trainings", "captures"}, set(status["queue"]["classes"]))
        self.assertGreaterEqual(status["peakResidentBytes"], status["residentBytes"] * 0.9)
        self.assertEqual(status["supervisor"]["restarts"], 0)

    def test_a_folder_that_is_not_there_is_named_at_the_start(self):
        worker = FaceWorker([WORKER, *self.options, "--metrics", self.folder / "nowhere" / "x.prom"])
        with self.assertRaises(FaceWorkerError):
            worker.ready()
        self.assertEqual(worker.close(), 69)

    def test_supervisor_and_workers_do_not_share_a_file(self):
        file = self.folder / "x.prom"
        worker = FaceWorker([SUPERVISOR, "--metrics", file, "--", WORKER, *self.options, "--metrics", file])
        with self.assertRaises(FaceWorkerError):
            worker.ready()
        self.assertEqual(worker.close(), 64)


if __name__ == "__main__":
    unittest.main()
