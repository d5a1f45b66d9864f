"""What reduced precision costs and gains, model by model: the table of ACCURACY.md and `precisions` of the manifests."""
from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import ours
from detection import annotations, average_precision
from measurements import DETECTORS, POINTS, RECOGNIZERS, Measurements, compared
from verification import accuracy, pairs

PRECISIONS = ("bf16", "int8")
REDUCIBLE = tuple(model for model in (*DETECTORS, *RECOGNIZERS) if model != "mtcnn")
LARGEST_LOSS = {"detector": 0.2, "recognizer": 0.1}
"""Points of average precision or of accuracy; the same as in ModelManifest+Precision.swift."""


def figure(work: Measurements, model: str, precision: str) -> float:
    """In percent: a detector's average precision, a recognizer's best accuracy with the last of its detectors."""
    if model in DETECTORS:
        return 100 * average_precision(annotations(work.wider), compared(work.our_boxes(model, precision)))["ap"]
    return 100 * accuracy(work.our_embeddings(model, POINTS[model][-1], precision), pairs(work.lfw))["best"]


def cosines(work: Measurements, model: str, precision: str) -> tuple[float, float]:
    """The least and the middle cosine between embeddings of one photo in float32 and in `precision`."""
    detector = POINTS[model][-1]
    exact, reduced = (work.our_embeddings(model, detector, name) for name in ("float32", precision))
    values = [float(np.dot(exact[name], reduced[name])) for name in exact if name in reduced]
    return min(values), float(np.median(values))


def times(work: Measurements, model: str, precisions: list[str]) -> dict[str, float]:
    """Milliseconds of the worker's stage on one thread: the least of five turns, in which the precisions alternate."""
    from PIL import Image

    is_detector = model in DETECTORS
    workers, best = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "frame.png"
        photo = sorted((work.wider / "images").rglob("*.jpg"))[0] if is_detector else next(
            iter(sorted((work.lfw / "images").rglob("*.jpg"))))
        picture = Image.open(photo).convert("RGB")
        (picture.resize((640, 480)) if is_detector else picture).save(image)
        installations = []
        try:
            for precision in precisions:
                installation = ours.Installation(work.weights)
                installations.append(installation)
                installation.add(model, ours.in_precision(precision, work.ranges(model, precision)))
                installation.add("dlib-resnet-v1" if is_detector else "mtcnn")
                pair = (model, "dlib-resnet-v1") if is_detector else ("mtcnn", model)
                workers[precision] = installation.worker(*pair, threads=1)
                workers[precision].__enter__()
                workers[precision].ready()
            method, stage = ("detect", "detectMs") if is_detector else ("embed", "embedMs")
            for _ in range(5):
                for precision, worker in workers.items():
                    took = ours.milliseconds(worker, method, image, stage, repeat=15)
                    best[precision] = min(took, best.get(precision, took))
        finally:
            for worker in workers.values():
                worker.__exit__(None, None, None)
    return best


def section(work: Measurements, takes_times: bool = True) -> str:
    lines = [
        "## Precision", "",
        "The same measurements with the model's convolutions in a reduced precision, everything else in float32; recognizers with "
        "the other model, the detector, in float32. A precision is admitted if a recognizer loses at most 0.1 points of its best "
        "accuracy and a detector at most 0.2 points of average precision; 1,000 pairs resolve 0.1 points. Cosines are between "
        "embeddings of one photo in float32 and in the reduced precision. Times: the worker's own for the stage on one thread, the least of "
        "five medians of 15, precisions in turn.", "",
        "| model | precision | AP or accuracy | change, points | least cosine | median cosine | ms | of float32's | admitted |",
        "|---|---|---|---|---|---|---|---|---|"]
    for model in REDUCIBLE:
        took = times(work, model, ["float32", *PRECISIONS]) if takes_times else {}
        exact = figure(work, model, "float32")
        for precision in ("float32", *PRECISIONS):
            value = figure(work, model, precision)
            cells = [model, precision, f"{value:.2f} %"]
            if precision == "float32":
                cells += ["", "", ""]
            else:
                least, middle = cosines(work, model, precision) if model in RECOGNIZERS else (None, None)
                cells += [f"{value - exact:+.2f}", *(f"{x:.5f}" if x is not None else "" for x in (least, middle))]
            cells += [f"{took[precision]:.2f}" if took else "", f"{took[precision] / took['float32']:.2f}" if took else ""]
            cells.append("yes" if admitted(model, value - exact) else "no")
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def admitted(model: str, change: float) -> bool:
    return round(change, 4) >= -LARGEST_LOSS["detector" if model in DETECTORS else "recognizer"]


def write_manifests(work: Measurements, models: tuple[str, ...] = REDUCIBLE):
    """Sets `precisions` of the models measured, and their `ranges` if the file measured is the one of the manifest."""
    for model in models:
        path = ours.ROOT / f"Models/{model}.json"
        entries = []
        for precision in PRECISIONS:
            change = round(figure(work, model, precision) - figure(work, model, "float32"), 3)
            data = "average precision on 197 WIDER FACE validation images" if model in DETECTORS else (
                f"best accuracy on 1,000 pairs of LFW's development list, landmarks from {POINTS[model][-1]}; least cosine to "
                f"float32 {cosines(work, model, precision)[0]:.5f}")
            entries.append(json.dumps({"name": precision, "change": change, "data": data}))
        text = path.read_text()
        manifest = json.loads(text)
        if "precisions" in manifest:
            start = text.index('  "precisions": [')
            text = text[:start].rstrip().rstrip(",") + text[text.index("\n  ]", start) + 4:]
        if "ranges" in manifest:
            start = text.index('  "ranges": {"')
            text = text[:start].rstrip().rstrip(",") + text[text.index("}\n", start) + 1:]
        body = text.rstrip().removesuffix("}").rstrip()
        body += ',\n  "precisions": [\n    ' + ",\n    ".join(entries) + "\n  ]"
        ranges = work.ranges(model, "int8")
        if [ranges["weights"]] == [file.get("sha256") for file in manifest["files"]]:
            body += ',\n  "ranges": ' + json.dumps(ranges)
        path.write_text(body + "\n}\n")
        json.loads(path.read_text())
