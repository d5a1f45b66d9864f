"""What is measured, each thing once: results are kept as files in a cache folder."""
from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable

import numpy as np
import ours

HERE = Path(__file__).resolve().parent
DETECTORS = ("mtcnn", "scrfd-500m", "scrfd-2.5g", "yunet", "retinaface-mobilenet0.25")
RECOGNIZERS = ("dlib-resnet-v1", "mobilefacenet", "reidentification-retail-0095")
POINTS = {"dlib-resnet-v1": ("mtcnn",), "mobilefacenet": ("scrfd-2.5g", "mtcnn"),
          "reidentification-retail-0095": ("scrfd-2.5g", "mtcnn")}
"""Whose landmarks a recognizer is measured with; the template of dlib-resnet-v1 was made for MTCNN's."""
ONNX = {
    "scrfd-500m": "scrfd_500m.onnx", "scrfd-2.5g": "scrfd_2.5g.onnx", "yunet": "yunet_2023mar.onnx",
    "retinaface-mobilenet0.25": "retinaface_mobilenet0.25.pth", "mobilefacenet": "mobilefacenet.onnx",
    "reidentification-retail-0095": "reidentification-retail-0095.onnx"}
LEAST_SCORE, MOST_BOXES = 0.1, 750
"""What is compared of a photo: the best boxes from a score on; an answer has to fit into a frame. MTCNN reports none below."""
PEERS = {"yunet": "yunet-own-size"}
"""The peer of a detector, where it has another name."""


def compared(faces: dict[str, list]) -> dict[str, list]:
    """The boxes and scores of both sides that are compared."""
    return {name: sorted((face[:5] for face in found if face[4] >= LEAST_SCORE), key=lambda face: -face[4])[:MOST_BOXES]
            for name, found in faces.items()}


class Measurements:
    def __init__(self, shared: Path, cache: Path):
        self.shared, self.cache = shared, cache
        self.weights = {name: shared / "models" / file for name, file in ONNX.items()}
        self.wider, self.lfw, self.people = shared / "data/wider-dev", shared / "data/lfw-dev", shared / "data/lfw-people"

    def kept(self, name: str, make: Callable[[], dict]) -> dict[str, list]:
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

    def ranges(self, model: str, precision: str) -> dict | None:
        """What int8 needs: on lfw-people's aligned faces, for a detector on its photos and every fourth of WIDER's (which are among those measured on)."""
        if precision != "int8":
            return None

        def make():
            if model in RECOGNIZERS:
                return ours.calibrated(self.weights, model, POINTS[model][-1], self.people)
            with tempfile.TemporaryDirectory() as folder:
                wide = sorted((self.wider / "images").rglob("*.jpg"))[::4]
                for index, photo in enumerate([*wide, *sorted(self.people.rglob("*.jpg"))[::17]]):
                    os.symlink(photo.resolve(), f"{folder}/{index:04}.jpg")
                return ours.calibrated(self.weights, model, model, Path(folder))
        return self.kept(f"ranges-{model}", make)

    def our_boxes(self, detector: str, precision: str = "float32") -> dict[str, list]:
        """All faces of WIDER dev, however low their score."""
        def make():
            installation = ours.Installation(self.weights)
            installation.add("dlib-resnet-v1")
            changes = {} if detector == "mtcnn" else {"detection": {"scoreThreshold": LEAST_SCORE}}
            installation.add(detector, changes | ours.in_precision(precision, self.ranges(detector, precision)))
            names = sorted(json.loads((self.wider / "boxes.json").read_text()))
            smallest = 20 if detector == "mtcnn" else 1
            with installation.worker(detector) as worker:
                worker.ready()
                return {"faces": ours.detect(worker, {"minFaceSize": smallest}, self.wider / "images", names)}
        return self.kept(f"ours-{detector}-wider{suffix(precision)}", make)["faces"]

    def peer_boxes(self, detector: str, data: str = "wider") -> dict:
        """`made with` and `faces`, by the peer's own implementation."""
        out = self.cache / f"peer-{detector}-{data}.json"
        if not out.is_file():
            names = self.cache / f"{data}.list.json"
            root = self.photos(data)
            names.write_text(json.dumps(sorted(str(path.relative_to(root)) for path in root.rglob("*.jpg"))))
            self.peer("peers_detect.py", detector, "--models", self.shared / "models", "--images", root, "--list", names,
                      "--out", out)
        return json.loads(out.read_text())

    def peer(self, script: str, *arguments):
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        subprocess.run([sys.executable, str(HERE / script), *map(str, arguments)], check=True, env=environment)

    # Recognizers

    def our_embeddings(self, recognizer: str, detector: str, precision: str = "float32") -> dict[str, np.ndarray]:
        """Normalized embeddings of lfw-dev's photos, through the worker; the detector in float32."""
        root = self.photos("lfw")

        def make():
            installation = ours.Installation(self.weights)
            installation.add(detector, ours.in_precision("float32"))
            installation.add(recognizer, ours.in_precision(precision, self.ranges(recognizer, precision)))
            names = sorted(str(path.relative_to(root)) for path in root.rglob("*.jpg"))
            with installation.worker(detector, recognizer) as worker:
                worker.ready()
                return ours.embed(worker, root, names)
        return normalized(self.kept_vectors(f"ours-{recognizer}-{detector}-lfw{suffix(precision)}", make))

    def peer_vectors(self, recognizer: str, detector: str, data: str = "lfw") -> tuple[list[str], np.ndarray, np.ndarray]:
        """By onnxruntime and OpenCV, with the peer's points: names, embeddings, embeddings of the mirrored crops."""
        suffix = "" if data == "lfw" else f"-{data}"
        out = self.cache / f"peer-{recognizer}-{detector}{suffix}.npz"
        if not out.is_file():
            self.peer_boxes(detector, data)
            self.peer("peers_embed.py", "--manifest", ours.ROOT / f"Models/{recognizer}.json", "--file",
                      self.weights[recognizer], "--images", self.photos(data), "--faces",
                      self.cache / f"peer-{detector}-{data}.json", "--out", out, "--mirror")
        stored = np.load(out)
        return [str(name) for name in stored["names"]], stored["embeddings"], stored["mirrored"]

    def photos(self, data: str) -> Path:
        return self.people if data == "people" else (self.wider if data == "wider" else self.lfw) / "images"

    def peer_embeddings(self, recognizer: str, detector: str) -> dict[str, np.ndarray] | None:
        """The same as ours by the peer; none where the network is not ONNX."""
        if recognizer not in ONNX:
            return None
        names, vectors, _ = self.peer_vectors(recognizer, detector)
        return normalized(dict(zip(names, vectors)))

    def center(self, recognizer: str, detector: str) -> np.ndarray:
        """The mean of the normalized embeddings of lfw-people's photos, without the people who are in lfw-dev too."""
        listed = {name.split("/")[0] for name in self.peer_vectors(recognizer, detector)[0]}
        names, vectors, _ = self.peer_vectors(recognizer, detector, "people")
        others = normalized(dict(zip(names, vectors)))
        return np.mean([vector for name, vector in others.items() if name.split("/")[0] not in listed], axis=0)


def suffix(precision: str) -> str:
    """What the names of kept files end with."""
    return "" if precision == "float32" else f"-{precision}"


def normalized(vectors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: vector / np.linalg.norm(vector) for name, vector in vectors.items()}
