"""What our worker finds and embeds, through its protocol, with the weights of a folder."""
from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import deque
from pathlib import Path

import numpy as np
from verification import central

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples/python"))
sys.path.insert(0, str(ROOT / "tools"))
from face_worker import FaceWorker, FaceWorkerError  # noqa: E402
from model_files import sha256_of  # noqa: E402

WORKER = os.environ.get("FACE_WORKER") or str(ROOT / ".build/release/face-worker")
IN_FLIGHT = 8


class Installation:
    """A folder of models for one worker: manifests of Models/, with changes, beside links to the weight files."""

    def __init__(self, weights: dict[str, Path]):
        self.weights = weights
        self.folder = tempfile.TemporaryDirectory(prefix="face-worker-accuracy-")

    def add(self, identifier: str, changes: dict | None = None) -> str:
        manifest = json.loads((ROOT / f"Models/{identifier}.json").read_text())
        folder = Path(self.folder.name) / identifier
        folder.mkdir(exist_ok=True)
        installed = ROOT / "models" / identifier
        for file in manifest["files"]:
            path = self.weights.get(identifier) or installed / file["name"]
            link = folder / file["name"]
            if not link.exists():
                os.link(path, link) if os.stat(path).st_dev == os.stat(folder).st_dev else link.write_bytes(path.read_bytes())
            file["bytes"], file["sha256"] = path.stat().st_size, sha256_of(path)
        for field, value in (changes or {}).items():
            manifest[field] = {**manifest[field], **value} if isinstance(manifest.get(field), dict) else value
        (folder / "manifest.json").write_text(json.dumps(manifest))
        return identifier

    def worker(self, detector: str, recognizer: str = "dlib-resnet-v1", threads: int = 2) -> FaceWorker:
        return FaceWorker([
            WORKER, "--models", self.folder.name, "--data", ":memory:", "--detector", detector, "--recognizer", recognizer,
            "--threads", str(threads), "--log-level", "error"])


def in_precision(precision: str, ranges: dict | None = None) -> dict:
    """Changes of a manifest with which its model runs in a precision, whatever it costs; int8 needs `ranges`."""
    if precision == "float32":
        return {"precision": "float32"}
    changes = {"precision": precision, "precisions": [{"name": precision, "change": 0, "data": "being measured"}]}
    return changes | ({"ranges": ranges} if precision == "int8" else {})


def calibrated(weights: dict[str, Path], model: str, detector: str, photos: Path) -> dict:
    """The `ranges` that the worker measures for a model on the photos of a folder."""
    installation = Installation(weights)
    for identifier in {model, detector}:
        installation.add(identifier)
    done = subprocess.run(
        [WORKER, "--calibrate", model, "--photos", str(photos), "--models", installation.folder.name, "--detector", detector,
         "--data", ":memory:"], check=True, stdout=subprocess.PIPE, text=True)
    print(done.stdout, file=sys.stderr, end="", flush=True)
    return json.loads((Path(installation.folder.name) / model / "manifest.json").read_text())["ranges"]


def answers(worker: FaceWorker, method: str, params: dict, images: Path, names: list[str]):
    """The worker's answer for each photo, in order; a photo it refuses gives None, and is said on stderr."""
    waiting = deque()
    queue = iter(names)

    def send():
        name = next(queue, None)
        if name is not None:
            waiting.append((name, worker.request(method, params, [images / name])))

    for _ in range(IN_FLIGHT):
        send()
    while waiting:
        name, pending = waiting.popleft()
        try:
            yield name, pending.result(300)
        except FaceWorkerError as error:
            print(f"{name}: {error}", file=sys.stderr)
            yield name, None
        send()


def detect(worker: FaceWorker, params: dict, images: Path, names: list[str]) -> dict[str, list[list[float]]]:
    """x1 y1 x2 y2 score and ten numbers of landmarks, of each face of each photo."""
    return {name: [row(face) for face in answer["faces"]] if answer else []
            for name, answer in answers(worker, "detect", params, images, names)}


def row(face: dict) -> list[float]:
    box = face["box"]
    return [box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"], face["score"],
            *[value for point in face["landmarks"] for value in point]]


def embed(worker: FaceWorker, images: Path, names: list[str]) -> dict[str, np.ndarray]:
    """The embedding of the face nearest to each photo's middle; photos without a face are left out."""
    result = {}
    for name, answer in answers(worker, "embed", {}, images, names):
        if answer and answer["faces"]:
            boxes = np.array([row(face)[:4] for face in answer["faces"]])
            face = answer["faces"][central(boxes, answer["image"]["width"], answer["image"]["height"])]
            result[name] = np.array(face["embedding"], np.float32)
    return result


def milliseconds(worker: FaceWorker, method: str, image: Path, stage: str, repeat: int = 25) -> float:
    """The median of the worker's own time for a stage, one request at a time."""
    params = {"maxFaces": 1} if method == "embed" else {}
    worker.call(method, params, [image])
    times = []
    for _ in range(repeat):
        pending = worker.request(method, params, [image])
        pending.result(120)
        times.append(pending.timing[stage])
    return statistics.median(times)
