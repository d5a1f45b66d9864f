#!/usr/bin/env python3
"""What other implementations find in photos with SCRFD, YuNet and RetinaFace: Tests/FaceModelsTests/Fixtures/detectors.json.

    make_detector_references.py SHARED OUT           the photos of the fixture
    make_detector_references.py SHARED OUT --many    about forty, for FACE_WORKER_DETECTORS

SHARED has data/ and models/. SCRFD runs in onnxruntime with the post-processing that its authors describe, YuNet in
OpenCV's FaceDetectorYN, RetinaFace in PyTorch with layers after the names of its checkpoint. Run with onnxruntime 1.32.0,
OpenCV 5.0.0, PyTorch 2.15.0, NumPy 2.
"""

import glob
import json
import os
import sys

import cv2
import numpy as np
import onnxruntime
import torch
from torch import nn
from torch.nn import functional

FIXTURE_PHOTOS = [
    "wider-dev/images/20--Family_Group/20_Family_Group_Family_Group_20_483.jpg",
    "wider-dev/images/4--Dancing/4_Dancing_Dancing_4_228.jpg",
    "wider-dev/images/19--Couple/19_Couple_Couple_19_810.jpg",
    "lfw-dev/images/Amanda_Bynes/Amanda_Bynes_0002.jpg",
    "lfw-dev/images/Ismail_Merchant/Ismail_Merchant_0001.jpg",
]
SIDE = 640
THRESHOLD = 0.3


def letterbox(image):
    """The photo fitted into a black square, top left, and the factor of its height."""
    height, width = image.shape[:2]
    if height > width:
        new_height, new_width = SIDE, int(SIDE / (height / width))
    else:
        new_height, new_width = int(SIDE * (height / width)), SIDE
    square = np.zeros((SIDE, SIDE, 3), np.uint8)
    square[:new_height, :new_width] = cv2.resize(image, (new_width, new_height))
    return square, new_height / height


def suppress(boxes, scores, threshold=0.4):
    """Indices of the kept boxes; pixels are counted inclusively."""
    x1, y1, x2, y2 = boxes.T
    areas = (x2 - x1 + 1) * (y2 - y1 + 1)
    order = np.argsort(-scores, kind="stable")
    kept = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(best)
        wide = np.minimum(x2[best], x2[rest]) - np.maximum(x1[best], x1[rest]) + 1
        high = np.minimum(y2[best], y2[rest]) - np.maximum(y1[best], y1[rest]) + 1
        shared = np.maximum(0, wide) * np.maximum(0, high)
        order = rest[shared / (areas[best] + areas[rest] - shared) <= threshold]
    return kept


def listed(boxes, scores, points):
    """The faces as the fixture has them."""
    return [
        {
            "box": [round(float(v), 3) for v in boxes[i]],
            "score": round(float(scores[i]), 5),
            "points": [[round(float(x), 3), round(float(y), 3)] for x, y in points[i]],
        }
        for i in suppress(boxes, scores)
    ]


class SCRFD:
    def __init__(self, path):
        self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def find(self, image):
        square, scale = letterbox(image)
        blob = cv2.dnn.blobFromImage(square, 1 / 128, (SIDE, SIDE), (127.5, 127.5, 127.5), swapRB=True)
        outputs = self.session.run(None, {self.session.get_inputs()[0].name: blob})
        found = [[], [], []]
        for level, stride in enumerate([8, 16, 32]):
            scores = outputs[level].reshape(-1)
            side = SIDE // stride
            rows, columns = np.mgrid[:side, :side]
            anchors = np.repeat(np.stack([columns, rows], -1).reshape(-1, 2).astype(np.float32) * stride, 2, axis=0)
            distances = outputs[level + 3].reshape(-1, 4) * stride
            boxes = np.concatenate([anchors - distances[:, :2], anchors + distances[:, 2:]], 1)
            points = anchors[:, None] + outputs[level + 6].reshape(-1, 5, 2) * stride
            passed = scores >= THRESHOLD
            for part, values in zip(found, (boxes, scores, points)):
                part.append(values[passed])
        boxes, scores, points = (np.concatenate(part) for part in found)
        return listed(boxes / scale, scores, points / scale)


