#!/usr/bin/env python3
"""Writes the seeds of Fuzzing/Corpus that are not fixtures of the tests already.

    tools/fuzz_seeds.py            the same files at every run; needs nothing but Python

A seed is `Fuzzing/Corpus/<target>/seed-<name>`. Other files there are inputs that a fuzzer found: they stay. What the targets
make of an input is described in Fuzzing/Targets.
"""

import io
import json
import pickletools
import re
import struct
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "Fuzzing/Corpus"


def write(target: str, seeds: dict[str, bytes]) -> None:
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("seed-*"):
        old.unlink()
    for name, content in seeds.items():
        (folder / f"seed-{name}").write_bytes(content)


# Requests, from the examples of the protocol's description.

def requests() -> dict[str, bytes]:
    text = (ROOT / "PROTOCOL.md").read_text(encoding="utf-8")
    found: dict[str, bytes] = {}
    for method, body in re.findall(r"^```json request (\S+)\n(.*?)^```", text, re.M | re.S):
        name = method
        while name in found:
            name += "-more"
        found[name] = body.strip().encode()
    for method in ["embed", "status", "ping", "models.list", "models.rollback", "subjects.get", "subjects.list", "subjects.remove"]:
        found[method] = json.dumps({"method": method, "params": {"subject": "ada", "limit": 5, "cursor": "x"}}).encode()
    found["unusual"] = (
        b'{"method":"identify","params":{"topK":1e0,"x":[null,true,-0.0,1E+5,"\\ud83d\\ude00\\u00e9\\n"],"y":{"z":[[[]]]}},'
        b'"key":"\xc3\xa9","deadlineMs":86400000,"attachments":[{"length":3},{"type":"image/x-gray","length":64,"width":8,'
        b'"height":8,"stride":8}]}')
    return found


# Frames and lines.

def frame(kind: int, number: int, body: bytes, attachments: bytes = b"", json_length: int | None = None) -> bytes:
    length = len(body) if json_length is None else json_length
    return struct.pack(">IBBBBQI", 16 + len(body) + len(attachments), 0xFA, 1, kind, 0, number, length) + body + attachments


def frames() -> dict[str, bytes]:
    ping = frame(1, 1, b'{"method":"ping"}')
    parent = ping + frame(1, 2, b'{"method":"detect"}', b"\xff\xd8pixels") + frame(2, 1, b"{}")
    worker = frame(16, 0, b'{"version":1}') + frame(17, 0, b"{}") + frame(18, 1, b'{"result":{}}') + frame(19, 0, b"{}")
    return {
        "parent": b"\0" + parent, "worker": b"\1" + worker, "standard": b"\2" + parent, "standard-worker": b"\3" + worker,
        "long-json": b"\0" + frame(1, 3, b"{" + b" " * 600 + b"}") + ping, "cut": b"\0" + parent[:-3],
        "empty": b"\0" + frame(1, 4, b""), "text": b'\0{"method":"ping"}\n', "large": b"\2" + struct.pack(">I", 1 << 26) + ping[4:],
    }


def lines() -> dict[str, bytes]:
    return {
        "some": b'{"id":1,"method":"ping"}\n\n{"id":2,"cancel":true}\r\n{"id":3,"method":"detect","params":{"maxFaces":1}}\n',
        "bad": b'{"id":4,"method":\n{"x":{"id":5},"id" : 6 ,"a":"\\"","b":tru}\n{"id":0}\n[]\n7\n{"id":9',
        "long": b'{"id":7,"pad":"' + b"a" * 600 + b'"}\n{"id":8,"method":"ping"}\n',
    }


# Pictures.

