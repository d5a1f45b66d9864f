"""Tests of face_worker.py: python3 -m unittest, in this folder.

Most of them talk to a fake worker, written below with nothing but `struct`, that misbehaves on demand. The last ones
need the real program and say so when they are skipped.
"""

from __future__ import annotations

import concurrent.futures
import io
import os
import queue
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zlib
from pathlib import Path
from typing import Optional

from face_worker import ERROR, REQUEST, RESULT, FaceWorker, FaceWorkerError, FrameError, RawImage
from face_worker import encode_frame, read_frame

FAKE_WORKER = r"""
import json, os, struct, sys, time

source, sink = sys.stdin.buffer, os.fdopen(1, "wb", buffering=0)

def frame(kind, id, message, attachment=b""):
    body = json.dumps(message).encode()
    length = 16 + len(body) + len(attachment)
    return struct.pack(">IBBBBQI", length, 0xFA, 1, kind, 0, id, len(body)) + body + attachment

def send(data):
    while data:
        data = data[sink.write(data):]

def result(id, value):
    return frame(18, id, {"result": value, "timing": {"totalMs": 1.5}, "generation": 7})

def error(id, code, **more):
    return frame(19, id, {"error": {"code": code, "message": code + "!", "retry": "now", **more}})

if "--dies-at-start" in sys.argv:
    sys.exit("no models here")
send(frame(16, 0, {"version": "fake", "models": []}))
kept, busy, enrolled = [], 2, {}
while True:
    prefix = source.read(4)
    if not prefix:
        sys.exit(3 if "--fails-at-end" in sys.argv else 0)
    payload = source.read(struct.unpack(">I", prefix)[0])
    magic, version, kind, flags, id, length = struct.unpack_from(">BBBBQI", payload)
    message, attachments = json.loads(payload[16:16 + length]), payload[16 + length:]
    method = message.get("method")
    if kind == 2:
        send(error(id, "cancelled"))
    elif method == "echo":
        send(result(id, {"message": message, "bytes": len(attachments)}))
    elif method == "glue":                      # answers three requests with one write, last one first
        kept.append(id)
        if len(kept) == 3:
            send(b"".join(result(id, {"id": id}) for id in reversed(kept)))
    elif method == "dribble":
        for byte in result(id, {"slowly": True}):
            send(bytes([byte]))
    elif method == "big":                       # says as much as it was told, without listening meanwhile
        send(frame(18, id, {"result": {"bytes": len(attachments)}}, attachments))
    elif method == "events":
        for index in range(3):
            send(frame(17, id, {"event": "image", "index": index}))
        send(result(id, {"images": 3}))
    elif method == "busy":
        busy -= 1
        send(error(id, "busy", retryAfterMs=5) if busy >= 0 else result(id, {"finally": True}))
    elif method == "refuse":
        send(error(id, "noFace", details={"faces": 0}))
    elif method == "flood":
        os.write(2, b"x" * (1 << 20) + b"\n" + b"a line\n" * 1000)
        send(result(id, {}))
    elif method == "notice":
        send(frame(17, 0, {"event": "restarted"}) + result(id, {}))
    elif method == "crash":
        os.write(2, b"famous last words\n")
        send(result(id, {"half": "of this"})[:25])
        os._exit(7)
    elif method == "lose":
        send(frame(19, 0, {"error": {"code": "badFrame", "message": "47 45 54 20", "retry": "never"}}))
        sys.exit(65)
    elif method == "chatter":
        send(b"Loading model, please wait...\n")
        time.sleep(30)
    elif method == "deaf":                      # closes its input and lives on
        source.close()
        os.close(0)
        send(result(id, {}))
        time.sleep(30)
    elif method == "stop-reading":
        time.sleep(30)
    elif method == "wait":
        pass                                    # until it is cancelled
    elif method == "train":                     # goes as the batch says: 1 swaps, 2 keeps, 3 waits to be stopped, 4 breaks
        params = message.get("params", {})
        event = {"event": "train", "job": str(id), "step": 4, "steps": 8}
        send(frame(17, id, {**event, "phase": "reading", "epoch": 0, "epochs": 0}))
        for epoch in (1, 1, 2, 3):
            phase = "clean" if epoch < 3 else "augmented"
            more = {"loss": 1 / epoch, "accuracy": 0.9, "imagesPerSecond": 99.6, "secondsLeft": 3 - epoch}
            send(frame(17, id, {**event, **more, "phase": phase, "epoch": epoch, "epochs": 4}))
        answer = {"job": str(id), "state": "swapped", "accepted": True, "reasons": [], "subjects": 2, "samples": 6,
                  "skipped": 1, "scope": "head", "model": json.dumps(params, sort_keys=True), "seconds": 75.2, "head": "abc",
                  "resumed": True, "restarts": 0, "before": {"accuracy": 0.9}, "after": {"accuracy": 0.95, "fnir": 0.01}}
        if params.get("batch") == 2:
            answer.update(state="kept", accepted=False, reasons=["It is no better."])
        elif params.get("batch") == 4:
            answer.update(state="interrupted", accepted=False, reasons=["The child died."], before=None, after=None)
        if params.get("batch") != 3:
            send(result(id, answer))
    elif method == "enroll":                    # takes the bytes of an image for a face
        images, rejected, subject = [], [], message["params"]["subject"]
        for index, field in enumerate(message["attachments"]):
            image, attachments = attachments[:field["length"]], attachments[field["length"]:]
            if image == b"blurred":
                reasons = ["blurred", "small"]
                rejected.append({"index": index, "code": "lowQuality", "message": "poor", "reasons": reasons})
            elif image == b"crowd":
                rejected.append({"index": index, "code": "multipleFaces", "message": "2 faces", "reasons": []})
            else:
                images.append(image)
        new = [image for image in images if image not in enrolled]
        alike = [{"subject": "ada", "score": 0.8}] if b"C7" in images else []
        enrolled.update((image, subject) for image in images)
        if images:
            known = len(images) - len(new)
            counts = {"added": len(new), "alreadyEnrolled": known, "templates": 1}
            send(result(id, {"subject": subject, **counts, "rejected": rejected, "duplicates": alike}))
        else:
            send(error(id, "lowQuality", details={"rejected": rejected}))
    elif method == "identify":
        if attachments == b"broken":
            send(error(id, "imageUndecodable"))
            continue
        busy -= 1
        if busy >= 0:
            send(error(id, "busy", retryAfterMs=5))
            continue
        subject = enrolled.get(attachments)
        face = {
            "box": {"x": 1.2, "y": 2.0, "width": 30.6, "height": 40.0},
            "candidates": [{"subject": subject or "ada", "score": 0.9 if subject else 0.25}],
            "identity": subject and {"subject": subject, "score": 0.9, "source": "gallery", "threshold": 0.5},
        }
        picture = os.path.join(sys.argv[sys.argv.index("--media") + 1], "%032d.png" % id)
        with open(picture, "wb") as file:
            file.write(attachments)
        send(result(id, {"faces": [face] if attachments != b"empty" else [], "media": {"path": picture}}))
"""

