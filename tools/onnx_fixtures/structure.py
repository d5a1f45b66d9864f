"""Graphs whose structure is the point: branches that shapes decide. Made with onnx 1.23.2 and onnxruntime 1.32.0."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from writer import Group

group = Group("structure", seed=5)


def branch(name: str, nodes: list, output: str, initializers: list | None = None):
    return helper.make_graph(
        nodes, name, [], [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)], initializers or [])


def squeeze_if_one(name: str, shape: tuple[int, ...]) -> None:
    """What PyTorch writes for squeeze(1) when it does not know the dimension."""
    nodes = [
        helper.make_node("Shape", ["x"], ["shape"]),
        helper.make_node("Gather", ["shape", "index"], ["size"]),
        helper.make_node("Equal", ["size", "one"], ["is_one"]),
        helper.make_node(
            "If", ["is_one"], ["y"],
            then_branch=branch("then", [helper.make_node("Squeeze", ["x", "axes"], ["squeezed"])], "squeezed"),
            else_branch=branch(
                "else", [helper.make_node("Mul", ["x", "two"], ["scaled"])], "scaled",
                [numpy_helper.from_array(np.float32(2), "two")]),
        ),
    ]
    constants = {"index": np.int64(1), "one": np.int64(1), "axes": np.array([1], np.int64)}
    constants = {key: np.asarray(value) for key, value in constants.items()}
    group.graph(name, nodes, {"x": group.normal(*shape)}, constants, ["y"], free=True)


squeeze_if_one("if_then", (2, 1, 3))
squeeze_if_one("if_else", (2, 4, 3))

flag = np.asarray(True)
group.graph(
    "if_nested",
    [
        helper.make_node(
            "If", ["yes"], ["y"],
            then_branch=branch("outer", [
                helper.make_node("Relu", ["x"], ["positive"]),
                helper.make_node(
                    "If", ["yes"], ["inner"],
                    then_branch=branch("in_then", [helper.make_node("Add", ["positive", "x"], ["sum"])], "sum"),
                    else_branch=branch("in_else", [helper.make_node("Identity", ["x"], ["same"])], "same")),
            ], "inner"),
            else_branch=branch("other", [helper.make_node("Identity", ["x"], ["copy"])], "copy")),
    ],
    {"x": group.normal(3, 5)}, {"yes": flag}, ["y"])

# Nodes in another order than they must run in, a constant as an output, an input passed on.
group.graph(
    "two_outputs",
    [helper.make_node("Relu", ["x"], ["y"]), helper.make_node("Add", ["y", "y"], ["z"])],
    {"x": group.normal(1, 3, 4, 5)}, {}, ["z", "y"])
group.graph(
    "constant_output",
    [helper.make_node("Add", ["a", "b"], ["y"]), helper.make_node("Relu", ["x"], ["z"])],
    {"x": group.normal(2, 3)}, {"a": group.normal(2, 2), "b": group.normal(2, 2)}, ["y", "z"])

group.finish()