def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, depth: int, kind: int, *, interlaced: bool = False, before: bytes = b"", stored: bool = False,
        after: bytes = b"") -> bytes:
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]

    def rows(columns: int, lines: int) -> bytes:
        size = (columns * channels * depth + 7) // 8
        return b"".join(
            bytes([y % 5]) + bytes((x * 37 + y * 11) & (255 if kind != 3 else 1) for x in range(size))
            for y in range(lines)) if columns else b""

    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
        data = b"".join(
            rows((width - x + dx - 1) // dx, (height - y + dy - 1) // dy) for x, y, dx, dy in passes)
    else:
        data = rows(width, height)
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    packed = zlib.compress(data, 0 if stored else 9)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", packed) + after + chunk(b"IEND", b""))


def tiff(orientation: int, order: str = ">", kind: int = 3) -> bytes:
    value = struct.pack(order + {1: "Bxxx", 3: "Hxx", 4: "I"}[kind], orientation)
    mark = b"MM" if order == ">" else b"II"
    return (mark + struct.pack(order + "HI", 42, 8) + struct.pack(order + "H", 2) + struct.pack(order + "HHI", 0x0100, 4, 1)
            + struct.pack(order + "I", 7) + struct.pack(order + "HHI", 0x0112, kind, 1) + value + bytes(4))


def pngs() -> dict[str, bytes]:
    palette = chunk(b"PLTE", bytes(range(48)))
    return {
        "gray": png(9, 7, 8, 0), "gray-1": png(17, 5, 1, 0), "gray-16": png(5, 4, 16, 0), "rgb": png(6, 6, 8, 2, stored=True),
        "rgb-16-interlaced": png(9, 9, 16, 2, interlaced=True), "palette": png(8, 8, 4, 3, before=palette),
        "palette-clear": png(8, 8, 8, 3, before=palette + chunk(b"tRNS", b"\0\x80")),
        "gray-clear": png(4, 4, 8, 0, before=chunk(b"tRNS", b"\0\x25")), "gray-alpha": png(5, 5, 8, 4),
        "rgba-interlaced": png(11, 3, 8, 6, interlaced=True, stored=True),
        "turned": png(7, 3, 8, 2, before=chunk(b"eXIf", tiff(6))), "turned-after": png(7, 3, 8, 2, after=chunk(b"eXIf", tiff(8, "<"))),
        "texts": png(3, 3, 8, 0, before=chunk(b"tEXt", b"Title\0x") + chunk(b"gAMA", bytes([0, 1, 0, 0]))
                     + chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(40)))),
    }