HERE = Path(__file__).resolve().parent
PATIENCE = 20  # seconds; more than any of this takes, less than a hang


class FakeWorkerCase(unittest.TestCase):
    """Starts a fake worker for each test."""

    options: list[str] = []

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        script = Path(folder.name, "fake_worker.py")
        script.write_text(FAKE_WORKER)
        self.notices: list[dict] = []
        self.log: list[str] = []
        self.worker = FaceWorker(
            [sys.executable, script, *self.options], on_event=self.notices.append, on_log=self.log.append
        )
        self.addCleanup(self.worker.close, 5)

    def ask(self, method: str, *arguments, **named):
        return self.worker.request(method, *arguments, **named)

    def assert_lost(self, pending: concurrent.futures.Future) -> FaceWorkerError:
        with self.assertRaises(FaceWorkerError) as caught:
            pending.result(PATIENCE)
        self.assertEqual(caught.exception.code, "sessionLost")
        return caught.exception


class Answers(FakeWorkerCase):
    def test_ready(self) -> None:
        self.assertEqual(self.worker.ready(PATIENCE)["version"], "fake")

    def test_result_with_timing_and_generation(self) -> None:
        pending = self.ask("echo", {"topK": 3}, deadline_ms=500, key="k")
        sent = pending.result(PATIENCE)["message"]
        self.assertEqual(sent, {"method": "echo", "params": {"topK": 3}, "deadlineMs": 500, "key": "k"})
        self.assertEqual((pending.timing, pending.generation), ({"totalMs": 1.5}, 7))

    def test_images_are_described(self) -> None:
        jpeg, png = b"\xff\xd8\xff\xe0...", b"\x89PNG\r\n\x1a\n."
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            file.write(png)
            file.flush()
            color, gray = RawImage(b"123456", 2, 1), RawImage(b"12", 1, 1, stride=2, gray=True)
            answer = self.ask("echo", images={"a": jpeg, "b": file.name, "c": color, "d": gray}).result(PATIENCE)
        self.assertEqual(answer["bytes"], len(jpeg) + len(png) + 6 + 2)
        self.assertEqual(
            answer["message"]["attachments"],
            [
                {"name": "a", "type": "image/jpeg", "length": len(jpeg)},
                {"name": "b", "type": "image/png", "length": len(png)},
                {"name": "c", "type": "image/x-rgb", "width": 2, "height": 1, "length": 6},
                {"name": "d", "type": "image/x-gray", "width": 1, "height": 1, "stride": 2, "length": 2},
            ],
        )

    def test_error_answer(self) -> None:
        with self.assertRaises(FaceWorkerError) as caught:
            self.ask("refuse").result(PATIENCE)
        error = caught.exception
        self.assertEqual((error.code, error.message, error.retry), ("noFace", "noFace!", "now"))
        self.assertEqual((error.retry_after_ms, error.details), (None, {"faces": 0}))

    def test_events_by_iterator(self) -> None:
        pending = self.ask("events")
        self.assertEqual([event["index"] for event in pending.events(PATIENCE)], [0, 1, 2])
        self.assertEqual(list(pending.events(PATIENCE)), [])
        self.assertEqual(pending.result(0), {"images": 3})

    def test_events_by_callback(self) -> None:
        seen: list[int] = []
        self.ask("events", on_event=lambda event: seen.append(event["index"])).result(PATIENCE)
        self.assertEqual(seen, [0, 1, 2])

    def test_silence_of_the_iterator(self) -> None:
        with self.assertRaises(queue.Empty):
            next(self.ask("wait").events(timeout=0.05))

    def test_events_of_the_connection(self) -> None:
        self.ask("notice").result(PATIENCE)
        self.assertEqual(self.notices, [{"event": "restarted"}])

    def test_cancel(self) -> None:
        pending = self.ask("wait")
        self.assertTrue(pending.cancel())
        with self.assertRaises(FaceWorkerError) as caught:
            pending.result(PATIENCE)
        self.assertEqual(caught.exception.code, "cancelled")
        self.assertFalse(pending.cancel())

    def test_call_retries_while_busy(self) -> None:
        self.assertEqual(self.worker.call("busy", patience=PATIENCE), {"finally": True})

    def test_call_loses_patience(self) -> None:
        with self.assertRaises(FaceWorkerError) as caught:
            self.worker.call("busy", patience=0)
        self.assertEqual((caught.exception.code, caught.exception.retry_after_ms), ("busy", 5))

    def test_many_threads(self) -> None:
        def echo(number: int) -> int:
            return self.worker.call("echo", {"number": number}, [bytes(number)])["message"]["params"]["number"]

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual(list(pool.map(echo, range(200))), list(range(200)))


