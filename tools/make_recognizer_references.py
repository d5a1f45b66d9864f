#!/usr/bin/env python3
"""Writes Tests/FaceModelsTests/Fixtures/onnx_recognizers.json: what onnxruntime computes for drawn crops.

Takes the folder with the ONNX files; made with onnxruntime 1.32.0 and numpy 2.4.6. The crops are drawn by a formula that the test
repeats; mean and scale are those of the manifests in Models/.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

ROOT = Path(__file__).resolve().parent.parent
MODELS = ["mobilefacenet", "reidentification-retail-0095"]
CROPS = 3


def crop(side: int, seed: int) -> np.ndarray:
    """RGB, H x W x 3: waves of another length in every channel and crop."""
    y, x, c = np.meshgrid(np.arange(side), np.arange(side), np.arange(3), indexing="ij")
    return ((x * (3 + seed) + y * (5 - seed) + c * 40 + (x * y * (1 + seed)) // 16) % 256).astype(np.uint8)


def main() -> None:
    references = {}
    for name in MODELS:
        manifest = json.loads((ROOT / f"Models/{name}.json").read_text())
        session = onnxruntime.InferenceSession(
            str(Path(sys.argv[1]) / manifest["files"][0]["name"]), providers=["CPUExecutionProvider"]
        )
        given = manifest["input"]
        mean = np.array(given["mean"], dtype=np.float64)
        scale = np.array(given["scale"], dtype=np.float64) * np.ones(3)
        embeddings = []
        for seed in range(CROPS):
            pixels = crop(manifest["alignment"]["size"], seed).astype(np.float64)
            if given["channels"] == "bgr":
                pixels = pixels[:, :, ::-1]
            blob = ((pixels - mean) * scale).astype(np.float32).transpose(2, 0, 1)[None]
            (output, *_) = session.run(None, {session.get_inputs()[0].name: blob})
            vector = output.reshape(-1)
            embeddings.append([round(float(value), 7) for value in vector / np.linalg.norm(vector)])
        references[name] = embeddings
    path = ROOT / "Tests/FaceModelsTests/Fixtures/onnx_recognizers.json"
    path.write_text(json.dumps(references) + "\n")


if __name__ == "__main__":
    main()
