"""What onnxruntime answers for the ONNX files of ../shared/models on real faces, for Tests/OnnxImportTests.

    python tools/make_onnx_references.py        made with onnxruntime 1.32.0

Inputs are the first twenty aligned chips of ../shared/reference/dlib_chips (PNG), stretched to the network's input by taking
the nearest pixel, or for detectors laid out like tiles in four sizes, so that any program makes the same numbers of them.
Of each output some values are kept, spread evenly, with the smallest and the largest of all.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
TARGET = ROOT / "Tests/OnnxImportTests/Fixtures/published-models.json"
KEPT = 72
DETECTORS = ("scrfd", "yunet")

# File: sizes (height, width), mean, scale; channels in the order of the chip (red first), which does not matter here.
NETWORKS = {
    "2.7_80x80_MiniFASNetV2.onnx": ([(80, 80)], 0.0, 1.0),
    "4_0_0_80x80_MiniFASNetV1SE.onnx": ([(80, 80)], 0.0, 1.0),
    "mobilefacenet.onnx": ([(112, 112)], 119.0, 1 / 58.0),
    "reidentification-retail-0095.onnx": ([(128, 128)], 0.0, 1.0),
    "scrfd_2.5g.onnx": ([(320, 320), (256, 480)], 127.5, 1 / 128.0),
    "scrfd_500m.onnx": ([(320, 320), (256, 480)], 127.5, 1 / 128.0),
    "yunet_2023mar.onnx": ([(640, 640)], 0.0, 1.0),
}


def picture(path: Path, height: int, width: int, mean: float, scale: float, tiled: bool) -> np.ndarray:
    chip = np.asarray(Image.open(path).convert("RGB"))
    rows, columns = np.mgrid[0:height, 0:width]
    if tiled:
        step = 1 + columns * 4 // width
        rows, columns = rows * step % chip.shape[0], columns * step % chip.shape[1]
    else:
        rows, columns = rows * chip.shape[0] // height, columns * chip.shape[1] // width
    values = (chip[rows, columns].astype(np.float32) - np.float32(mean)) * np.float32(scale)
    return values.transpose(2, 0, 1)[None].copy()


def main() -> None:
    chips = sorted((SHARED / "reference/dlib_chips").glob("*.png"))[:20]
    record = []
    for file, (sizes, mean, scale) in NETWORKS.items():
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(str(SHARED / "models" / file), options, ["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        tiled = file.startswith(DETECTORS)
        for height, width in sizes:
            answers = []
            for chip in chips:
                outputs = session.run(None, {name: picture(chip, height, width, mean, scale, tiled)})
                share = max(KEPT // len(outputs), 6)
                answers.append([summary(output, share) for output in outputs])
            record.append(
                {"file": file, "height": height, "width": width, "mean": mean, "scale": scale, "tiled": tiled,
                 "answers": answers})
    TARGET.write_text(json.dumps({"chips": [chip.name for chip in chips], "networks": record}, separators=(",", ":")) + "\n")
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


def summary(output: np.ndarray, share: int) -> dict:
    flat = output.astype(np.float64).ravel()
    kept = min(share, flat.size)
    at = [index * (flat.size - 1) // max(kept - 1, 1) for index in range(kept)]
    return {
        "shape": list(output.shape), "low": float(f"{flat.min():.7g}"), "high": float(f"{flat.max():.7g}"),
        "values": [float(f"{flat[i]:.7g}") for i in at],
    }


if __name__ == "__main__":
    main()
