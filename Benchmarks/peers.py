"""Runs a rival on request: one JSON command a line on stdin, one JSON answer a line on stdout.

Started by `run` with the Python that has the rivals installed. Commands: {"op": "mtcnn"|"dlib", "image": path,
"repeat": n, "threads": n} -> {"ms": [...], "version": ...} or {"missing": why}.
"""
import json
import sys
import time

import numpy as np
from PIL import Image

cache = {}


def mtcnn(threads):
    import torch
    from facenet_pytorch import MTCNN
    from importlib.metadata import version

    torch.set_num_threads(threads)
    if "mtcnn" not in cache:
        cache["mtcnn"] = MTCNN(keep_all=True, min_face_size=20)
    network = cache["mtcnn"]

    def call(pixels):
        with torch.no_grad():
            return network.detect(pixels, landmarks=True)

    return call, f"facenet-pytorch {version('facenet-pytorch')} on torch {torch.__version__}"


def dlib_descriptor(model):
    import dlib

    if "dlib" not in cache:
        cache["dlib"] = dlib.face_recognition_model_v1(model)
    network = cache["dlib"]

    def call(pixels):
        return network.compute_face_descriptor(pixels)

    return call, f"dlib {dlib.__version__}"


def main():
    for line in sys.stdin:
        command = json.loads(line)
        try:
            if command["op"] == "mtcnn":
                call, version = mtcnn(command["threads"])
            else:
                call, version = dlib_descriptor(command["model"])
            pixels = np.array(Image.open(command["image"]).convert("RGB"))
            call(pixels)
            times = []
            for _ in range(command["repeat"]):
                start = time.perf_counter()
                call(pixels)
                times.append((time.perf_counter() - start) * 1000)
            answer = {"ms": times, "version": version}
        except ImportError as error:
            answer = {"missing": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