class YuNet:
    def __init__(self, path, own_size):
        self.path, self.own_size = path, own_size

    def find(self, image):
        picture, scale = (image, 1) if self.own_size else letterbox(image)
        size = (picture.shape[1], picture.shape[0])
        _, rows = cv2.FaceDetectorYN.create(self.path, "", size, THRESHOLD, 0.3, 5000).detect(picture)
        faces = []
        for row in rows if rows is not None else []:
            x, y, width, height = row[:4] / scale
            faces.append({
                "box": [round(float(v), 3) for v in (x, y, x + width, y + height)],
                "score": round(float(row[14]), 5),
                "points": np.round(row[4:14].reshape(5, 2).astype(np.float64) / scale, 3).tolist(),
            })
        return faces


def convolution(inputs, outputs, kernel, slope=None, stride=1, groups=1):
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([] if slope is None else [nn.LeakyReLU(slope)]))


def separable(inputs, outputs, stride):
    return nn.Sequential(*convolution(inputs, inputs, 3, 0.1, stride, inputs), *convolution(inputs, outputs, 1, 0.1))


class MobileNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stage1 = nn.Sequential(
            convolution(3, 8, 3, 0.1, 2), separable(8, 16, 1), separable(16, 32, 2), separable(32, 32, 1),
            separable(32, 64, 2), separable(64, 64, 1))
        self.stage2 = nn.Sequential(separable(64, 128, 2), *[separable(128, 128, 1) for _ in range(5)])
        self.stage3 = nn.Sequential(separable(128, 256, 2), separable(256, 256, 1))

    def forward(self, x):
        first = self.stage1(x)
        second = self.stage2(first)
        return first, second, self.stage3(second)


class ResNet50(nn.Module):
    def __init__(self):
        super().__init__()
        import torchvision

        whole = torchvision.models.resnet50(weights=None)
        for name in ("conv1", "bn1", "layer1", "layer2", "layer3", "layer4"):
            setattr(self, name, getattr(whole, name))

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        first = self.layer2(self.layer1(x))
        second = self.layer3(first)
        return first, second, self.layer4(second)


class Pyramid(nn.Module):
    def __init__(self, channels, width, slope):
        super().__init__()
        for index, count in enumerate(channels):
            setattr(self, f"output{index + 1}", convolution(count, width, 1, slope))
        self.merge1 = convolution(width, width, 3, slope)
        self.merge2 = convolution(width, width, 3, slope)

    def forward(self, first, second, third):
        first, second, third = self.output1(first), self.output2(second), self.output3(third)
        second = self.merge2(second + functional.interpolate(third, size=second.shape[2:], mode="nearest"))
        first = self.merge1(first + functional.interpolate(second, size=first.shape[2:], mode="nearest"))
        return first, second, third


