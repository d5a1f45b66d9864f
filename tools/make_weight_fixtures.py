#!/usr/bin/env python3
"""Writes the weight files that WeightFilesTests reads, and what is in them (expected.json).

Last run with Python 3.11.7 and PyTorch 2.13.0 (CPU). The safetensors and dlib files are written here from the description
of their formats, so they need neither library. Usage: tools/make_weight_fixtures.py Tests/WeightFilesTests/Fixtures
"""

import json
import struct
import sys
from collections import OrderedDict
from pathlib import Path

import torch


def numbers(count: int, seed: int) -> list[float]:
    """A repeatable run of values in -0.5 ..< 0.5, exact in float32."""
    return [((index * 7919 + seed * 104729) % 1024) / 1024 - 0.5 for index in range(count)]


def tensor(shape: list[int], seed: int) -> torch.Tensor:
    count = 1
    for dimension in shape:
        count *= dimension
    return torch.tensor(numbers(count, seed), dtype=torch.float32).reshape(shape)


def network_state() -> OrderedDict:
    """A state dictionary with PyTorch's own `_metadata`, batch-norm counters and parameters."""
    network = torch.nn.Sequential(
        OrderedDict(
            conv=torch.nn.Conv2d(3, 4, 3), norm=torch.nn.BatchNorm2d(4), prelu=torch.nn.PReLU(4), fc=torch.nn.Linear(4, 2)
        )
    )
    state = network.state_dict()
    for seed, (name, value) in enumerate(state.items()):
        if value.dtype == torch.int64:
            value.fill_(12345)
        else:
            value.copy_(tensor(list(value.shape), seed))
    return state


def views_state() -> dict:
    """Tensors that are views: transposed, offset, strided, expanded, tied, empty, scalar; and every element type."""
    base = tensor([4, 6], 50)
    return {
        "epoch": 3,
        "note": "kept out",
        "classes": ["a", "b"],
        "rate": 0.5,
        "state_dict": {
            "base": base,
            "transposed": base.t(),
            "column": base[:, 2],
            "corner": base[1:3, 2:5],
            "everySecond": base[::2, ::3],
            "expanded": base[0, :1].expand(5),
            "tied": base,
            "empty": torch.zeros(0, 3),
            "scalar": torch.tensor(2.5),
            "parameter": torch.nn.Parameter(tensor([3], 51)),
            "half": torch.tensor([0.0, -0.0, 1.0, -2.5, 65504.0, 6e-8, 6.1e-5, float("inf")], dtype=torch.float16),
            "bfloat": torch.tensor([0.0, 1.0, -3.140625, 1e30], dtype=torch.bfloat16),
            "double": torch.tensor([0.1, -1e-3, 3.0], dtype=torch.float64),
            "flags": torch.tensor([True, False, True]),
            "bytes": torch.tensor([0, 255, 7], dtype=torch.uint8),
            "small": torch.tensor([-128, 127], dtype=torch.int8),
            "short": torch.tensor([-32768, 32767], dtype=torch.int16),
            "int": torch.tensor([-(2**31), 2**31 - 1], dtype=torch.int32),
            "long": torch.tensor([[-(2**63), 2**63 - 1]], dtype=torch.int64).t(),
        },
    }


def describe(value, name: str = "") -> dict:
    """The tensors of nested dictionaries as the reader is to return them."""
    if isinstance(value, torch.Tensor):
        kind = "float" if value.dtype.is_floating_point else "integer"
        flat = value.detach().to(torch.float64 if kind == "float" else torch.int64).flatten().tolist()
        # Float32's nearest, in decimal; infinities and wide integers as text, because JSON has neither.
        flat = [str(item) if kind == "integer" or item in (float("inf"),) else item for item in flat]
        return {name: {"kind": kind, "shape": list(value.shape), "values": flat}}
    if isinstance(value, dict):
        found = {}
        for key, inner in value.items():
            found.update(describe(inner, f"{name}.{key}" if name else str(key)))
        return found
    return {}


def write_safetensors(path: Path, state: dict) -> None:
    names = {
        torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64", torch.int64: "I64",
        torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
    }  # fmt: skip
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, value in state.items():
        raw = bytes(value.detach().contiguous().view(-1).view(torch.uint8).tolist()) if value.numel() else b""
        header[name] = {
            "dtype": names[value.dtype], "shape": list(value.shape), "data_offsets": [len(body), len(body) + len(raw)],
        }  # fmt: skip
        body += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


