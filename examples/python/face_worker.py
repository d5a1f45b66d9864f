"""Talk to face-worker from Python: one file, standard library only, Python 3.9 or newer.

    from face_worker import FaceWorker

    with FaceWorker(["face-worker", "--data", ":memory:"]) as worker:
        worker.call("enroll", {"subject": "ada"}, images=["ada-1.jpg", "ada-2.jpg"])
        print(worker.call("identify", images=["party.jpg"])["faces"])

`call` sends a request and waits for its answer. `request` returns at once with a `Pending`, a
`concurrent.futures.Future`, so that many requests can be in flight and answers arrive as they are ready:

    pending = [worker.request("detect", images=[photo]) for photo in photos]
    for answer in concurrent.futures.as_completed(pending):
        print(answer.result(), answer.timing)

Every method of FaceWorker may be called from any thread. The wire format is described in PROTOCOL.md.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import queue
import random
import struct
import subprocess
import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, Mapping, NamedTuple, Optional, Union

MAX_FRAME = 67_108_864
"""The largest frame, in bytes after the length field, that either side sends unless `ready` says otherwise."""

# Kinds of frame. The first two go to the worker, the others come from it.
REQUEST, CANCEL = 1, 2
READY, EVENT, RESULT, ERROR = 16, 17, 18, 19

Json = dict[str, Any]


# -- Errors ------------------------------------------------------------------------------------------------------------


class FaceWorkerError(Exception):
    """An error answer from the worker, or `sessionLost` when the worker is gone.

    `code` is stable and meant for programs, `message` is for people, `retry` is "never", "now" or "later"
    (then after `retry_after_ms` milliseconds), and `details` depends on the code.
    """

    def __init__(
        self,
        code: str,
        message: str,
        retry: str = "never",
        retry_after_ms: Optional[int] = None,
        details: Optional[Json] = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retry = retry
        self.retry_after_ms = retry_after_ms
        self.details = details or {}

    @classmethod
    def from_message(cls, message: Json) -> FaceWorkerError:
        """Reads the JSON of an error frame; fields that are missing get harmless values."""
        error = message.get("error")
        if not isinstance(error, dict):
            error = {}
        return cls(
            code=str(error.get("code", "internal")),
            message=str(error.get("message", "the worker gave no message")),
            retry=str(error.get("retry", "never")),
            retry_after_ms=error.get("retryAfterMs"),
            details=error.get("details"),
        )


class FrameError(Exception):
    """The bytes on the pipe are not a frame; nothing after them can be trusted."""


# -- Frames ------------------------------------------------------------------------------------------------------------


class Frame(NamedTuple):
    """One message: its kind, the id of the request it belongs to (0: the connection), its JSON, its attachments."""

    kind: int
    id: int
    message: Json
    attachments: bytes


_LENGTH = struct.Struct(">I")
_HEADER = struct.Struct(">BBBBQI")  # magic, version, kind, flags, id, length of the JSON
_MAGIC, _VERSION = 0xFA, 1


def encode_frame(kind: int, id: int, message: Json, attachments: Iterable[bytes] = ()) -> list[bytes]:
    """The bytes of a frame as a list of chunks, so that large attachments are never copied."""
    attachments = list(attachments)
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    length = _HEADER.size + len(body) + sum(map(len, attachments))
    if length > MAX_FRAME:
        raise ValueError(f"this request needs {length:,} bytes, a frame holds {MAX_FRAME:,}: send fewer images at once")
    header = _HEADER.pack(_MAGIC, _VERSION, kind, 0, id, len(body))
    return [_LENGTH.pack(length) + header + body, *attachments]


def read_frame(stream: io.BufferedIOBase) -> Optional[Frame]:
    """The next frame, or None at a clean end of the stream."""
    prefix = stream.read(_LENGTH.size)
    if not prefix:
        return None
    if len(prefix) < _LENGTH.size:
        raise FrameError("the stream ended inside a length field")
    (length,) = _LENGTH.unpack(prefix)
    if not _HEADER.size <= length <= MAX_FRAME:
        raise FrameError(f"a frame cannot be {length:,} bytes long; it began with {prefix!r}")
    payload = stream.read(length)
    if len(payload) < length:
        raise FrameError(f"the stream ended {length - len(payload):,} bytes before the end of a frame")
    magic, version, kind, flags, id, json_length = _HEADER.unpack_from(payload)
    if (magic, version, flags) != (_MAGIC, _VERSION, 0) or json_length > length - _HEADER.size:
        raise FrameError(f"not a frame header: {(prefix + payload[:16])!r}")
    json_end = _HEADER.size + json_length
    try:
        message = json.loads(payload[_HEADER.size : json_end])
    except ValueError as error:
        raise FrameError(f"the JSON of a frame cannot be read: {error}") from None
    if not isinstance(message, dict):
        raise FrameError("the JSON of a frame is not an object")
    return Frame(kind, id, message, payload[json_end:])


# -- Images ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RawImage:
    """Uncompressed 8-bit pixels, row by row: RGB RGB ..., or one byte a pixel when `gray`. `stride` is in bytes."""

    data: bytes
    width: int
    height: int
    stride: Optional[int] = None
    gray: bool = False


Image = Union[bytes, str, "os.PathLike[str]", RawImage]
"""An encoded JPEG or PNG, the path of one, or raw pixels."""

Images = Union[Iterable[Image], Mapping[str, Image]]
"""Several images in order, or by name (`verify` wants `{"a": ..., "b": ...}`)."""


def _describe_images(images: Images) -> tuple[list[Json], list[bytes]]:
    """The `attachments` field of a request and the bytes it describes."""
    named = images.items() if isinstance(images, Mapping) else (("image", image) for image in images)
    fields: list[Json] = []
    blobs: list[bytes] = []
    for name, image in named:
        field: Json = {"name": name}
        if isinstance(image, RawImage):
            blob = image.data
            field.update(type="image/x-gray" if image.gray else "image/x-rgb", width=image.width, height=image.height)
            if image.stride is not None:
                field["stride"] = image.stride
        else:
            blob = bytes(image) if isinstance(image, (bytes, bytearray, memoryview)) else Path(image).read_bytes()
            field["type"] = _media_type(blob)
        field["length"] = len(blob)
        fields.append(field)
        blobs.append(blob)
    return fields, blobs


def _media_type(blob: bytes) -> str:
    if blob.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if blob.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return "application/octet-stream"  # the worker looks for itself, and says what it found


# -- Requests ----------------------------------------------------------------------------------------------------------


class Pending(Future):
    """A request on its way. `result(timeout)` waits and gives the `result` object or raises `FaceWorkerError`.

    Once it is done, `timing` holds the worker's own timings in milliseconds, `generation` the state of the gallery that
    the answer was computed from, and `replayed` says that it is the first answer to the same `key`, kept by the gallery.
    `attachments` are the bytes behind the answer's JSON.
    """

    def __init__(self, worker: FaceWorker, id: int, on_event: Optional[Callable[[Json], None]]) -> None:
        super().__init__()
        self.id = id
        self.timing: Json = {}
        self.generation: Optional[int] = None
        self.replayed = False
        self.attachments = b""
        self._worker = worker
        self._on_event = on_event
        self._events: queue.SimpleQueue[Optional[Json]] = queue.SimpleQueue()
        self.set_running_or_notify_cancel()

    def events(self, timeout: Optional[float] = None) -> Iterator[Json]:
        """The events of this request as they arrive, until it is done. Raises `queue.Empty` after a silent `timeout`.

        Empty when the request was made with `on_event`.
        """
        while (event := self._events.get(timeout=timeout)) is not None:
            yield event
        self._events.put(None)  # so that a second loop ends as well

    def cancel(self) -> bool:
        """Asks the worker to stop. It still answers, usually with the error `cancelled`; False if it already has."""
        if self.done():
            return False
        return self._worker._send(CANCEL, self.id, {})

    def _receive_event(self, event: Json) -> None:
        if self._on_event:
            self._on_event(event)
        else:
            self._events.put(event)

    def _receive_result(self, message: Json, attachments: bytes) -> None:
        self.timing = message.get("timing") or {}
        self.generation = message.get("generation")
        self.replayed = message.get("replayed") is True
        self.attachments = attachments
        self.set_result(message.get("result", {}))
        self._events.put(None)

    def _fail(self, error: FaceWorkerError) -> None:
        self.set_exception(error)
        self._events.put(None)


# -- The worker --------------------------------------------------------------------------------------------------------


class FaceWorker:
    """A running face-worker process.

    `command` is the program and its options. `on_event` receives events about the connection itself, `on_log` each
    line of the worker's log (JSON objects); like a request's own `on_event` they run on a reading thread and should
    return quickly.
    """

    def __init__(
        self,
        command: Union[str, "os.PathLike[str]", Iterable[Union[str, "os.PathLike[str]"]]] = "face-worker",
        *,
        on_event: Optional[Callable[[Json], None]] = None,
        on_log: Optional[Callable[[str], None]] = None,
    ) -> None:
        self._on_event = on_event
        self._on_log = on_log
        self._ids = itertools.count(1)
        self._pending: dict[int, Pending] = {}
        self._lost: Optional[FaceWorkerError] = None
        self._state = threading.Lock()  # guards the two above; never held while reading or writing
        self._writing = threading.Lock()  # one frame at a time
        self._ready: Future = Future()
        self._last_log_lines: deque[str] = deque(maxlen=20)

        self.process = subprocess.Popen(
            [command] if isinstance(command, (str, os.PathLike)) else list(command),
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us; the worker ends when its input does
        )
        # Both outputs are read all the time: a full pipe would stop the worker, and then us.
        self._log_reader = threading.Thread(target=self._read_log, name="face-worker log", daemon=True)
        self._reader = threading.Thread(target=self._read_frames, name="face-worker frames", daemon=True)
        self._log_reader.start()
        self._reader.start()

    def __enter__(self) -> FaceWorker:
        return self

    def __exit__(self, exception_type: Any, *_: Any) -> None:
        self.close(timeout=30 if exception_type is None else 2)

    @property
    def lost(self) -> Optional[FaceWorkerError]:
        """Why the worker is gone; None while it serves."""
        return self._lost

    # Asking

    def ready(self, timeout: Optional[float] = 60) -> Json:
        """Waits until the worker can serve and returns what it said: version, models, limits, threads.

        Waiting is not necessary, requests may be sent at once. Raises `FaceWorkerError` if the worker did not start.
        """
        return self._ready.result(timeout)

    def request(
        self,
        method: str,
        params: Optional[Json] = None,
        images: Images = (),
        *,
        deadline_ms: Optional[int] = None,
        key: Optional[str] = None,
        on_event: Optional[Callable[[Json], None]] = None,
    ) -> Pending:
        """Sends a request and returns without waiting for the answer.

        `deadline_ms` counts from the worker's receipt, `key` makes a write safe to repeat. Raises `OSError` if an image
        cannot be read and `ValueError` if the images do not fit in a frame. Any other failure is the answer's.
        """
        message: Json = {"method": method, "params": params or {}}
        if deadline_ms is not None:
            message["deadlineMs"] = deadline_ms
        if key is not None:
            message["key"] = key
        fields, blobs = _describe_images(images)
        if fields:
            message["attachments"] = fields

        pending = Pending(self, next(self._ids), on_event)
        chunks = encode_frame(REQUEST, pending.id, message, blobs)
        with self._state:
            lost = self._lost
            if not lost:
                self._pending[pending.id] = pending
        if lost:
            pending._fail(lost)
        else:
            self._write(chunks)
        return pending

    def call(
        self,
        method: str,
        params: Optional[Json] = None,
        images: Images = (),
        *,
        deadline_ms: Optional[int] = None,
        key: Optional[str] = None,
        patience: float = 120,
    ) -> Json:
        """Sends a request and waits for its result. While the worker is `busy`, tries again for `patience` seconds."""
        images = dict(images) if isinstance(images, Mapping) else list(images)
        give_up = time.monotonic() + patience
        while True:
            try:
                return self.request(method, params, images, deadline_ms=deadline_ms, key=key).result()
            except FaceWorkerError as error:
                pause = (error.retry_after_ms or 50) / 1000 * random.uniform(1, 1.5)
                if error.code != "busy" or time.monotonic() + pause > give_up:
                    raise
            time.sleep(pause)

    # Ending

    def close(self, timeout: float = 30) -> int:
        """Closes the worker's input, lets it finish what is running, and returns its exit status.

        A worker that has not ended after `timeout` seconds is terminated, then killed.
        """
        if self._writing.acquire(timeout=timeout):  # a writer may be stuck on a worker that does not read
            try:
                self.process.stdin.close()
            finally:
                self._writing.release()
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.process.kill()
        if threading.current_thread() is not self._reader:
            self._reader.join(2)
            self._log_reader.join(2)
        return self.process.wait()

    # Writing

    def _send(self, kind: int, id: int, message: Json) -> bool:
        return self._write(encode_frame(kind, id, message))

    def _write(self, chunks: list[bytes]) -> bool:
        try:
            with self._writing:
                for chunk in chunks:
                    rest = memoryview(chunk)
                    while rest:
                        rest = rest[self.process.stdin.write(rest) :]
            return True
        except (OSError, ValueError):  # the pipe is broken, or closed by `close`
            # The reader knows best why (it may be reading the worker's last words): give it a moment.
            if threading.current_thread() is not self._reader:
                self._reader.join(2)
            self._lose("the worker no longer reads its input")
            return False

    # Reading

    def _read_frames(self) -> None:
        stream = io.BufferedReader(self.process.stdout, buffer_size=1 << 16)
        reason = None
        try:
            while reason is None and (frame := read_frame(stream)):
                reason = self._receive(frame)
        except FrameError as error:
            reason = str(error)
        except Exception as error:  # a callback's mistake must not leave everybody else waiting
            reason = f"a callback raised {error!r}"
        self._lose(reason)
        stream.close()

    def _receive(self, frame: Frame) -> Optional[str]:
        """Hands a frame to whoever waits for it. Returns the reason if it says that the connection is lost."""
        if frame.id == 0:
            if frame.kind == READY and not self._ready.done():
                self._ready.set_result(frame.message)
            elif frame.kind == EVENT and self._on_event:
                self._on_event(frame.message)
            elif frame.kind == ERROR:
                return str(FaceWorkerError.from_message(frame.message))
            return None
        terminal = frame.kind in (RESULT, ERROR)
        with self._state:
            pending = self._pending.pop(frame.id, None) if terminal else self._pending.get(frame.id)
        if pending is None:
            return None
        if frame.kind == EVENT:
            pending._receive_event(frame.message)
        elif frame.kind == RESULT:
            pending._receive_result(frame.message, frame.attachments)
        elif frame.kind == ERROR:
            pending._fail(FaceWorkerError.from_message(frame.message))
        return None

    def _lose(self, reason: Optional[str]) -> None:
        """Ends the conversation once: whoever still waits is told `sessionLost`, with the worker's last words."""
        with self._state:
            if self._lost:
                return
        try:
            status = self.process.wait(1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self._log_reader.join(1)

        ended = f"the worker ended with status {status}" if status >= 0 else f"the worker was ended by signal {-status}"
        log = "\n".join(self._last_log_lines)
        message = f"{reason or ended}" + (f"; its log ends with:\n{log}" if status and log else "")
        error = FaceWorkerError("sessionLost", message, "later", details={"exitStatus": status})
        with self._state:
            if self._lost:
                return
            self._lost = error
            waiting, self._pending = list(self._pending.values()), {}
        if not self._ready.done():
            self._ready.set_exception(error)
        for pending in waiting:
            pending._fail(error)

    def _read_log(self) -> None:
        with io.BufferedReader(self.process.stderr) as stream:
            while line := stream.readline(1 << 16):
                text = line.decode(errors="replace").rstrip()
                self._last_log_lines.append(text)
                if self._on_log:
                    self._on_log(text)
