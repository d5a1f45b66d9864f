"""Writes single-operator ONNX graphs and what onnxruntime answers, for Tests/OnnxImportTests.

    python tools/onnx_fixtures/<group>.py        made with onnx 1.23.2 and onnxruntime 1.32.0; see each group's file

A case is `Tests/OnnxImportTests/Fixtures/<group>/<case>.onnx` and `<case>.json` beside it with the inputs and the outputs.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FIXTURES = Path(__file__).resolve().parents[2] / "Tests/OnnxImportTests/Fixtures"
TYPES = {
    np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.int64): TensorProto.INT64, np.dtype(np.int32): TensorProto.INT32,
    np.dtype(np.uint8): TensorProto.UINT8, np.dtype(np.int8): TensorProto.INT8, np.dtype(np.bool_): TensorProto.BOOL,
    np.dtype(np.float16): TensorProto.FLOAT16, np.dtype(np.float64): TensorProto.DOUBLE,
}


class Group:
    """The cases of one group; files of cases that are no longer listed are removed by `finish`."""

    def __init__(self, name: str, seed: int = 1):
        self.folder = FIXTURES / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.random = np.random.default_rng(seed)
        self.written: set[str] = set()

    def normal(self, *shape: int) -> np.ndarray:
        """Random float32 of a shape; the same at every run."""
        return self.random.standard_normal(shape).astype(np.float32)

    def op(
        self, name: str, operator: str, inputs: dict[str, np.ndarray], constants: dict[str, np.ndarray] | None = None,
        *, order: list[str] | None = None, outputs: int | list[str] = 1, opset: int = 13, domain: str = "",
        tolerance: float = 1e-5, free: bool = False, **attributes,
    ) -> None:
        """One node. `order` lists its inputs ("" for one left out); by default the inputs, then the constants."""
        constants = constants or {}
        names = outputs if isinstance(outputs, list) else [f"y{index}" for index in range(outputs)]
        node = helper.make_node(
            operator, order if order is not None else [*inputs, *constants], names, name=f"{operator}_0", domain=domain,
            **attributes)
        self.graph(name, [node], inputs, constants, [n for n in names if n], opset=opset, domain=domain,
                   tolerance=tolerance, free=free)

    def graph(
        self, name: str, nodes: list, inputs: dict[str, np.ndarray], constants: dict[str, np.ndarray],
        outputs: list[str], *, opset: int = 13, domain: str = "", tolerance: float = 1e-5, free: bool = False,
    ) -> None:
        """Several nodes. `free` declares every input dimension as free."""
        assert name not in self.written, name

        def info(key: str, value: np.ndarray):
            shape = [f"{key}_d{i}" if free else d for i, d in enumerate(value.shape)]
            return helper.make_tensor_value_info(key, TYPES[value.dtype], shape)

        opsets = [helper.make_opsetid("", opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
        graph = helper.make_graph(
            nodes, name, [info(key, value) for key, value in inputs.items()],
            [onnx.ValueInfoProto(name=output) for output in outputs],
            [numpy_helper.from_array(value, key) for key, value in constants.items()])
        model = helper.make_model(graph, opset_imports=opsets, producer_name="face-worker fixtures")
        model.ir_version = 8
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
        answers = session.run(outputs, inputs)
        (self.folder / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))
        record = {
            "tolerance": tolerance,
            "inputs": {key: tensor(value) for key, value in inputs.items()},
            "outputs": {key: tensor(value) for key, value in zip(outputs, answers)},
        }
        (self.folder / f"{name}.json").write_text(json.dumps(record, separators=(",", ":")) + "\n")
        self.written.add(name)

    def finish(self) -> None:
        for path in self.folder.iterdir():
            if path.stem not in self.written:
                path.unlink()
        print(f"{self.folder}: {len(self.written)} cases")


def tensor(value: np.ndarray) -> dict:
    flat = np.asarray(value)
    values = [float(f"{v:.9g}") for v in flat.astype(np.float64).ravel()]
    return {"type": str(flat.dtype), "shape": list(flat.shape), "values": values}
