"""RetinaFace with a MobileNet-0.25 backbone in PyTorch, read from a checkpoint's own names: the peer of ours.

Written against the names and conventions of biubug6/Pytorch_Retinaface. Needs torch.
"""
from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SIZES = [[16, 32], [64, 128], [256, 512]]
STEPS = [8, 16, 32]
MEAN = (104.0, 117.0, 123.0)


class RetinaFace(nn.Module):
    """Input 1x3xHxW, BGR minus the mean. Output: boxes (n, 4), face probabilities (n), points (n, 10), all relative to 1."""

    def __init__(self, state: dict[str, torch.Tensor]):
        super().__init__()
        self.state = {name.removeprefix("module."): value.float() for name, value in state.items()}

    def normalized(self, x, name, slope, stride=1, padding=0, groups=1):
        """Convolution `name`.0, batch norm `name`.1, leaky ReLU (none where `slope` is None)."""
        return self.joined(x, name + ".0", name + ".1", slope, stride, padding, groups)

    def joined(self, x, convolution, norm, slope, stride=1, padding=0, groups=1):
        w = self.state
        x = F.conv2d(x, w[convolution + ".weight"], None, stride, padding, 1, groups)
        x = F.batch_norm(x, w[norm + ".running_mean"], w[norm + ".running_var"], w[norm + ".weight"], w[norm + ".bias"])
        return x if slope is None else F.leaky_relu(x, slope)

    def separable(self, x, name, stride):
        x = self.joined(x, name + ".0", name + ".1", 0.1, stride, 1, x.shape[1])
        return self.joined(x, name + ".3", name + ".4", 0.1)

    def backbone(self, x):
        x = self.normalized(x, "body.stage1.0", 0.1, 2, 1)
        for index, stride in enumerate((1, 2, 1, 2, 1), 1):
            x = self.separable(x, f"body.stage1.{index}", stride)
        levels = [x]
        for stage, blocks in ((2, 6), (3, 2)):
            for index in range(blocks):
                x = self.separable(x, f"body.stage{stage}.{index}", 2 if index == 0 else 1)
            levels.append(x)
        return levels

    def pyramid(self, levels):
        one, two, three = (self.normalized(x, f"fpn.output{i}", 0.1) for i, x in enumerate(levels, 1))
        two = self.normalized(two + F.interpolate(three, size=two.shape[2:], mode="nearest"), "fpn.merge2", 0.1, 1, 1)
        one = self.normalized(one + F.interpolate(two, size=one.shape[2:], mode="nearest"), "fpn.merge1", 0.1, 1, 1)
        return [one, two, three]

    def context(self, x, name):
        three = self.normalized(x, name + ".conv3X3", None, 1, 1)
        middle = self.normalized(x, name + ".conv5X5_1", 0.1, 1, 1)
        five = self.normalized(middle, name + ".conv5X5_2", None, 1, 1)
        seven = self.normalized(self.normalized(middle, name + ".conv7X7_2", 0.1, 1, 1), name + ".conv7x7_3", None, 1, 1)
        return F.relu(torch.cat([three, five, seven], 1))

    def head(self, features, name, width):
        parts = []
        for index, x in enumerate(features):
            y = F.conv2d(x, self.state[f"{name}.{index}.conv1x1.weight"], self.state[f"{name}.{index}.conv1x1.bias"])
            parts.append(y.permute(0, 2, 3, 1).reshape(-1, width))
        return torch.cat(parts)

    def forward(self, x):
        height, width = x.shape[2:]
        features = [self.context(level, f"ssh{i}") for i, level in enumerate(self.pyramid(self.backbone(x)), 1)]
        scores = self.head(features, "ClassHead", 2).softmax(1)[:, 1]
        offsets, points = self.head(features, "BboxHead", 4), self.head(features, "LandmarkHead", 10)
        priors = torch.tensor(boxes_before(width, height))
        center = priors[:, :2] + offsets[:, :2] * 0.1 * priors[:, 2:]
        size = priors[:, 2:] * torch.exp(offsets[:, 2:] * 0.2)
        boxes = torch.cat([center - size / 2, center + size / 2], 1)
        points = (priors[:, None, :2] + points.reshape(-1, 5, 2) * 0.1 * priors[:, None, 2:]).reshape(-1, 10)
        return boxes, scores, points


def boxes_before(width: int, height: int) -> np.ndarray:
    """The priors (n, 4), center and size relative to 1: levels, rows, columns, sizes."""
    priors = []
    for sizes, step in zip(SIZES, STEPS):
        for row in range(math.ceil(height / step)):
            for column in range(math.ceil(width / step)):
                for size in sizes:
                    priors.append(((column + 0.5) * step / width, (row + 0.5) * step / height, size / width, size / height))
    return np.array(priors, np.float32)
