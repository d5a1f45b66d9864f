#!/usr/bin/env python3
"""Embeddings by onnxruntime and OpenCV's warp, of the face nearest to each photo's middle, as an .npz.

    peers_embed.py --manifest Models/ID.json --file FILE.onnx --images DIR --faces FACES.json --out FILE.npz [--mirror]

FACES.json is what peers_detect.py writes; faces below --score are left out. The .npz holds `names`, `embeddings` and, with
--mirror, `mirrored` (those of the mirrored crops), not normalized.
"""
from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from verification import central


def similarity(points: np.ndarray, template: np.ndarray) -> np.ndarray:
    """Rotation, scale and shift (2x3) from points to the template by least squares (Umeyama 1991)."""
    a, b = points - points.mean(0), template - template.mean(0)
    u, s, vt = np.linalg.svd(b.T @ a / len(points))
    sign = np.array([1, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = u @ np.diag(sign) @ vt
    scale = (s * sign).sum() / (a ** 2).sum() * len(points)
    return np.hstack([scale * rotation, (template.mean(0) - scale * rotation @ points.mean(0))[:, None]])


class Recognizer:
    """An ONNX file used as its manifest says."""

    def __init__(self, manifest: dict, file: Path):
        self.alignment = manifest["alignment"]
        shape = (3, 1, 1)
        self.mean = np.array(manifest["input"]["mean"], np.float32).reshape(shape)
        scale = manifest["input"]["scale"]
        self.scale = np.array(scale if isinstance(scale, list) else [scale] * 3, np.float32).reshape(shape)
        self.is_rgb = manifest["input"]["channels"] == "rgb"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(file), options, ["CPUExecutionProvider"])
        self.name = self.session.get_inputs()[0].name

    def crop(self, pixels: np.ndarray, points: np.ndarray) -> np.ndarray:
        size = self.alignment["size"]
        return cv2.warpAffine(pixels, similarity(points, np.array(self.alignment["points"])), (size, size))

    def embed(self, crop: np.ndarray) -> np.ndarray:
        x = crop[:, :, ::-1] if self.is_rgb else crop
        x = (x.transpose(2, 0, 1).astype(np.float32) - self.mean) * self.scale
        return self.session.run(None, {self.name: x[None]})[0].reshape(-1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for option in ("--manifest", "--file", "--images", "--faces", "--out"):
        parser.add_argument(option, type=Path, required=True)
    parser.add_argument("--score", type=float, default=0.5)
    parser.add_argument("--mirror", action="store_true")
    options = parser.parse_args()
    network = Recognizer(json.loads(options.manifest.read_text()), options.file)
    names, embeddings, mirrored = [], [], []
    for name, faces in json.loads(options.faces.read_text())["faces"].items():
        faces = np.array([face for face in faces if face[4] >= options.score])
        if not len(faces):
            continue
        pixels = cv2.imread(str(options.images / name), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        face = faces[central(faces, pixels.shape[1], pixels.shape[0])]
        crop = network.crop(pixels, face[5:15].reshape(5, 2))
        names.append(name)
        embeddings.append(network.embed(crop))
        if options.mirror:
            mirrored.append(network.embed(np.ascontiguousarray(crop[:, ::-1])))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez(options.out, names=np.array(names), embeddings=np.stack(embeddings),
             **({"mirrored": np.stack(mirrored)} if options.mirror else {}))


if __name__ == "__main__":
    main()
