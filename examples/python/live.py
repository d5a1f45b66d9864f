#!/usr/bin/env python3
"""Play a video file through a stream of the worker, as a camera would, and write it with boxes and names.

    live.py VIDEO [--out FILE] [--learn NAME@FRAME[:TRACK]]...

Frames are sent at the video's own pace. A frame that the worker has no time for is dropped, and shows the boxes of the one
before. `--learn Ada@10` learns the largest face that nobody knows from frame 10 on, under the name Ada; `--learn Ada@10:2`
learns track 2. ffmpeg reads and writes the video.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Iterator, Optional

from enroll_and_identify import find_worker
from face_worker import FaceWorker, FaceWorkerError, Pending, RawImage
from pixel_drawing import Picture

KNOWN, UNKNOWN, UNCERTAIN, LEARNING = (24, 163, 82), (245, 158, 11), (150, 150, 150), (37, 110, 225)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def main(arguments: Optional[list[str]] = None) -> int:
    options = parse_options(arguments)
    for tool in ("ffmpeg", "ffprobe"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is not installed; this example reads and writes videos with it.")
    video = Video(options.video)
    command = [find_worker(options.worker), "--data", options.data, "--log-level", "error"]
    if options.models:
        command += ["--models", options.models]
    with FaceWorker(command) as worker:
        worker.ready()
        show = Show(worker, video, options)
        show.play()
        show.finish()
    # The worker's input has ended: a face that was still being learned was learned from what there was.
    show.report()
    return 0


# -- The video ---------------------------------------------------------------------------------------------------------


class Video:
    """A file that ffmpeg can read: its size, its pace, and its frames as RGB bytes."""

    def __init__(self, path: Path) -> None:
        fields = "stream=width,height,avg_frame_rate:stream_tags=rotate:stream_side_data=rotation"
        probe = subprocess.run(
            ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", fields, "-of", "json", str(path)],
            capture_output=True,
        )
        streams = json.loads(probe.stdout or b"{}").get("streams")
        if not streams:
            sys.exit(f"ffprobe finds no video in {path}: {probe.stderr.decode(errors='replace').strip()}")
        self.path, (self.width, self.height) = path, self._upright_size(streams[0])
        over, _, under = streams[0]["avg_frame_rate"].partition("/")
        self.fps = float(over) / float(under or 1) if float(under or 1) and float(over) else 25.0

    @staticmethod
    def _upright_size(stream: dict[str, Any]) -> tuple[int, int]:
        """ffmpeg turns pictures upright while it decodes."""
        turns = [stream.get("tags", {}).get("rotate", 0)]
        turns += [data.get("rotation", 0) for data in stream.get("side_data_list", [])]
        size = stream["width"], stream["height"]
        return size[::-1] if any(abs(int(turn)) % 180 == 90 for turn in turns) else size

    def frames(self) -> Iterator[bytes]:
        command = ["ffmpeg", "-v", "error", "-nostdin", "-i", str(self.path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as decoder:
            assert decoder.stdout
            try:
                while len(frame := decoder.stdout.read(self.width * self.height * 3)) == self.width * self.height * 3:
                    yield frame
            finally:
                decoder.kill()


class VideoWriter:
    """Encodes RGB frames into a file."""

    def __init__(self, path: Path, video: Video) -> None:
        size, rate = f"{video.width}x{video.height}", f"{video.fps:.6f}"
        # Most encoders want even sizes.
        even = "pad=ceil(iw/2)*2:ceil(ih/2)*2"
        self._encoder = subprocess.Popen(
            ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", rate, "-i", "-"]
            + ["-vf", even, "-pix_fmt", "yuv420p", str(path)],
            stdin=subprocess.PIPE,
        )
        assert self._encoder.stdin
        self._input: BinaryIO = self._encoder.stdin  # type: ignore[assignment]

    def write(self, pixels: bytes) -> None:
        try:
            self._input.write(pixels)
        except BrokenPipeError:
            sys.exit("ffmpeg could not write the video.")

    def close(self) -> None:
        self._input.close()
        if self._encoder.wait() != 0:
            sys.exit("ffmpeg could not write the video.")


# -- Playing -----------------------------------------------------------------------------------------------------------


@dataclass
class Lesson:
    """A face to learn: from which frame on, and which track unless it is the largest unknown one."""

    name: str
    frame: int
    track: Optional[int] = None
    pending: Optional[Pending] = None
    captured: int = 0


@dataclass
class Sent:
    """A frame on its way."""

    number: int
    pixels: bytes
    pending: Pending
    sent: float
    done: Optional[float] = None


@dataclass
class Show:
    """The video's way through the worker and into the new file."""

    worker: FaceWorker
    video: Video
    options: argparse.Namespace
    waiting: deque[Sent] = field(default_factory=deque)
    tracks: list[dict[str, Any]] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    dropped: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        params: dict[str, Any] = {}
        if self.options.min_face:
            params["minFaceSize"] = self.options.min_face
        self.stream = self.worker.call("stream.open", params)["stream"]
        self.lessons: list[Lesson] = self.options.learn
        self.writer = VideoWriter(self.options.out, self.video)

    def play(self) -> None:
        start = time.monotonic()
        for number, pixels in enumerate(self.video.frames(), start=1):
            if not self.options.every_frame:
                time.sleep(max(0.0, start + (number - 1) / self.video.fps - time.monotonic()))
            self.send(number, pixels)
            while self.waiting and (self.options.every_frame or self.waiting[0].pending.done()):
                self.show(self.waiting.popleft())
            self.start_lessons(number)

    def send(self, number: int, pixels: bytes) -> None:
        image = RawImage(pixels, self.video.width, self.video.height)
        params = {"stream": self.stream, "timeMs": (number - 1) * 1000 / self.video.fps}
        sent = Sent(number, pixels, self.worker.request("stream.frame", params, [image]), time.monotonic())
        sent.pending.add_done_callback(lambda _: setattr(sent, "done", time.monotonic()))
        self.waiting.append(sent)

    def show(self, sent: Sent) -> None:
        """Waits for the answer to a frame and writes the frame."""
        try:
            answer = sent.pending.result()
            if answer.get("dropped"):
                self.dropped += 1
            else:
                self.tracks = answer["tracks"]
                self.latencies.append(((sent.done or time.monotonic()) - sent.sent) * 1000)
                self.seen.update(name_of(track) for track in self.tracks if track["identity"])
        except FaceWorkerError as error:
            self.failures[str(error)] += 1
        picture = Picture(sent.pixels, self.video.width, self.video.height)
        learning = {lesson.track: lesson for lesson in self.lessons if lesson.pending and not lesson.pending.done()}
        for track in self.tracks:
            draw(picture, track, learning.get(track["track"]))
        self.writer.write(picture.pixels)

    def start_lessons(self, number: int) -> None:
        for lesson in self.lessons:
            if lesson.pending or number < lesson.frame:
                continue
            taken = {other.track for other in self.lessons if other.pending}
            free = [t["track"] for t in self.tracks if t["confirmed"] and not t["identity"] and t["track"] not in taken]
            if lesson.track is None and free:
                lesson.track = free[0]
            if lesson.track is None or not any(track["track"] == lesson.track for track in self.tracks):
                continue
            self.learn(lesson, number)

    def learn(self, lesson: Lesson, number: int) -> None:
        params = {"stream": self.stream, "track": lesson.track, "name": lesson.name, "count": self.options.count}
        params.update(seconds=self.options.seconds, train=self.options.train)

        def on_event(event: dict[str, Any]) -> None:
            if event.get("event") == "capture":
                lesson.captured = event["captured"]

        print(f"frame {number}: learning {lesson.name} from track {lesson.track}", flush=True)
        lesson.pending = self.worker.request("stream.learn", params, on_event=on_event)

    def finish(self) -> None:
        while self.waiting:
            self.show(self.waiting.popleft())
        self.writer.close()

    def report(self) -> None:
        for lesson in self.lessons:
            self.report_lesson(lesson)
        answered = len(self.latencies)
        failed = sum(self.failures.values())
        total = answered + self.dropped + failed
        print(f"{total} frames: {answered} answered, {self.dropped} dropped, {failed} failed")
        if self.latencies:
            ordered = sorted(self.latencies)
            middle, most = (ordered[math.ceil(share * answered) - 1] for share in (0.5, 0.95))
            print(f"latency: median {middle:.0f} ms, 95 % within {most:.0f} ms, longest {ordered[-1]:.0f} ms")
        for name, count in self.seen.most_common():
            print(f"{name}: on {count} frames")
        for failure, count in self.failures.most_common(5):
            print(f"{count} times: {failure}")
        print(f"written to {self.options.out}")

    def report_lesson(self, lesson: Lesson) -> None:
        if not lesson.pending:
            print(f"{lesson.name} was not learned: there was no such face from frame {lesson.frame} on.")
            return
        try:
            result = lesson.pending.result(timeout=60)
        except FaceWorkerError as error:
            print(f"{lesson.name} was not learned: {error}")
            return
        reasons = Counter(reason for frame in result["rejected"] for reason in frame["reasons"])
        rejected = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common()) or "none"
        print(f"{lesson.name}: {result['captured']} crops captured ({result['ended']}), rejected: {rejected}")
        for other in result["duplicates"]:
            print(f"  looks like {other.get('name') or other['subject']} ({other['score']:.3f})")


