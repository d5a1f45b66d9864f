"""Plays a video file through a stream of the worker on a clock, as a camera would."""
import json
import math
import subprocess
import threading
import time

from face_worker import FaceWorkerError, RawImage


def read_frames(path, raw=False, limit=None):
    """The frames of a video file: JPEGs, or raw RGB pixels."""
    probe = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height,r_frame_rate",
         "-of", "json", path], check=True, capture_output=True)
    stream = json.loads(probe.stdout)["streams"][0]
    width, height = stream["width"], stream["height"]
    over, under = stream["r_frame_rate"].split("/")
    command = ["ffmpeg", "-v", "error", "-i", path] + (["-frames:v", str(limit)] if limit else [])
    if raw:
        output = subprocess.run(
            command + ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"], check=True, capture_output=True).stdout
        size = width * height * 3
        frames = [RawImage(output[at:at + size], width, height) for at in range(0, len(output) - size + 1, size)]
    else:
        output = subprocess.run(
            command + ["-f", "image2pipe", "-c:v", "mjpeg", "-q:v", "3", "-"], check=True, capture_output=True).stdout
        frames, at = [], 0
        while at < len(output):
            end = output.find(b"\xff\xd9\xff\xd8", at)
            end = len(output) if end < 0 else end + 2
            frames.append(output[at:end])
            at = end
    return frames, int(over) / int(under)


class Sent:
    """One frame on its way, and what became of it."""

    def __init__(self, number, sent):
        self.number, self.sent = number, sent
        self.done = self.result = self.error = None

    @property
    def latency(self):
        return (self.done - self.sent) * 1000

    @property
    def dropped(self):
        return bool(self.result and self.result.get("dropped"))


class Player:
    """Sends frames in real time and notes when each answer comes."""

    def __init__(self, worker, frames, fps, **open_params):
        self.worker, self.frames, self.fps = worker, frames, fps
        self.stream = worker.call("stream.open", open_params)["stream"]
        self.sent = []
        self.answered = threading.Condition()

    def play(self, count, on_frame=None):
        """Sends the next `count` frames, the clip over and over; waits for all answers."""
        first, start = len(self.sent), time.monotonic()
        for index in range(count):
            time.sleep(max(0, start + index / self.fps - time.monotonic()))
            number = len(self.sent) + 1
            if on_frame:
                on_frame(number, self)
            frame = Sent(number, time.monotonic())
            self.sent.append(frame)
            pending = self.worker.request(
                "stream.frame", {"stream": self.stream}, [self.frames[(number - 1) % len(self.frames)]])
            pending.add_done_callback(lambda done, frame=frame: self._receive(frame, done))
        with self.answered:
            self.answered.wait_for(lambda: all(frame.done for frame in self.sent), timeout=60)
        return self.sent[first:]

    def latest(self):
        """The newest answer that was no dropped one."""
        with self.answered:
            return next((f.result for f in reversed(self.sent) if f.result and not f.dropped), None)

    def _receive(self, frame, done):
        now = time.monotonic()
        with self.answered:
            try:
                frame.result = done.result()
            except FaceWorkerError as error:
                frame.error = error
            frame.done = now
            self.answered.notify_all()

    def close(self):
        return self.worker.call("stream.close", {"stream": self.stream})


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, math.ceil(share * len(values)) - 1)] if values else float("nan")


def summary(frames):
    """Latency of the frames that were answered, in milliseconds, and how many were dropped."""
    times = [frame.latency for frame in frames if not frame.dropped and not frame.error]
    return {"frames": len(frames), "dropped": sum(frame.dropped for frame in frames),
            "errors": sum(frame.error is not None for frame in frames),
            "median": percentile(times, 0.5), "p95": percentile(times, 0.95), "max": max(times, default=float("nan"))}


def line(name, s):
    return (f"{name:<34} {s['frames']:>5} frames, {s['dropped']:>4} dropped, {s['errors']} errors; latency "
            f"median {s['median']:6.1f}, p95 {s['p95']:6.1f}, max {s['max']:6.1f} ms")