def jpegs() -> dict[str, bytes]:
    plain = (ROOT / "Tests/ImagesTests/Fixtures/one-pixel.jpg").read_bytes()

    def with_segment(marker: int, data: bytes) -> bytes:
        return plain[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data + plain[2:]

    return {
        "exif": with_segment(0xE1, b"Exif\0\0" + tiff(5)), "exif-little": with_segment(0xE1, b"Exif\0\0" + tiff(7, "<", 4)),
        "comment": with_segment(0xFE, b"x" * 20), "fill": plain[:2] + b"\xff\xff\xff" + plain[3:], "no-end": plain[:-2],
    }


# Weights and state.

def safetensors(header: dict, data: bytes) -> bytes:
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + data


def floats(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def entry(kind: str, shape: list[int], begin: int, end: int) -> dict:
    return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}


def tensor_files() -> dict[str, bytes]:
    types = [("F16", 2), ("BF16", 2), ("F32", 4), ("F64", 8), ("BOOL", 1), ("U8", 1), ("I8", 1), ("I16", 2), ("I32", 4), ("I64", 8)]
    header, place = {"__metadata__": {"format": "pt"}}, 0
    for name, size in types:
        header[f"t.{name}"] = entry(name, [2, 1], place, place + 2 * size)
        place += 2 * size
    return {
        "types": safetensors(header, bytes(i * 31 & 255 for i in range(place))),
        "header": json.dumps({"a": entry("F32", [2], 0, 8)}).encode(),
        "scalar": safetensors({"a": entry("F32", [], 0, 4), "b": entry("I64", [0, 3], 4, 4)}, floats(1)),
        "nothing": safetensors({}, b""),
    }


def head(judged: bool) -> bytes:
    numbers = {"slots": struct.pack("<qq", 3, 5), "weights": floats(*(0.25 * i - 1 for i in range(12))),
               "bias": floats(0.5, -0.25, 0.125), "temperature": floats(0.75)}
    shapes = {"slots": [2], "weights": [3, 4], "bias": [3], "temperature": [1]}
    if judged:
        for name in ["weights", "bias", "temperature"]:
            numbers["judged." + name], shapes["judged." + name] = numbers[name], shapes[name]
    header, data = {"__metadata__": {"format": "face-worker-head/1", "model": "a1" * 32}}, b""
    for name, content in numbers.items():
        header[name] = entry("I64" if name == "slots" else "F32", shapes[name], len(data), len(data) + len(content))
        data += content
    return safetensors(header, data)


def pickles() -> dict[str, bytes]:
    """The legacy checkpoints of the tests from their fourth pickle on."""
    found = {}
    for name in ["network-legacy", "views-legacy"]:
        stream = io.BytesIO((ROOT / f"Tests/WeightFilesTests/Fixtures/{name}.pt").read_bytes())
        for _ in range(3):
            for _ in pickletools.genops(stream):
                pass
        found[name] = stream.read()
    found["nothing"] = b"\x80\x02}.\x80\x02]."
    found["nested"] = b"\x80\x02}(X\x01\0\0\0a}X\x01\0\0\0b](K\1M\0\1\x88N\x85ets.\x80\x02]."
    return found


def manifests() -> dict[str, bytes]:
    least = {
        "schema": 1, "id": "m", "role": "recognizer", "architecture": "onnx", "files": [{"name": "m.onnx"}],
        "licence": {"name": "none", "commercialUse": "yes"},
        "input": {"width": 112, "height": 112, "channels": "rgb", "mean": [127.5, 127.5, 127.5], "scale": 0.0078125},
        "alignment": {"kind": "similarity", "size": 112, "points": [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]},
        "embeddingLength": 4, "testTime": {"mirror": True, "center": True}, "centerEmbedding": [0.5, 0, 0, 0.25],
        "thresholds": [{"fmr": rate, "score": score, "data": "x", "metric": "cosine"} for rate, score in [(1e-2, 0.25), (1e-4, 0.5)]],
        "calibration": {"slope": 12.5, "midpoint": 0.25, "data": "x"}, "precision": "bf16",
        "precisions": [{"name": "bf16", "change": -0.05, "data": "x"}],
        "derivedFrom": {"id": "n", "sha256": "0f" * 32}, "trainedOn": [1, 2],
    }
    detector = {
        "schema": 1, "id": "d", "role": "detector", "architecture": "scrfd", "files": [{"name": "d.onnx", "bytes": 7, "sha256": "00" * 32}],
        "licence": {"name": "none", "commercialUse": "no"},
        "input": {"channels": "bgr", "mean": [0, 0, 0], "scale": [1, 1, 1], "anySize": True, "layout": "nhwc"},
        "detection": {"scoreThreshold": 0.5, "iouThreshold": 0.4, "maxSide": 640, "exactScale": True, "enlarge": False},
        "source": {"package": "p", "version": "1"}, "download": {"url": "https://example.org/x", "page": "https://example.org"},
    }
    return {"recognizer": json.dumps(least).encode(), "detector": json.dumps(detector).encode()}


def vectors() -> dict[str, bytes]:
    def changes(repairs: int, *edits: tuple[int, int]) -> bytes:
        return bytes([repairs]) + b"".join(struct.pack(">HB", place, value) for place, value in edits)

    return {
        "sound": changes(0), "magic": changes(1, (0, 7)), "dimension": changes(7, (8, 8)), "rows-per-chunk": changes(7, (12, 1)),
        "rows": changes(7, (16, 39)), "many-rows": changes(7, (20, 255), (21, 255)), "token": changes(7, (24, 1)),
        "model": changes(7, (40, 98)), "ids": changes(7, (4096, 0), (4104, 9)), "table": changes(7, (8192, 1)),
        "vector": changes(7, (12288, 255)), "short": changes(7, (0xFFFF, 200)), "empty": changes(7, (0xFFFF, 0)),
    }


def states() -> dict[str, bytes]:
    record = {"detector": {"active": "a", "previous": ["b", "c"]}, "recognizer": {"previous": []}}
    state = {
        "augmentedEpochs": 1, "cleanEpochs": 2, "counters": {"step": 7}, "curve": [], "fingerprint": "fuzz", "optimizer": "sgd"}
    header = {"__metadata__": {"format": "face-worker-training/1", "state": json.dumps(state)}, "w": entry("F32", [2], 0, 8)}
    index = {"bytes": 0, "file": "checkpoint-a.safetensors", "format": "face-worker-training/1", "sha256": "00" * 32}
    return {
        "record": b"\0" + json.dumps(record).encode(), "index": b"\1" + json.dumps(index).encode(),
        "checkpoint": b"\2" + safetensors(header, floats(1, 2)),
    }


def main() -> None:
    write("requests", requests())
    write("frames", frames())
    write("lines", lines())
    write("png", pngs())
    write("jpeg", jpegs())
    write("safetensors", tensor_files())
    write("head", {"plain": head(False), "judged": head(True)})
    write("pickle", pickles())
    write("manifest", manifests())
    write("vectors", vectors())
    write("state", states())
    # Their fixtures are seeds enough; the folders hold what was found.
    write("torch", {"text": b"\x80\x02}."})
    write("dlib", {"start": bytes([1, 1, 1, 13]) + b"loss_metric_2"})
    write("onnx", {"nothing": b"\x08\x08B\x02\x10\x0d"})


if __name__ == "__main__":
    main()
