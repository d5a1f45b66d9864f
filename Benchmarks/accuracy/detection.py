"""Average precision of face boxes, as every detector here is scored."""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np

PROTOCOL = (
    "All images are pooled and every annotated box counts, however small. Detections are taken in the order of their score; "
    "each is matched to the annotated box of its image with which it overlaps most (intersection over union, coordinates "
    "as real numbers) and is right if that overlap is 0.5 or more and the box is not taken yet. AP is the area under the "
    "precision-recall curve at all points, precision made monotone.")


def annotations(folder: Path) -> dict[str, np.ndarray]:
    """The annotated boxes (n, 4) of each file, x1 y1 x2 y2 in pixels."""
    record = json.loads((folder / "boxes.json").read_text())
    return {name: np.array(entry["boxes"], np.float64).reshape(-1, 4) for name, entry in record.items()}


def overlaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of every box of `a` (n, 4) with every box of `b` (m, 4): (n, m)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:4], b[None, :, 2:4])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    area = lambda boxes: np.prod(np.clip(boxes[:, 2:4] - boxes[:, :2], 0, None), axis=1)  # noqa: E731
    return shared / np.maximum(area(a)[:, None] + area(b)[None, :] - shared, 1e-12)


def average_precision(truth: dict[str, np.ndarray], found: dict[str, np.ndarray], iou: float = 0.5) -> dict:
    """`found` holds (n, 5) of each file: x1 y1 x2 y2 score. Gives the AP, and the recall of everything found."""
    detections = []
    for name in truth:
        boxes = np.asarray(found[name], np.float64).reshape(-1, 5)
        table = overlaps(boxes, truth[name]) if len(boxes) and len(truth[name]) else None
        for index, box in enumerate(boxes):
            best = int(np.argmax(table[index])) if table is not None else -1
            detections.append((-box[4], name, best, table[index, best] if table is not None else 0.0))
    detections.sort(key=lambda detection: detection[0])  # stable: ties stay in the detector's order
    taken = set()
    right = np.zeros(len(detections))
    for index, (_, name, best, overlap) in enumerate(detections):
        if overlap >= iou and (name, best) not in taken:
            taken.add((name, best))
            right[index] = 1
    faces = sum(len(boxes) for boxes in truth.values())
    recall = np.cumsum(right) / faces
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    area = float(np.sum(np.diff(recall, prepend=0) * precision))
    return {"ap": area, "recall": float(recall[-1]) if len(recall) else 0.0, "boxes": len(detections), "faces": faces}
