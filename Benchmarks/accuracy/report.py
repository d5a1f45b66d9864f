"""The tables of ACCURACY.md, and the thresholds of the manifests, from what was measured."""
from __future__ import annotations

import json
import os
import platform
import tempfile
from pathlib import Path

import numpy as np
import ours
from detection import PROTOCOL as DETECTION_PROTOCOL
from detection import annotations, average_precision
from measurements import (
    DETECTORS, LEAST_SCORE, MOST_BOXES, ONNX, PEERS, POINTS, RECOGNIZERS, Measurements, compared, normalized)
from verification import PROTOCOL as VERIFICATION_PROTOCOL
from verification import Comparisons, accuracy, interval, pairs

RATES = (1e-2, 1e-3, 1e-4, 1e-5)


def heading(work: Measurements) -> str:
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), platform.machine())
    from importlib.metadata import version

    names = ("insightface", "onnxruntime", "opencv-python-headless", "torch", "facenet-pytorch", "numpy")
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    return "\n".join([
        "# Accuracy", "", "Written by `Benchmarks/accuracy/run`.", "",
        f"Measured on {model}, {os.cpu_count()} cores; {packages}. Ours always through the protocol (`detect`, `embed`).", ""])


def detectors(work: Measurements) -> str:
    truth = annotations(work.wider)
    faces = sum(len(boxes) for boxes in truth.values())
    lines = [
        "## Detectors", "",
        f"Average precision at an overlap of 0.5 on {len(truth)} WIDER FACE validation images with {faces} boxes. "
        + DETECTION_PROTOCOL,
        "", f"Of each photo the best {MOST_BOXES} boxes with a score of {LEAST_SCORE} or more are compared, however small; MTCNN "
        "looks for faces of 20 pixels and more on both sides.", "",
        "| detector | ours | peer | ours - peer, points | peer made with |", "|---|---|---|---|---|"]
    for detector in DETECTORS:
        peer = work.peer_boxes(PEERS.get(detector, detector))
        theirs = average_precision(truth, compared(peer["faces"]))["ap"]
        mine = average_precision(truth, compared(work.our_boxes(detector)))["ap"]
        lines.append(f"| {detector} | {mine:.4f} | {theirs:.4f} | {100 * (mine - theirs):+.3f} | {peer['made with']} |")
    lines += ["", "insightface scales both sides of a box back by the height's factor, although rounding to whole pixels gave the "
              "width another; ours does the same unless the manifest's `detection` has `exactScale`."]
    return "\n".join([*lines, ""])


def percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def recognizers(work: Measurements) -> str:
    listed = pairs(work.lfw)
    lines = [
        "## Recognizers", "", VERIFICATION_PROTOCOL + " The peer is onnxruntime on crops that OpenCV warps, with the peer's "
        "own landmarks and faces of a score of 0.5 and more; insightface enlarges these photos to 640x640, ours does not.", "",
        "| recognizer | landmarks from | ours, best threshold | ours, 10-fold | photos without a face | peer, best threshold | "
        "peer, 10-fold |", "|---|---|---|---|---|---|---|"]
    for recognizer in RECOGNIZERS:
        for detector in POINTS[recognizer]:
            mine = accuracy(work.our_embeddings(recognizer, detector), listed)
            peer = work.peer_embeddings(recognizer, detector)
            theirs = accuracy(peer, listed) if peer else None
            tail = f"{percent(theirs['best'])} | {percent(theirs['tenfold'])}" if theirs else "|"
            lines.append(
                f"| {recognizer} | {detector} | {percent(mine['best'])} at {mine['threshold']:.3f} | "
                f"{percent(mine['tenfold'])} ± {100 * mine['standardError']:.1f} | {len(mine['missing'])} | {tail} |")
    return "\n".join([*lines, ""])


def thresholds(work: Measurements) -> str:
    lines = [
        "## Thresholds", "",
        "All comparisons of two of the photos above. In brackets: 95 % of 400 draws of the people with replacement.", "",
        "| recognizer | landmarks from | comparisons | false matches | threshold | false non-matches |",
        "|---|---|---|---|---|---|"]
    for recognizer in RECOGNIZERS:
        for detector in POINTS[recognizer]:
            all_of = Comparisons(work.our_embeddings(recognizer, detector))
            for rate in RATES:
                score, draws = all_of.threshold(rate), all_of.resampled(rate)
                low, high = interval(draws["score"])
                best, worst = interval(draws["fnmr"])
                lines.append(
                    f"| {recognizer} | {detector} | {len(all_of.genuine):,} genuine, {len(all_of.impostors):,} impostor | "
                    f"{rate:g} | {score:.4f} ({low:.4f} ... {high:.4f}) | {100 * all_of.rates(score)[1]:.2f} % "
                    f"({100 * best:.1f} ... {100 * worst:.1f}) |")
    return "\n".join([*lines, ""])


