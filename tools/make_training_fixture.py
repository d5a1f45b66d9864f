"""Writes what PyTorch does in three training steps, for the tests of the training tape.

    make_training_fixture.py small Tests/NetworksTests/Fixtures/small_training.safetensors
    make_training_fixture.py full FOLDER [--batch 8]

`small` is a network of a few kilobytes with the kinds of layers that InceptionResnetV1 has, and is committed. `full` is
InceptionResnetV1 of facenet-pytorch from seeded weights; its file is too large to commit. Tests look for it in the
folder named by FACE_WORKER_TORCH_REFERENCE.

Each step: forward in train mode, cross-entropy, backward, Adam (default betas and epsilon). A file holds the weights
before (`before/`), the batch (`input`, `labels`), the loss of each step (`losses`), the gradients of the first step
(`gradient/`), and the weights and running statistics after the third step (`after/`), computed in float32; then losses,
gradients and weights of the same computation in float64 (`exact_losses`, `exact_gradient/`, `exact/`), which show how
far PyTorch's own float32 is from the truth. Adam's first steps are the signs of the gradients, so that rounding decides
where a gradient is nearly zero: at large rates no two implementations agree, nor do PyTorch's float32 and float64.

Run with Python 3.11.7, torch 2.15.0, facenet-pytorch 2.6.0, numpy 2.4.6.
"""

import argparse
import copy
import json
import pathlib
import struct

import numpy
import torch
from torch import nn

STEPS = 3


class Convolution(nn.Module):
    """Convolution, batch norm, ReLU, as facenet-pytorch's BasicConv2d."""

    def __init__(self, inputs, outputs, kernel, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001, momentum=0.1)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))


class Small(nn.Module):
    """One residual block between a stem and a classifier."""

    def __init__(self):
        super().__init__()
        self.stem = Convolution(3, 8, 3, stride=2)
        self.pool = nn.MaxPool2d(3, stride=2)
        self.branch0 = Convolution(8, 6, 1)
        self.branch1 = nn.Sequential(
            Convolution(8, 6, 1), Convolution(6, 6, (1, 3), padding=(0, 1)), Convolution(6, 6, 3, padding=1))
        self.conv2d = nn.Conv2d(12, 8, 1)
        self.last_linear = nn.Linear(8, 12, bias=False)
        self.last_bn = nn.BatchNorm1d(12, eps=0.001, momentum=0.1)
        self.logits = nn.Linear(12, 5)
        # So that the last ReLU cuts: else batch norm would cancel every shift before it, and the gradients by those
        # shifts would be rounding errors, of which Adam takes the sign.
        with torch.no_grad():
            self.conv2d.weight *= 12
            self.conv2d.bias -= 2
            self.stem.bn.bias -= 1

    def forward(self, x):
        x = self.pool(self.stem(x))
        joined = torch.cat((self.branch0(x), self.branch1(x)), 1)
        x = torch.relu(self.conv2d(joined) * 0.17 + x)
        x = x.mean((2, 3))
        return self.logits(self.last_bn(self.last_linear(x)))


def state(model):
    """The float tensors of a network by name."""
    return {name: tensor for name, tensor in model.state_dict().items() if tensor.is_floating_point()}


def train(model, images, labels, rate):
    """Three steps; returns the losses and the first gradients."""
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    losses, gradients = [], None
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        if gradients is None:
            gradients = {name: p.grad.clone() for name, p in model.named_parameters()}
        optimizer.step()
        losses.append(loss.item())
    return losses, gradients


def write(path, tensors, metadata):
    """Writes a safetensors file; float64 becomes float32."""
    header, data, offset = {"__metadata__": metadata}, [], 0
    for name, tensor in tensors.items():
        array = tensor.detach().numpy()
        kind = "I64" if array.dtype == numpy.int64 else "F32"
        raw = numpy.ascontiguousarray(array, dtype="<i8" if kind == "I64" else "<f4").tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [offset, offset + len(raw)]}
        data.append(raw)
        offset += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(data))


def make(model, images, labels, rate, path):
    exact = copy.deepcopy(model).double()
    before = {name: tensor.clone() for name, tensor in state(model).items()}
    losses, gradients = train(model, images, labels, rate)
    exact_losses, exact_gradients = train(exact, images.double(), labels, rate)
    tensors = {"labels": labels, "input": images, "losses": torch.tensor(losses)}
    tensors["exact_losses"] = torch.tensor(exact_losses)
    for prefix, values in (
        ("before", before), ("gradient", gradients), ("after", state(model)), ("exact_gradient", exact_gradients),
        ("exact", state(exact)),
    ):
        for name, tensor in values.items():
            tensors[f"{prefix}/{name}"] = tensor
    metadata = {"torch": torch.__version__, "learningRate": repr(rate), "optimizer": "adam"}
    write(path, tensors, metadata)
    print("losses", losses, "in float64", exact_losses)
    differences = sorted(
        ((state(model)[name].double() - tensor).norm().item() / max(tensor.norm().item(), 1e-30), name)
        for name, tensor in state(exact).items())
    print("relative differences of the tensors, float32 to float64; the median", differences[len(differences) // 2])
    for difference, name in differences[:-9:-1]:
        print(f"{difference:.2e} {name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["small", "full"])
    parser.add_argument("path", type=pathlib.Path)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--seed", type=int, default=20)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    if arguments.kind == "small":
        images = torch.rand(4, 3, 19, 17) * 2 - 1
        make(Small(), images, torch.tensor([0, 3, 1, 4]), arguments.rate or 1e-3, arguments.path)
        return
    from facenet_pytorch import InceptionResnetV1

    torch.set_num_threads(2)
    model = InceptionResnetV1(pretrained=None, classify=True, num_classes=10, dropout_prob=0)
    # As after some training, where no tensor is all zeros: a difference relative to zero says nothing.
    with torch.no_grad():
        for name, tensor in state(model).items():
            if name.endswith(("bn.bias", "running_mean")):
                tensor += 0.1 * torch.randn_like(tensor)
            elif name.endswith(("bn.weight", "running_var")):
                tensor *= 0.8 + 0.4 * torch.rand_like(tensor)
    images = torch.rand(arguments.batch, 3, 160, 160) * 2 - 1
    labels = torch.arange(arguments.batch) % 10
    arguments.path.mkdir(parents=True, exist_ok=True)
    make(model, images, labels, arguments.rate or 1e-5, arguments.path / "inception_training.safetensors")


if __name__ == "__main__":
    main()
