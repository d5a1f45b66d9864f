#!/usr/bin/env python3
"""Writes Tests/FaceModelsTests/Fixtures/inception_resnet_v1.json: what PyTorch computes for InceptionResnetV1.

The 27 million weights are not stored: both sides draw them from the same counter-based generator (splitmix64, keyed by
the parameter's name), see SeededWeights.swift. Needs torch, torchvision and facenet-pytorch (made with the versions
recorded in the file).
"""
import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from facenet_pytorch import InceptionResnetV1

CLASSES = 7


def uniform(name: str, count: int) -> np.ndarray:
    """`count` float32 values in [-1, 1), the same for the same name everywhere."""
    key = 0xCBF29CE484222325  # FNV-1a, 64 bit
    for byte in name.encode():
        key = ((key ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    with np.errstate(over="ignore"):
        z = np.uint64(key) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(40)).astype(np.float32) / np.float32(1 << 23)) - np.float32(1)


def value(name: str, shape: torch.Size) -> torch.Tensor:
    values = uniform(name, int(np.prod(shape)))
    if name.endswith("running_var") or (name.endswith("weight") and len(shape) == 1):
        values = np.float32(1) + np.float32(0.5) * values
    elif name.endswith("weight"):
        fan_in = int(np.prod(shape[1:]))
        values = values * np.float32((3.0 / fan_in) ** 0.5)
    else:
        values = values * np.float32(0.1)
    return torch.from_numpy(values.astype(np.float32).reshape(tuple(shape)))


def main() -> None:
    network = InceptionResnetV1(classify=True, num_classes=CLASSES).eval()
    state = network.state_dict()
    for name, tensor in state.items():
        if tensor.dtype == torch.float32:
            state[name] = value(name, tensor.shape)
    network.load_state_dict(state)
    image = torch.from_numpy(uniform("input", 2 * 3 * 160 * 160).reshape(2, 3, 160, 160))
    with torch.no_grad():
        logits = network(image)
        network.classify = False
        embedding = network(image)
    shapes = {name: list(t.shape) for name, t in state.items() if t.dtype == torch.float32}
    output = {
        "madeWith": f"torch {version('torch')}, facenet-pytorch {version('facenet-pytorch')}, numpy {version('numpy')}",
        "classes": CLASSES,
        "shapes": shapes,
        "embeddings": [[round(float(v), 7) for v in row] for row in embedding],
        "logits": [[round(float(v), 6) for v in row] for row in logits],
    }
    path = Path(__file__).resolve().parent.parent / "Tests/FaceModelsTests/Fixtures/inception_resnet_v1.json"
    path.write_text(json.dumps(output, separators=(",", ":")) + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