def name_of(track: dict[str, Any]) -> str:
    return track["identity"].get("name") or track["identity"]["subject"]


def draw(picture: Picture, track: dict[str, Any], lesson: Optional[Lesson]) -> None:
    box = track["box"]
    if lesson:
        color, text = LEARNING, f"{track['track']} {lesson.name} {lesson.captured}"
    elif track["identity"]:
        color, text = KNOWN, f"{track['track']} {name_of(track)} {track['identity']['score']:.2f}"
    else:
        color, text = (UNKNOWN if track["confirmed"] else UNCERTAIN), f"{track['track']} ?"
    scale = max(2, picture.height // 240)
    picture.box(box["x"], box["y"], box["width"], box["height"], color, thickness=max(2, scale - 1))
    picture.label(text, box["x"], box["y"], color, BLACK if color == UNKNOWN else WHITE, scale)


# -- Options -----------------------------------------------------------------------------------------------------------


def parse_lesson(text: str) -> Lesson:
    name, at, rest = text.rpartition("@")
    frame, _, track = rest.partition(":")
    if not (at and name and frame.isdigit() and (track.isdigit() or ":" not in rest)):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME@FRAME or NAME@FRAME:TRACK")
    return Lesson(name, int(frame), int(track) if track else None)


def parse_options(arguments: Optional[list[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", type=Path, help="any file that ffmpeg reads")
    parser.add_argument("--out", type=Path, default=Path("live.mp4"), help="the annotated video (default: live.mp4)")
    parser.add_argument("--learn", type=parse_lesson, action="append", default=[], metavar="NAME@FRAME[:TRACK]")
    parser.add_argument("--count", type=int, default=50, help="crops to learn from (default: 50)")
    parser.add_argument("--seconds", type=float, default=30, help="time for learning (default: 30)")
    parser.add_argument("--train", action="store_true", help="train the classifier behind the learning")
    parser.add_argument("--every-frame", action="store_true", help="wait for each answer: slower, but nothing is dropped")
    parser.add_argument("--min-face", type=int, help="smallest face worth finding, in pixels (default: 40)")
    parser.add_argument("--data", default=":memory:", help="where the gallery is kept (default: nowhere)")
    parser.add_argument("--models", help="the folder with the models")
    parser.add_argument("--worker", help="the worker program")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
