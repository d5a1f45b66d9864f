"""Tests of live.py and pixel_drawing.py: python3 -m unittest, in this folder.

The clip is made by ffmpeg from a sample photo. Without ffmpeg, the worker, the models or the photo, the tests that need them
say so when they are skipped.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Optional

import live
from pixel_drawing import Picture, plain

ROOT = Path(__file__).resolve().parents[2]
WORKER = os.environ.get("FACE_WORKER") or str(ROOT / ".build/release/face-worker")
MODELS = os.environ.get("FACE_WORKER_MODELS") or str(ROOT / "models")
PHOTO = ROOT / ".cache/samples/obama.jpg"


def missing() -> Optional[str]:
    if not (shutil.which("ffmpeg") and shutil.which("ffprobe")):
        return "needs ffmpeg"
    if not shutil.which(WORKER):
        return f"needs the worker at {WORKER}: make build"
    if not Path(MODELS, "mtcnn/manifest.json").exists() or not PHOTO.exists():
        return "needs the models and the sample photos: make models"
    return None


class PictureTests(unittest.TestCase):
    def test_draws_inside_and_cuts_off_what_is_outside(self) -> None:
        picture = Picture(bytes(8 * 6 * 3), 8, 6)
        picture.box(2, 1, 4, 4, (255, 0, 0), thickness=1)
        rows = [[any(picture.pixels[(y * 8 + x) * 3 :][:3]) for x in range(8)] for y in range(6)]
        self.assertEqual([sum(row) for row in rows], [0, 4, 2, 2, 4, 0])
        for x, y, width, height in ((-50, -50, 1000, 1000), (7.6, 5.2, 3, 3), (100, 100, 5, 5), (3, 3, -9, 2)):
            picture.box(x, y, width, height, (0, 255, 0))
        self.assertEqual(len(picture.pixels), 8 * 6 * 3)

    def test_writes_labels_of_any_text(self) -> None:
        picture = Picture(bytes(200 * 40 * 3), 200, 40)
        picture.label("Zoë Müller 0.97 東", 150, 2, (0, 0, 255), (255, 255, 255), scale=2)
        self.assertIn(b"\xff\xff\xff", picture.pixels)
        self.assertEqual(plain("Zoë 東!"), "ZOE ?!")
        picture.label("", 0, 0, (1, 1, 1), (2, 2, 2))
        picture.label("x" * 500, -5, 500, (1, 1, 1), (2, 2, 2))
        with self.assertRaises(ValueError):
            Picture(b"123", 2, 2)


class OptionTests(unittest.TestCase):
    def test_reads_lessons(self) -> None:
        lesson = live.parse_lesson("Ada@10")
        self.assertEqual((lesson.name, lesson.frame, lesson.track), ("Ada", 10, None))
        lesson = live.parse_lesson("ada@home@7:3")
        self.assertEqual((lesson.name, lesson.frame, lesson.track), ("ada@home", 7, 3))
        for wrong in ("Ada", "@5", "Ada@", "Ada@x", "Ada@5:", "Ada@5:y"):
            with self.assertRaises(Exception, msg=wrong):
                live.parse_lesson(wrong)


@unittest.skipIf(missing(), missing() or "")
class LiveTests(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def make_clip(self, source: list[str], filters: str, frames: int) -> Path:
        clip = self.folder / "clip.mkv"
        command = ["ffmpeg", "-v", "error", "-y", *source, "-vf", filters, "-frames:v", str(frames), "-r", "25"]
        subprocess.run([*command, "-c:v", "ffv1", str(clip)], check=True, stdin=subprocess.DEVNULL)
        return clip

    def run_live(self, clip: Path, *options: str) -> tuple[str, Path]:
        out = self.folder / "out.mp4"
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            status = live.main([str(clip), "--out", str(out), "--worker", WORKER, "--models", MODELS, *options])
        self.assertEqual(status, 0)
        return printed.getvalue(), out

    def count_frames(self, video: Path) -> int:
        fields = ["-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "json"]
        probe = subprocess.run(["ffprobe", "-v", "error", *fields, str(video)], check=True, capture_output=True)
        return int(json.loads(probe.stdout)["streams"][0]["nb_read_frames"])

    def test_learns_a_face_and_shows_its_name(self) -> None:
        # The photo before a camera that moves a little, which also makes every frame another picture.
        pan = "scale=640:-2,crop=480:360:'60+40*sin(n/7)':'20+15*cos(n/9)'"
        clip = self.make_clip(["-loop", "1", "-framerate", "25", "-i", str(PHOTO)], pan, 70)
        printed, out = self.run_live(clip, "--learn", "Barack@5", "--count", "10", "--every-frame")
        self.assertRegex(printed, r"frame \d+: learning Barack from track 1\n")
        self.assertRegex(printed, r"Barack: 10 crops captured \(count\), rejected: ")
        self.assertIn("70 frames: 70 answered, 0 dropped, 0 failed", printed)
        known = re.search(r"Barack: on (\d+) frames", printed)
        self.assertIsNotNone(known, printed)
        self.assertGreater(int(known.group(1)), 30)
        self.assertEqual(self.count_frames(out), 70)

    def test_plays_at_the_pace_of_a_video_without_faces(self) -> None:
        clip = self.make_clip(["-f", "lavfi", "-i", "testsrc=size=321x241:rate=25"], "null", 25)
        printed, out = self.run_live(clip, "--learn", "Nobody@3")
        self.assertIn("Nobody was not learned", printed)
        numbers = re.search(r"(\d+) frames: (\d+) answered, (\d+) dropped, (\d+) failed", printed)
        self.assertIsNotNone(numbers, printed)
        total, answered, dropped, failed = map(int, numbers.groups())
        self.assertEqual((total, failed), (self.count_frames(out), 0))
        self.assertEqual(answered + dropped, total)


if __name__ == "__main__":
    unittest.main()