class Context(nn.Module):
    def __init__(self, width, slope):
        super().__init__()
        self.conv3X3 = convolution(width, width // 2, 3)
        self.conv5X5_1 = convolution(width, width // 4, 3, slope)
        self.conv5X5_2 = convolution(width // 4, width // 4, 3)
        self.conv7X7_2 = convolution(width // 4, width // 4, 3, slope)
        self.conv7x7_3 = convolution(width // 4, width // 4, 3)

    def forward(self, x):
        shared = self.conv5X5_1(x)
        parts = [self.conv3X3(x), self.conv5X5_2(shared), self.conv7x7_3(self.conv7X7_2(shared))]
        return functional.relu(torch.cat(parts, 1))


class Head(nn.Module):
    def __init__(self, width, length):
        super().__init__()
        self.length = length
        self.conv1x1 = nn.Conv2d(width, 2 * length, 1)

    def forward(self, x):
        return self.conv1x1(x).permute(0, 2, 3, 1).reshape(x.shape[0], -1, self.length)


class RetinaFaceNetwork(nn.Module):
    def __init__(self, resnet=False):
        super().__init__()
        width, slope = (256, 0) if resnet else (64, 0.1)
        self.body = ResNet50() if resnet else MobileNet()
        self.fpn = Pyramid([512, 1024, 2048] if resnet else [64, 128, 256], width, slope)
        for index in (1, 2, 3):
            setattr(self, f"ssh{index}", Context(width, slope))
        for name, length in (("BboxHead", 4), ("ClassHead", 2), ("LandmarkHead", 10)):
            setattr(self, name, nn.ModuleList([Head(width, length) for _ in range(3)]))

    def forward(self, x):
        levels = self.fpn(*self.body(x))
        levels = [context(level) for context, level in zip((self.ssh1, self.ssh2, self.ssh3), levels)]
        boxes, classes, points = (
            torch.cat([head(level) for head, level in zip(heads, levels)], 1)
            for heads in (self.BboxHead, self.ClassHead, self.LandmarkHead))
        return boxes, classes.softmax(-1), points


class RetinaFace:
    def __init__(self, path, own_size):
        self.own_size = own_size
        self.network = RetinaFaceNetwork().eval()
        self.network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))

    @staticmethod
    def priors(width, height):
        """Center and side of every prior."""
        return np.array([
            ((column + 0.5) * stride, (row + 0.5) * stride, side)
            for stride, sides in ((8, (16, 32)), (16, (64, 128)), (32, (256, 512)))
            for row in range(-(-height // stride)) for column in range(-(-width // stride)) for side in sides
        ], np.float32)

    def find(self, image):
        picture, scale = (image, 1) if self.own_size else letterbox(image)
        values = (picture.astype(np.float32) - np.float32([104, 117, 123])).transpose(2, 0, 1)[None]
        with torch.no_grad():
            boxes, scores, points = (part[0].numpy() for part in self.network(torch.from_numpy(values)))
        passed = scores[:, 1] > THRESHOLD
        priors = self.priors(picture.shape[1], picture.shape[0])[passed]
        centers, sides = priors[:, :2], priors[:, 2:]
        boxes = boxes[passed]
        middle = centers + boxes[:, :2] * 0.1 * sides
        sizes = sides * np.exp(boxes[:, 2:] * 0.2)
        points = centers[:, None] + points[passed].reshape(-1, 5, 2) * 0.1 * sides[:, None]
        edges = np.concatenate([middle - sizes / 2, middle + sizes / 2], 1)
        return listed(edges / scale, scores[passed, 1], points / scale)


def main():
    shared, out = sys.argv[1:3]
    data, models = os.path.join(shared, "data"), os.path.join(shared, "models")
    photos = FIXTURE_PHOTOS
    if "--many" in sys.argv:
        photos = sorted(glob.glob("wider-dev/images/*/*.jpg", root_dir=data))[::7]
        photos += sorted(glob.glob("lfw-dev/images/*/*.jpg", root_dir=data))[::60][:12]
    yunet, retinaface = (
        os.path.join(models, name) for name in ("yunet_2023mar.onnx", "retinaface_mobilenet0.25.pth"))
    detectors = {
        "scrfd_500m": SCRFD(os.path.join(models, "scrfd_500m.onnx")),
        "scrfd_2.5g": SCRFD(os.path.join(models, "scrfd_2.5g.onnx")),
        "yunet": YuNet(yunet, own_size=False),
        "yunet_full": YuNet(yunet, own_size=True),
        "retinaface": RetinaFace(retinaface, own_size=False),
        "retinaface_full": RetinaFace(retinaface, own_size=True),
    }
    found = {}
    for photo in photos:
        image = cv2.imread(os.path.join(data, photo))
        found[photo] = {name: detector.find(image) for name, detector in detectors.items()}
    with open(out, "w") as file:
        # One line a detector.
        lines = [
            f" {json.dumps(photo)}: {{\n"
            + ",\n".join(f"  {json.dumps(name)}: {json.dumps(faces, separators=(',', ':'))}" for name, faces in by.items())
            + "\n }"
            for photo, by in found.items()
        ]
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