def test_time(work: Measurements) -> str:
    listed = pairs(work.lfw)
    lines = [
        "## Test-time options", "",
        "By the peer (onnxruntime, landmarks from scrfd-2.5g). `mirror` embeds the crop and its mirror image and adds both, which "
        "doubles the time of an embedding. `center` subtracts the mean of the embeddings of other people's photos (lfw-people "
        "without those of lfw-dev) from the normalized embedding and normalizes again, which costs nothing measurable.", "",
        "| recognizer | option | best threshold | 10-fold | FNMR at FMR 1e-2 | at 1e-3 | at 1e-4 |",
        "|---|---|---|---|---|---|---|"]
    for recognizer in (name for name in RECOGNIZERS if name in ONNX):
        names, plain, mirrored = work.peer_vectors(recognizer, "scrfd-2.5g")
        center = work.center(recognizer, "scrfd-2.5g")
        for option in ("none", "mirror", "center", "mirror, center"):
            vectors = normalized(dict(zip(names, plain + mirrored if "mirror" in option else plain)))
            if "center" in option:
                vectors = normalized({name: vector - center for name, vector in vectors.items()})
            result, all_of = accuracy(vectors, listed), Comparisons(vectors)
            rates = [f"{100 * all_of.rates(all_of.threshold(rate))[1]:.2f} %" for rate in RATES[:3]]
            lines.append(f"| {recognizer} | {option} | {percent(result['best'])} | {percent(result['tenfold'])} | "
                         + " | ".join(rates) + " |")
    return "\n".join([*lines, ""])


def times(work: Measurements) -> str:
    """Milliseconds of the worker's own stages; not kept, as they depend on what else the machine does."""
    from PIL import Image

    lines = [
        "## Times", "",
        "The worker's own time for the stage, median of 25, one request at a time; a busy machine shows in them. Detectors: a WIDER photo at 640x480 with the "
        "smallest face 20; recognizers: one face, crop included.", "",
        "| model | file, MB | ms, 1 thread | ms, 2 threads |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        frame = Path(folder) / "frame.png"
        first = sorted((work.wider / "images").rglob("*.jpg"))[0]
        Image.open(first).convert("RGB").resize((640, 480)).save(frame)
        portrait = sorted((work.lfw / "images").rglob("*.jpg"))[0]
        for model in (*DETECTORS, *RECOGNIZERS):
            is_detector = model in DETECTORS
            installation = ours.Installation(work.weights)
            installation.add(model)
            installation.add("dlib-resnet-v1" if is_detector else "mtcnn")
            row = []
            for threads in (1, 2):
                pair = (model, "dlib-resnet-v1") if is_detector else ("mtcnn", model)
                with installation.worker(*pair, threads=threads) as worker:
                    worker.ready()
                    row.append(ours.milliseconds(worker, "detect", frame, "detectMs") if is_detector
                               else ours.milliseconds(worker, "embed", portrait, "embedMs"))
            size = sum(path.stat().st_size for path in Path(installation.folder.name, model).iterdir()
                       if path.name != "manifest.json") / 1e6
            lines.append(f"| {model} | {size:.1f} | {row[0]:.1f} | {row[1]:.1f} |")
    return "\n".join([*lines, ""])


def write_manifests(work: Measurements, detector: str = "mtcnn") -> None:
    """Puts thresholds and calibration, measured with one detector's landmarks, into the recognizers' manifests."""
    for recognizer in (name for name in RECOGNIZERS if name in ONNX):
        path = ours.ROOT / f"Models/{recognizer}.json"
        all_of = Comparisons(work.our_embeddings(recognizer, detector))
        entries = []
        for rate in RATES:
            score, draws = all_of.threshold(rate), all_of.resampled(rate)
            source = (f"LFW development images (View 1 test list): {all_of.photos:,} photos, face nearest the centre, landmarks "
                      f"from {detector}; {len(all_of.genuine)} genuine and {len(all_of.impostors):,} impostor comparisons; "
                      "95 % intervals from 400 draws of the people" if rate == RATES[0] else "the same")
            entries.append({
                "fmr": rate, "score": round(score, 4), "metric": "cosine", "data": source,
                "fmrInterval": [float(f"{value:.3g}") for value in interval(draws["fmr"])],
                "fnmr": round(all_of.rates(score)[1], 4), "fnmrInterval": [round(v, 4) for v in interval(draws["fnmr"])]})
        slope, midpoint = all_of.calibration()
        text = path.read_text().rstrip()
        head = text.split(',\n  "thresholds"')[0].removesuffix("\n}")
        lines = ",\n".join("    " + json.dumps(entry) for entry in entries)
        text = (f'{head},\n  "thresholds": [\n{lines}\n  ],\n  "calibration": {{\n    "slope": {slope:.2f},\n'
                f'    "midpoint": {midpoint:.4f},\n'
                '    "data": "logistic regression on the same genuine comparisons and as many of the impostors"\n  }\n}\n')
        json.loads(text)
        path.write_text(text)
        print(f"{path}: {np.round([entry['score'] for entry in entries], 4)}, {slope:.2f}, {midpoint:.4f}")