class DlibWriter:
    """dlib's serialization of a small residual network of the same make as the face recognition one."""

    def __init__(self) -> None:
        self.data = b""
        self.layers: list[dict] = []

    def integer(self, value: int) -> None:
        magnitude = abs(value)
        digits = magnitude.to_bytes(max(1, (magnitude.bit_length() + 7) // 8), "little")
        self.data += bytes([len(digits) | (0x80 if value < 0 else 0)]) + digits

    def integers(self, *values: int) -> None:
        for value in values:
            self.integer(value)

    def number(self, value: float) -> None:
        mantissa, exponent = value, 0
        while mantissa != int(mantissa):
            mantissa, exponent = mantissa * 2, exponent - 1
        self.integers(int(mantissa), exponent)

    def text(self, value: str) -> None:
        self.integer(len(value))
        self.data += value.encode()

    def tensor(self, values: list[float]) -> None:
        self.integers(2, len(values), 1, 1, 1) if values else self.integers(2, 0, 0, 0, 0)
        self.data += struct.pack(f"<{len(values)}f", *values)

    def alias(self, *dimensions: int) -> None:
        self.integers(1, *dimensions)

    def state(self, first: bool = False) -> None:
        self.data += b"110"
        for _ in range(3):
            self.tensor([])
        if first:
            self.integer(1)

    def convolution(self, filters: int, channels: int, window: int, stride: int, seed: int, first: bool = False) -> None:
        padding = 0 if stride != 1 else window // 2
        shape = [filters, channels, window, window]
        weights, bias = numbers(filters * channels * window * window, seed), numbers(filters, seed + 1)
        self.text("con_4")
        self.tensor(weights + bias)
        self.integers(filters, window, window, stride, stride, padding, padding)
        self.alias(*shape)
        self.alias(1, filters, 1, 1)
        for multiplier in (1.0, 1.0, 1.0, 0.0):
            self.number(multiplier)
        self.state(first)
        self.layers.append(
            {"kind": "convolution", "shape": shape, "values": weights, "bias": bias, "stride": stride, "padding": padding}
        )

    def affine(self, channels: int, seed: int) -> None:
        gamma, beta = numbers(channels, seed), numbers(channels, seed + 1)
        self.text("affine_")
        self.tensor(gamma + beta)
        self.alias(1, channels, 1, 1)
        self.alias(1, channels, 1, 1)
        self.integer(0)
        self.state()
        self.layers.append({"kind": "affine", "values": gamma, "bias": beta})

    def pool(self, kind: str, window: int, stride: int) -> None:
        self.text("max_pool_2" if kind == "maxPool" else "avg_pool_2")
        self.integers(window, window, stride, stride, 0, 0)
        self.state()
        self.layers.append({"kind": kind, "window": window, "stride": stride})

    def plain(self, name: str, kind: str) -> None:
        self.text(name)
        self.state()
        self.layers.append({"kind": kind})

    def fully_connected(self, inputs: int, outputs: int, seed: int) -> None:
        weights = numbers(inputs * outputs, seed)
        self.text("fc_2")
        self.integers(outputs, inputs)
        self.tensor(weights)
        self.alias(inputs, outputs, 1, 1)
        self.alias(0, 0, 0, 0)
        self.integer(1)
        for multiplier in (1.0, 1.0, 1.0, 0.0):
            self.number(multiplier)
        self.state()
        self.layers.append({"kind": "fullyConnected", "shape": [inputs, outputs], "values": weights})


def write_dlib(path: Path) -> dict:
    """conv, affine, relu, max pool, one ares, one aresDown, average, fully connected."""
    writer = DlibWriter()
    writer.integer(1)
    writer.text("loss_metric_2")
    writer.number(0.0625)
    writer.number(0.5)
    # Outermost first; 1 is a tag or a skip, 2 a layer, 3 the layer on the input.
    plan = "fc all relu add avg skip tag affine con relu affine con tag relu add affine con relu affine con tag max relu affine con"
    for name in plan.split()[:-1]:
        writer.integer(1 if name in ("tag", "skip") else 2)
    writer.integer(3)
    writer.text("input_rgb_image_sized")
    for mean in (122.5, 117.0, 104.25):
        writer.number(mean)
    writer.integers(20, 24)
    writer.convolution(4, 3, 3, 2, 1, first=True)
    writer.affine(4, 3)
    writer.plain("relu_", "relu")
    writer.pool("maxPool", 3, 2)
    for filters, channels, stride, seed in ((4, 4, 1, 10), (6, 4, 2, 20)):
        writer.layers.append({"kind": "tag"})
        writer.convolution(filters, channels, 3, stride, seed)
        writer.affine(filters, seed + 2)
        writer.plain("relu_", "relu")
        writer.convolution(filters, filters, 3, 1, seed + 4)
        writer.affine(filters, seed + 6)
        if stride == 2:
            writer.layers += [{"kind": "tag"}, {"kind": "skip"}]
            writer.pool("averagePool", 2, 2)
        writer.plain("add_prev_", "addTagged")
        writer.plain("relu_", "relu")
    writer.pool("averagePoolEverything", 0, 1)
    writer.fully_connected(6, 5, 40)
    path.write_bytes(writer.data)
    return {"means": [122.5, 117.0, 104.25], "size": [20, 24], "margin": 0.0625, "threshold": 0.5, "layers": writer.layers}


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    network, views = network_state(), views_state()
    torch.save(network, folder / "network-zip.pt")
    torch.save(network, folder / "network-legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(network, folder / "network-protocol4.pt", pickle_protocol=4)
    torch.save(views, folder / "views-zip.pt")
    torch.save(views, folder / "views-legacy.pt", _use_new_zipfile_serialization=False)
    write_safetensors(folder / "views.safetensors", views["state_dict"])
    expected = {
        "network": describe(network),
        "views": describe(views),
        "safetensors": describe(views["state_dict"]),
        "dlib": write_dlib(folder / "residual.dat"),
    }
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    main()
