"""What is measured, each thing once: results are kept as files in a cache folder."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Callable

import numpy as np
import ours

HERE = Path(__file__).resolve().parent
DETECTORS = ("mtcnn", "scrfd-500m", "scrfd-2.5g", "yunet", "retinaface-mobilenet0.25")
RECOGNIZERS = ("dlib-resnet-v1", "mobilefacenet", "reidentification-retail-0095")
POINTS = ("scrfd-2.5g", "mtcnn")
ONNX = {
    "scrfd-500m": "scrfd_500m.onnx", "scrfd-2.5g": "scrfd_2.5g.onnx", "yunet": "yunet_2023mar.onnx",
    "retinaface-mobilenet0.25": "retinaface_mobilenet0.25.pth", "mobilefacenet": "mobilefacenet.onnx",
    "reidentification-retail-0095": "reidentification-retail-0095.onnx"}
SMALLEST = 12
"""The smallest face in pixels that a request may ask for; the peers' smaller boxes are left out where it says so."""


class Measurements:
    def __init__(self, shared: Path, cache: Path):
        self.shared, self.cache = shared, cache
        self.weights = {name: shared / "models" / file for name, file in ONNX.items()}
        self.wider, self.lfw, self.people = shared / "data/wider-dev", shared / "data/lfw-dev", shared / "data/lfw-people"

    def kept(self, name: str, make: Callable[[], dict]) -> dict:
        path = self.cache / f"{name}.json"
        if not path.is_file():
            path.write_text(json.dumps(make()))
        return json.loads(path.read_text())

    def kept_vectors(self, name: str, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        path = self.cache / f"{name}.npz"
        if not path.is_file():
            vectors = make()
            np.savez(path, names=np.array(list(vectors)), embeddings=np.stack(list(vectors.values())))
        stored = np.load(path)
        return dict(zip((str(name) for name in stored["names"]), stored["embeddings"]))

    # Detectors

    def our_boxes(self, detector: str, params: dict | None = None) -> dict[str, list]:
        """All faces of WIDER dev, however low their score."""
        def make():
            installation = ours.Installation(self.weights)
            installation.add("dlib-resnet-v1")
            installation.add(detector, {} if detector == "mtcnn" else {"detection": {"scoreThreshold": 0.02}})
            names = sorted(json.loads((self.wider / "boxes.json").read_text()))
            smallest = 20 if detector == "mtcnn" else SMALLEST
            with installation.worker(detector) as worker:
                worker.ready()
                return ours.detect(worker, {"minFaceSize": smallest}, self.wider / "images", names)
        return self.kept(f"ours-{detector}-wider", make)

    def peer_boxes(self, detector: str, data: str = "wider") -> dict:
        """`made with` and `faces`, by the peer's own implementation."""
        folder = self.wider if data == "wider" else self.lfw
        out = self.cache / f"peer-{detector}-{data}.json"
        if not out.is_file():
            names = self.cache / f"{data}.list.json"
            root = folder / "images"
            names.write_text(json.dumps(sorted(str(path.relative_to(root)) for path in root.rglob("*.jpg"))))
            self.peer("peers_detect.py", detector, "--models", self.shared / "models", "--images", root, "--list", names,
                      "--out", out)
        return json.loads(out.read_text())

    def peer(self, script: str, *arguments):
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        subprocess.run([sys.executable, str(HERE / script), *map(str, arguments)], check=True, env=environment)

    # Recognizers

    def our_embeddings(self, recognizer: str, detector: str, folder: Path | None = None, key: str = "lfw",
                       changes: dict | None = None, label: str = "") -> dict[str, np.ndarray]:
        """Normalized embeddings of lfw-dev's photos (or another folder's), through the worker."""
        root = folder or self.lfw / "images"

        def make():
            installation = ours.Installation(self.weights)
            installation.add(detector)
            installation.add(recognizer, changes)
            names = sorted(str(path.relative_to(root)) for path in root.rglob("*.jpg"))
            with installation.worker(detector, recognizer) as worker:
                worker.ready()
                return ours.embed(worker, root, names)
        return normalized(self.kept_vectors(f"ours-{recognizer}{label}-{detector}-{key}", make))

    def peer_embeddings(self, recognizer: str, detector: str) -> dict[str, np.ndarray] | None:
        """The same by onnxruntime and OpenCV, with the peer's points; none where the network is not ONNX."""
        if recognizer not in ONNX:
            return None
        out = self.cache / f"peer-{recognizer}-{detector}.npz"
        if not out.is_file():
            self.peer_boxes(detector, "lfw")
            self.peer("peers_embed.py", "--manifest", ours.ROOT / f"Models/{recognizer}.json", "--file",
                      self.weights[recognizer], "--images", self.lfw / "images", "--faces",
                      self.cache / f"peer-{detector}-lfw.json", "--out", out)
        stored = np.load(out)
        return normalized(dict(zip((str(name) for name in stored["names"]), stored["embeddings"])))

    def center(self, recognizer: str, detector: str) -> list[float]:
        """The mean embedding of lfw-people's photos, whose people are not in lfw-dev's impostors by construction of the data."""
        vectors = self.our_embeddings(recognizer, detector, self.people, "people")
        listed = {name.split("/")[0] for name in self.our_embeddings(recognizer, detector)}
        others = [vector for name, vector in vectors.items() if name.split("/")[0] not in listed]
        return [float(value) for value in np.mean(others, axis=0)]


def normalized(vectors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: vector / np.linalg.norm(vector) for name, vector in vectors.items()}
