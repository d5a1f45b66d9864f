"""Recorded conversations of a host with a worker: how they are written in files, and what of them must agree.

A session is a text file. It begins with `# key: value` lines:

    # title: what it shows
    # host: what the host has to do, for people
    # ask: {...}            a line for the `ask` program of a host (an empty one waits for all answers)
    # reply: {...}          what `ask` must print for it, at least
    # start-ms: 1000        how long the host should let the worker take to become ready
    # replay: yes           a real worker answered like this; `replay` asks another one

Then follow files that the host sends, the steps of the conversation, and hex bytes below what they belong to. `41 * 1000` is
a byte a thousand times, `@NAME * 40` a file above forty times; what follows a semicolon is a comment.

    file NAME               bytes that the host attaches
    life                    what follows happens in the next worker, after a restart
    host request            the host sends a request like this one. Several in a row come in any order
    host cancel             ... or cancels a request
    host end                the host closes the worker's input, or sends `shutdown`
    worker                  the worker writes these frames, with the ids that the host chose
    worker in pieces of N   ... N bytes at a time
    worker raw              the worker writes these bytes, which need not be frames
    worker log N            the worker writes N bytes to its log
    worker pause MS         the worker does nothing, and does not read
    worker close            the worker closes its output
    worker hang             the worker does nothing until it is killed
    worker exit STATUS, worker signal NUMBER
"""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any, Iterator, NamedTuple, Optional, Union

MAX_FRAME, MAX_JSON, MAX_ID = 67_108_864, 1_048_576, 2**53 - 1
REQUEST, CANCEL, READY, EVENT, RESULT, ERROR = 1, 2, 16, 17, 18, 19
HEADER = struct.Struct(">IBBBBQI")  # N, magic, version, kind, flags, id, J
MAGIC, VERSION = 0xFA, 1

STEP = re.compile(r"file \S+|life|host (request|cancel|end)|worker( raw| hang| close| (in pieces of|log|pause|exit|signal) \d+)?$")


class Frame(NamedTuple):
    """One message. `json` is None when a cancel has none."""

    kind: int
    id: int
    json: Any
    blob: bytes = b""

    def encode(self) -> bytes:
        body = b"" if self.json is None else json.dumps(self.json, separators=(",", ":"), ensure_ascii=False).encode()
        length = HEADER.size - 4 + len(body) + len(self.blob)
        return HEADER.pack(length, MAGIC, VERSION, self.kind, 0, self.id, len(body)) + body + self.blob


class FrameError(Exception):
    """Bytes that are no frame, with the reason."""


def split(data: bytes) -> Iterator[Frame]:
    """The frames in some bytes."""
    while data:
        if len(data) < HEADER.size:
            raise FrameError(f"only {len(data)} bytes of a frame")
        end = 4 + check_header(data[: HEADER.size])
        if len(data) < end:
            raise FrameError(f"a frame of {end} bytes has only {len(data)}")
        yield decode(data[:end])
        data = data[end:]


def renumber(data: bytes, ids: dict[int, int]) -> bytes:
    """Frames with other ids, and otherwise byte by byte the same."""
    result, position = bytearray(data), 0
    for frame in split(data):
        struct.pack_into(">Q", result, position + 8, ids.get(frame.id, frame.id))
        position += 4 + int.from_bytes(data[position : position + 4], "big")
    return bytes(result)


def check_header(head: bytes) -> int:
    """N of a frame whose first 20 bytes are valid."""
    length, magic, version, _, flags, _, json_length = HEADER.unpack(head)
    if not 16 <= length <= MAX_FRAME:
        hint = " (little-endian?)" if 16 <= int.from_bytes(head[:4], "little") <= MAX_FRAME else ""
        raise FrameError(f"the length {length} is not in 16 ... {MAX_FRAME}{hint}: {head[:4].hex(' ')}")
    if (magic, version, flags) != (MAGIC, VERSION, 0):
        raise FrameError(f"magic, version and flags are {magic:#x}, {version}, {flags} instead of 0xfa, 1, 0")
    if json_length > min(MAX_JSON, length - 16):
        raise FrameError(f"J is {json_length} in a frame with N = {length}")
    return length


def decode(data: bytes) -> Frame:
    """A frame from all of its bytes, whose header is valid."""
    _, _, _, kind, _, id, json_length = HEADER.unpack_from(data)
    body = data[HEADER.size : HEADER.size + json_length]
    if kind == CANCEL:  # its JSON is not read
        return Frame(kind, id, None)
    try:
        message = json.loads(body.decode())
    except ValueError as error:
        raise FrameError(f"the JSON cannot be read: {error}") from None
    if not isinstance(message, dict):
        raise FrameError("the JSON is no object")
    return Frame(kind, id, message, data[HEADER.size + json_length :])


class Step(NamedTuple):
    """Who does what, with the bytes below it."""

    what: str
    data: bytes

    @property
    def number(self) -> int:
        return int(self.what.split()[-1])


class Session(NamedTuple):
    """A session file."""

    name: str
    head: dict[str, list[str]]
    files: dict[str, bytes]
    lives: list[list[Step]]

    def first(self, key: str) -> str:
        return self.head.get(key, [""])[0]


def parse_hex(line: str, files: dict[str, bytes]) -> bytes:
    what, star, count = line.partition("*")
    data = files[what[1:].strip()] if what.startswith("@") else bytes.fromhex(what)
    return data * (int(count) if star else 1)