class Pipes(FakeWorkerCase):
    def test_glued_frames(self) -> None:
        pending = [self.ask("glue") for _ in range(3)]
        self.assertEqual([p.result(PATIENCE)["id"] for p in pending], [p.id for p in pending])

    def test_one_byte_at_a_time(self) -> None:
        self.assertEqual(self.ask("dribble").result(PATIENCE), {"slowly": True})

    def test_big_frames_both_ways_at_once(self) -> None:
        size = 8 << 20
        pending = [self.ask("big", images=[bytes(size)]) for _ in range(6)]
        self.assertEqual([p.result(PATIENCE)["bytes"] for p in pending], [size] * 6)

    def test_too_big_a_frame_is_refused_here(self) -> None:
        with self.assertRaises(ValueError):
            self.ask("big", images=[bytes(64 << 20)])
        self.assertTrue(self.ask("echo").result(PATIENCE))

    def test_flood_on_stderr(self) -> None:
        self.ask("flood").result(PATIENCE)
        self.worker.close()
        self.assertEqual(self.log.count("a line"), 1000)
        self.assertEqual(sum(len(line) for line in self.log if line.startswith("x")), 1 << 20)


class Losses(FakeWorkerCase):
    def test_crash_inside_a_frame(self) -> None:
        waiting = [self.ask("wait") for _ in range(3)]
        waiting.append(self.ask("crash"))
        for pending in waiting:
            error = self.assert_lost(pending)
            self.assertEqual(error.details["exitStatus"], 7)
            self.assertIn("famous last words", error.message)
        self.assert_lost(self.ask("echo"))

    def test_killed(self) -> None:
        pending = self.ask("wait")
        self.worker.process.send_signal(signal.SIGKILL)
        self.assertEqual(self.assert_lost(pending).details["exitStatus"], -signal.SIGKILL)
        self.assertEqual(list(pending.events(PATIENCE)), [])

    def test_error_with_id_zero(self) -> None:
        waiting = [self.ask("wait"), self.ask("lose")]
        for pending in waiting:
            self.assertIn("badFrame: 47 45 54 20", self.assert_lost(pending).message)
        self.assertEqual(self.worker.close(), 65)

    def test_text_on_stdout(self) -> None:
        started = time.monotonic()
        self.assertIn("Load", self.assert_lost(self.ask("chatter")).message)
        self.assertLess(time.monotonic() - started, PATIENCE)

    def test_closed_stdin(self) -> None:
        self.ask("deaf").result(PATIENCE)
        self.assert_lost(self.ask("echo", images=[bytes(1 << 20)]))

    def test_close_while_a_writer_is_stuck(self) -> None:
        self.ask("stop-reading")
        stuck: list[concurrent.futures.Future] = []
        writer = threading.Thread(target=lambda: stuck.append(self.ask("echo", images=[bytes(4 << 20)])))
        writer.start()
        time.sleep(0.2)
        self.assertEqual(self.worker.close(timeout=0.2), -signal.SIGTERM)
        writer.join(PATIENCE)
        self.assert_lost(stuck[0])

    def test_request_after_close(self) -> None:
        self.assertEqual(self.worker.close(), 0)
        self.assert_lost(self.ask("echo"))

    def test_callback_that_raises(self) -> None:
        def fail(_: dict) -> None:
            raise RuntimeError("my mistake")

        waiting = [self.ask("wait"), self.ask("events", on_event=fail)]
        for pending in waiting:
            self.assertIn("my mistake", self.assert_lost(pending).message)


