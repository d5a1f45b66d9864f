#!/usr/bin/env python3
"""Boxes of the peers' own implementations, as JSON: {"made with", "faces": {file: [[x1, y1, x2, y2, score, 10 points]]}}.

    peers_detect.py NAME --models DIR --images DIR --list FILES.json --out FILE.json [--reference mtcnn.json]

NAME is one of PEERS. Runs in a Python that has the peers: insightface,
opencv, torch, facenet-pytorch.
"""
from __future__ import annotations

import argparse
import json
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np

SCORE, TOP, KEEP = 0.02, 5000, 750


def scrfd(file: Path):
    """insightface's own class: 640x640, threshold 0.02, suppression at 0.4."""
    from insightface.model_zoo.scrfd import SCRFD

    network = SCRFD(str(file))
    network.prepare(-1, input_size=(640, 640), det_thresh=SCORE, nms_thresh=0.4)

    def detect(pixels):
        boxes, points = network.detect(pixels, input_size=(640, 640))
        return np.hstack([boxes, points.reshape(len(boxes), 10)])

    return detect, f"insightface {version('insightface')}, onnxruntime {version('onnxruntime')}; 640x640, score 0.02, NMS 0.4"


def yunet(file: Path):
    """OpenCV's FaceDetectorYN on pictures fitted into 640x640, the size that the file declares; suppression at 0.3."""
    network = cv2.FaceDetectorYN.create(str(file), "", (640, 640), SCORE, 0.3, TOP)

    def detect(pixels):
        height, width = pixels.shape[:2]
        covered = (int(640 * width / height), 640) if height > width else (640, int(640 * height / width))
        canvas = np.zeros((640, 640, 3), np.uint8)
        canvas[:covered[1], :covered[0]] = cv2.resize(pixels, covered)
        faces = rows(network.detect(canvas)[1])
        faces[:, [0, 1, 2, 3, *range(5, 15)]] /= covered[1] / height
        return faces

    return detect, f"OpenCV {cv2.__version__} FaceDetectorYN; 640x640, score 0.02, NMS 0.3"


def yunet_own_size(file: Path):
    """The same at the picture's own size, which OpenCV allows though the file declares another."""
    network = cv2.FaceDetectorYN.create(str(file), "", (320, 320), SCORE, 0.3, TOP)

    def detect(pixels):
        network.setInputSize((pixels.shape[1], pixels.shape[0]))
        return rows(network.detect(pixels)[1])

    return detect, f"OpenCV {cv2.__version__} FaceDetectorYN; the image's size, score 0.02, NMS 0.3"


def rows(faces: np.ndarray | None) -> np.ndarray:
    """OpenCV's x, y, width, height, points, score as x1 y1 x2 y2 score points."""
    if faces is None:
        return np.zeros((0, 15))
    faces = faces.astype(np.float64)
    return np.hstack([faces[:, :2], faces[:, :2] + faces[:, 2:4], faces[:, 14:15], faces[:, 4:14]])


def retinaface(file: Path):
    """The network in torch at the image's own size; suppression at 0.4, as its authors evaluate it."""
    import torch
    from retinaface_torch import MEAN, RetinaFace

    network = RetinaFace(torch.load(file, map_location="cpu", weights_only=True)).eval()

    def detect(pixels):
        height, width = pixels.shape[:2]
        x = torch.from_numpy((pixels.astype(np.float32) - np.array(MEAN, np.float32)).transpose(2, 0, 1)[None].copy())
        with torch.no_grad():
            boxes, scores, points = (value.numpy() for value in network(x))
        boxes = boxes * np.tile([width, height], 2)
        points = points * np.tile([width, height], 5)
        chosen = np.flatnonzero(scores > SCORE)
        chosen = chosen[np.argsort(-scores[chosen], kind="stable")][:TOP]
        faces = np.hstack([boxes[chosen], scores[chosen, None], points[chosen]])
        return faces[suppressed(faces, 0.4)][:KEEP]

    return detect, f"torch {torch.__version__}, network written here; the image's size, score 0.02, NMS 0.4"


def mtcnn(_: Path):
    """facenet-pytorch's MTCNN with its own thresholds, smallest face 20."""
    import torch
    from facenet_pytorch import MTCNN

    network = MTCNN(keep_all=True, min_face_size=20)

    def detect(pixels):
        with torch.no_grad():
            boxes, scores, points = network.detect(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), landmarks=True)
        if boxes is None:
            return np.zeros((0, 15))
        return np.hstack([boxes, scores[:, None].astype(float), points.reshape(-1, 10)])

    return detect, f"facenet-pytorch {version('facenet-pytorch')}, torch {torch.__version__}; thresholds 0.6, 0.7, 0.7"


def suppressed(faces: np.ndarray, threshold: float) -> list[int]:
    """Which of the faces, sorted by score, remain; sides count one pixel more, as in the peers' own code."""
    x1, y1, x2, y2 = faces[:, :4].T
    areas = (x2 - x1 + 1) * (y2 - y1 + 1)
    rest, kept = np.arange(len(faces)), []
    while len(rest):
        first, others = rest[0], rest[1:]
        kept.append(int(first))
        width = np.minimum(x2[first], x2[others]) - np.maximum(x1[first], x1[others]) + 1
        height = np.minimum(y2[first], y2[others]) - np.maximum(y1[first], y1[others]) + 1
        shared = np.clip(width, 0, None) * np.clip(height, 0, None)
        rest = others[shared / (areas[first] + areas[others] - shared) <= threshold]
    return kept


PEERS = {
    "mtcnn": (mtcnn, ""),
    "scrfd-500m": (scrfd, "scrfd_500m.onnx"),
    "scrfd-2.5g": (scrfd, "scrfd_2.5g.onnx"),
    "yunet": (yunet, "yunet_2023mar.onnx"),
    "yunet-own-size": (yunet_own_size, "yunet_2023mar.onnx"),
    "retinaface-mobilenet0.25": (retinaface, "retinaface_mobilenet0.25.pth"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("name", choices=PEERS)
    for option in ("--models", "--images", "--list", "--out"):
        parser.add_argument(option, type=Path, required=True)
    options = parser.parse_args()
    make, file = PEERS[options.name]
    detect, made_with = make(options.models / file)
    faces = {}
    for name in json.loads(options.list.read_text()):
        pixels = cv2.imread(str(options.images / name), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        faces[name] = np.round(np.asarray(detect(pixels), np.float64), 6).tolist()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({"made with": made_with, "faces": faces}))


if __name__ == "__main__":
    main()