def load(path: Union[str, Path]) -> Session:
    """Reads a session; raises ValueError with the number of a line that is wrong."""
    session = Session(Path(path).stem, {}, {}, [[]])
    target = bytearray()
    for number, line in enumerate(Path(path).read_text().splitlines(), 1):
        if line.startswith("#"):
            key, _, value = line[1:].partition(":")
            session.head.setdefault(key.strip(), []).append(value.strip())
            continue
        line = line.partition(";")[0].strip()
        try:
            if not STEP.match(line):
                target += parse_hex(line, session.files)
            elif line == "life":
                session.lives.append([])
            else:
                target = bytearray()
                if line.startswith("file "):
                    session.files[line[5:]] = target
                else:
                    session.lives[-1].append(Step(line, target))
        except (ValueError, KeyError):
            raise ValueError(f"{path}:{number}: neither a step nor hex: {line}") from None
    return session


def dump(session: Session) -> str:
    """The text of a session."""
    lines = [f"# {key}: {value}".rstrip() for key, values in session.head.items() for value in values]
    for name, data in session.files.items():
        lines += ["", f"file {name}", *hex_lines(data, {})]
    for index, life in enumerate(session.lives):
        lines += ["", "life"] if index else []
        for step in life:
            lines += ["", step.what]
            lines += hex_lines(step.data, session.files)
    return "\n".join(lines) + "\n"


def hex_lines(data: bytes, files: dict[str, bytes]) -> Iterator[str]:
    """Bytes as hex with the text they may be. Files and long runs of one byte are named and counted."""
    position = row = 0
    while position <= len(data):
        name = next((name for name, content in files.items() if content and data.startswith(content, position)), None)
        unit = files[name] if name else data[position : position + 1]
        count = 1
        while unit and data.startswith(unit, position + count * len(unit)):
            count += 1
        counted = name is not None or count >= 64
        if position - row == 24 or (position > row and (counted or position == len(data))):
            text = "".join(chr(byte) if 33 <= byte < 127 and byte != 59 else "." for byte in data[row:position])
            yield f"{data[row:position].hex(' ').upper():<71}  ; {text}"
            row = position
        if counted:
            yield f"@{name} * {count}" if name else f"{unit.hex().upper()} * {count}"
            position += count * len(unit)
            row = position
        else:
            position += 1


# -- What must agree ---------------------------------------------------------------------------------------------------


def request_differs(recorded: Frame, sent: Frame) -> Optional[str]:
    """Why a host's request is not the recorded one, or None. How it describes attachments is its own business."""
    was, has = recorded.json, sent.json
    for member in ("method", "key"):
        if was.get(member) != has.get(member):
            return f"{member} is {has.get(member)!r} instead of {was.get(member)!r}"
    if (was.get("params") or {}) != (has.get("params") or {}):
        return f"params are {has.get('params')!r} instead of {was.get('params')!r}"
    limit, deadline = was.get("deadlineMs"), has.get("deadlineMs")
    if (limit is None) != (deadline is None) or (limit is not None and not 1 <= deadline <= limit + 1):
        return f"deadlineMs is {deadline} instead of {limit}"
    if sent.blob != recorded.blob:
        return f"{len(sent.blob)} bytes of attachments are not the {len(recorded.blob)} bytes expected"
    return attachments_problem(sent)


def attachments_problem(sent: Frame) -> Optional[str]:
    """What the description of a request's attachments gets wrong."""
    fields = sent.json.get("attachments") or []
    lengths = [field.get("length") for field in fields if "path" not in field]
    if not fields and sent.blob:
        return None  # a single one may go without description
    if not all(isinstance(length, int) for length in lengths) or sum(lengths) != len(sent.blob):
        return f"the attachments' lengths {lengths} do not sum to the {len(sent.blob)} bytes sent"
    return None


def shape_differs(recorded: Any, answered: Any, where: str = "") -> Optional[str]:
    """Why an answer is built differently from the recorded one, or None. Numbers and texts may differ, codes may not."""
    if isinstance(recorded, dict) and isinstance(answered, dict):
        for member, value in recorded.items():
            if member not in answered:
                return f"{where}.{member} is missing"
            if member in ("code", "retry", "event") and value != answered[member]:
                return f"{where}.{member} is {answered[member]!r} instead of {value!r}"
            if member in ("timing", "details", "licence"):
                continue
            difference = shape_differs(value, answered[member], f"{where}.{member}")
            if difference:
                return difference
        return None
    if isinstance(recorded, list) and isinstance(answered, list):
        if bool(recorded) != bool(answered):
            return f"{where} has {len(answered)} elements instead of {len(recorded)}"
        return shape_differs(recorded[0], answered[0], f"{where}[0]") if recorded else None
    if is_number(recorded) and is_number(answered) or type(recorded) is type(answered):
        return None
    return f"{where} is {answered!r} instead of {recorded!r}"


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def contains(expected: Any, found: Any) -> bool:
    """Whether `found` has everything of `expected`; objects may have more members, lists may not have more elements."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(key in found and contains(value, found[key]) for key, value in expected.items())
    if isinstance(expected, list):
        return isinstance(found, list) and len(expected) == len(found) and all(map(contains, expected, found))
    return expected == found