class LossAtStart(FakeWorkerCase):
    options = ["--dies-at-start"]

    def test_ready_says_why(self) -> None:
        with self.assertRaises(FaceWorkerError) as caught:
            self.worker.ready(PATIENCE)
        self.assertIn("no models here", caught.exception.message)


class LossAtEnd(FakeWorkerCase):
    options = ["--fails-at-end"]

    def test_close_gives_the_status(self) -> None:
        self.worker.ready(PATIENCE)
        self.assertEqual(self.worker.close(), 3)


class MissingProgram(unittest.TestCase):
    def test_raises(self) -> None:
        with self.assertRaises(FileNotFoundError):
            FaceWorker("/nowhere/face-worker")


class Framing(unittest.TestCase):
    def test_the_example_of_the_specification(self) -> None:
        expected = bytes.fromhex(
            "00 00 00 21 FA 01 01 00 00 00 00 00 00 00 00 01 00 00 00 11"
            "7B 22 6D 65 74 68 6F 64 22 3A 22 70 69 6E 67 22 7D"
        )
        self.assertEqual(b"".join(encode_frame(REQUEST, 1, {"method": "ping"})), expected)

    def test_round_trip(self) -> None:
        stream = io.BytesIO(b"".join(encode_frame(RESULT, 2**53 - 1, {"name": "Zoë"}, [b"ab", b"", b"c"])))
        self.assertEqual(read_frame(stream), (RESULT, 2**53 - 1, {"name": "Zoë"}, b"abc"))
        self.assertIsNone(read_frame(stream))

    def test_what_is_not_a_frame(self) -> None:
        good = b"".join(encode_frame(ERROR, 1, {}))
        bad = {
            "too long": struct.pack(">I", 1 << 30) + good[4:],
            "too short": struct.pack(">I", 15) + good[4:],
            "magic": good[:4] + b"\xfb" + good[5:],
            "version": good[:5] + b"\x02" + good[6:],
            "flags": good[:7] + b"\x01" + good[8:],
            "JSON longer than the frame": good[:16] + struct.pack(">I", 3) + good[20:],
            "not JSON": good[:-1] + b"?",
            "not an object": good[:-2] + b"[]",
            "not UTF-8": good[:-2] + b"\xff\xff",
            "cut in the length": good[:3],
            "cut in the header": good[:10],
            "cut in the JSON": good[:-1],
        }
        for what, data in bad.items():
            with self.subTest(what), self.assertRaises(FrameError):
                read_frame(io.BytesIO(data))


class Script(unittest.TestCase):
    """enroll_and_identify.py against the fake worker, to which a face is the bytes of its file."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.fake = self.folder / "fake-worker"
        self.fake.write_text(f"#!{sys.executable}\n{FAKE_WORKER}")
        self.fake.chmod(0o700)

    def write(self, **files: bytes) -> None:
        for name, data in files.items():
            path = self.folder / name.replace("__", "/")
            path = path.with_name(path.name + ".png")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def run_script(self, *options: str, worker: Optional[str] = None) -> subprocess.CompletedProcess:
        script = [sys.executable, HERE / "enroll_and_identify.py", "--worker", worker or self.fake, *options]
        paths = [self.folder / "people", self.folder / "photos"]
        return subprocess.run(
            [*script, "--out", self.folder / "out", *paths], capture_output=True, text=True, timeout=PATIENCE
        )

    def test_everything(self) -> None:
        self.write(people__ada__1=b"A1", people__ada__2=b"blurred", people__bob__1=b"crowd")
        self.write(people__cy__0=b"C7", **{f"people__cy__{n}": b"C%d" % n for n in range(1, 40)})
        self.write(photos__a=b"A1", photos__b=b"broken", photos__c=b"C39", photos__d=b"stranger", photos__e=b"empty")
        run = self.run_script()
        self.assertEqual(run.returncode, 1, "one photo could not be read")
        lines = [" ".join(line.split()) for line in run.stdout.splitlines()]
        for line in [
            "ada 1 of 2 photos",
            "rejected 2.png: lowQuality: blurred, small",
            "bob 0 of 1 photo",
            "rejected 1.png: multipleFaces: 2 faces",
            "cy 39 of 40 photos, 1 already enrolled",
            "looks like ada: the same person?",
            "a.png 1 ada 0.900 0.500 31x40 at 1,2",
            "b.png - imageUndecodable: imageUndecodable!",
            "c.png 1 cy 0.900 0.500 31x40 at 1,2",
            "d.png 1 unknown 0.250 31x40 at 1,2",
            "e.png - no face found",
        ]:
            self.assertIn(line, lines)
        self.assertLess(lines.index("bob 0 of 1 photo"), lines.index("cy 39 of 40 photos, 1 already enrolled"))
        pictures = {path.name: path.read_bytes() for path in (self.folder / "out").iterdir()}
        expected = {"a": b"A1", "c": b"C39", "d": b"stranger", "e": b"empty"}
        self.assertEqual(pictures, {f"{stem}-identified.png": data for stem, data in expected.items()})
        self.assertIn("Identifying 5/5", run.stderr)

    def test_missing_worker(self) -> None:
        self.write(people__ada__1=b"A1", photos__a=b"A1")
        run = self.run_script(worker="/nowhere")
        self.assertEqual(run.returncode, 1)
        self.assertIn("no face-worker program at /nowhere", run.stderr)

    def test_missing_photos(self) -> None:
        self.write(people__ada__1=b"A1")
        run = self.run_script()
        self.assertEqual(run.returncode, 1)
        self.assertIn("There is no photo", run.stderr)
        (self.folder / "photos").mkdir()
        self.assertIn("There are no JPEG or PNG photos", self.run_script().stderr)

    def test_worker_that_cannot_start(self) -> None:
        self.write(people__ada__1=b"A1", photos__a=b"A1")
        run = self.run_script("--models=--dies-at-start")
        self.assertEqual(run.returncode, 1)
        self.assertIn("no models here", run.stderr)
        self.assertNotIn("Traceback", run.stderr)


# -- With the real program ---------------------------------------------------------------------------------------------

ROOT = HERE.parents[1]
PROGRAM = shutil.which(os.environ.get("FACE_WORKER") or str(ROOT / ".build/release/face-worker"))
SHARED = Path(os.environ.get("FACE_WORKER_SHARED") or ROOT.parent / "shared")
PEOPLE = SHARED / "data/lfw-people"


def gray_png(width: int, height: int) -> bytes:
    """A picture of nothing."""

    def chunk(type: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + type + data + struct.pack(">I", zlib.crc32(type + data))

    rows = (b"\0" + b"\x80" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@unittest.skipUnless(PROGRAM, "the real worker is not built: run `make build` or set FACE_WORKER")
class RealWorker(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def test_requests(self) -> None:
        command = [PROGRAM, "--data", ":memory:", "--media", Path(self.folder.name, "media")]
        with FaceWorker(command) as worker:
            self.assertIn("limits", worker.ready(PATIENCE))
            self.assertEqual(worker.call("ping"), {})
            blank = worker.request("detect", images=[gray_png(120, 90)])
            answer = blank.result(PATIENCE)
            self.assertEqual((answer["image"], answer["faces"]), ({"width": 120, "height": 90}, []))
            self.assertGreater(blank.timing["totalMs"], 0)
            for method, images, code in [
                ("nonsense", [], "unknownMethod"),
                ("detect", [], "badParams"),
                ("detect", [b"\xff\xd8\xff\xe0 no more"], "imageUndecodable"),
                ("verify", [gray_png(9, 9)], "badParams"),
            ]:
                with self.subTest(method=method, code=code), self.assertRaises(FaceWorkerError) as caught:
                    worker.call(method, images=images)
                self.assertEqual(caught.exception.code, code)
        self.assertEqual(worker.process.returncode, 0)

    @unittest.skipUnless(PEOPLE.is_dir(), f"the photos in {PEOPLE} are missing")
    def test_script(self) -> None:
        people = sorted(p for p in PEOPLE.rglob("*") if p.is_dir() and len(list(p.glob("*.jpg"))) >= 4)[:3]
        self.assertEqual(len(people), 3)
        gallery, out = Path(self.folder.name, "people"), Path(self.folder.name, "out")
        probes = []
        for person in people:
            photos = sorted(person.glob("*.jpg"))
            (gallery / person.name).mkdir(parents=True)
            for photo in photos[:3]:
                shutil.copy(photo, gallery / person.name)
            probes.append(photos[3])
        script = HERE / "enroll_and_identify.py"
        run = subprocess.run(
            [sys.executable, script, "--worker", PROGRAM, "--out", out, gallery, *probes],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        self.assertEqual(run.returncode, 0, run.stderr)
        for person, probe in zip(people, probes):
            rows = [line.split() for line in run.stdout.splitlines() if line.split()[:1] == [probe.name]]
            self.assertIn(person.name, [row[2] for row in rows], run.stdout)
        self.assertEqual(len(list(out.glob("*-identified.*"))), len(probes))


if __name__ == "__main__":
    unittest.main()
