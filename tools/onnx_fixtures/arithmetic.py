"""Fixtures of arithmetic operators; made with onnx 1.23.2 and onnxruntime 1.32.0."""

from __future__ import annotations

import numpy as np
from onnx import helper

from writer import Group

F = np.float32
I = np.int64


def activations(group: Group) -> None:
    x = group.normal(2, 5, 3, 4) * F(3)
    spread = group.normal(3, 7) * F(4)
    group.op("relu", "Relu", {"x": x}, opset=7)
    group.op("leaky_relu_default", "LeakyRelu", {"x": spread}, opset=7)
    group.op("leaky_relu_image", "LeakyRelu", {"x": x}, alpha=0.2, opset=16)
    group.op("sigmoid", "Sigmoid", {"x": x}, opset=7)
    group.op("sigmoid_extreme", "Sigmoid", {"x": np.array([[-200, -90, -1e-8, 0, 30, 200]], F)})
    group.op("tanh", "Tanh", {"x": spread}, opset=7)
    group.op("hard_sigmoid_default", "HardSigmoid", {"x": spread}, opset=7)
    group.op("hard_sigmoid_mobilenet", "HardSigmoid", {"x": x}, alpha=1 / 6, beta=0.5, opset=14)
    group.op("hard_swish", "HardSwish", {"x": x}, opset=14)
    group.op("elu", "Elu", {"x": spread}, alpha=0.7, opset=7)
    group.op("selu", "Selu", {"x": spread}, opset=7)
    group.op("selu_attributes", "Selu", {"x": spread}, alpha=1.1, gamma=2.2, opset=7)
    group.op("celu", "Celu", {"x": spread}, alpha=1.7, opset=12)
    group.op("thresholded_relu", "ThresholdedRelu", {"x": spread}, alpha=0.6, opset=10)
    group.op("softplus", "Softplus", {"x": spread * F(20)}, opset=7)
    group.op("softsign", "Softsign", {"x": spread}, opset=7)
    group.op("mish", "Mish", {"x": spread}, opset=18)
    group.op("gelu", "Gelu", {"x": spread}, opset=20)
    group.op("gelu_tanh", "Gelu", {"x": spread}, approximate="tanh", opset=20)
    group.op("gelu_contrib", "Gelu", {"x": x}, domain="com.microsoft")
    slope = group.normal(5)
    group.op("prelu_per_channel", "PRelu", {"x": x}, {"slope": slope.reshape(5, 1, 1)}, opset=7)
    group.op("prelu_per_channel_rank4", "PRelu", {"x": x}, {"slope": slope.reshape(1, 5, 1, 1)}, opset=9)
    group.op("prelu_one", "PRelu", {"x": x}, {"slope": slope[:1]}, opset=16)
    group.op("prelu_rank2", "PRelu", {"x": group.normal(3, 5)}, {"slope": slope}, opset=16)
    group.op("prelu_per_column", "PRelu", {"x": x}, {"slope": group.normal(4)}, opset=16)
    group.op("prelu_full", "PRelu", {"x": x}, {"slope": group.normal(5, 3, 4)}, opset=16)
    group.op("prelu_computed", "PRelu", {"x": x, "slope": group.normal(5, 1, 1)}, opset=16)


def clips(group: Group) -> None:
    x = group.normal(1, 3, 5, 2) * F(5)
    group.op("clip_attributes", "Clip", {"x": x}, min=-1.5, max=2.5, opset=7)
    group.op("clip_attribute_min", "Clip", {"x": x}, min=0.0, opset=10)
    group.op("clip_relu6", "Clip", {"x": x}, {"low": np.array(0, F), "high": np.array(6, F)}, opset=11)
    group.op("clip_max_only", "Clip", {"x": x}, {"high": np.array(0.5, F)}, order=["x", "", "high"], opset=13)
    group.op("clip_min_only", "Clip", {"x": x}, {"low": np.array(0.25, F)}, opset=12)
    group.op("clip_nothing", "Clip", {"x": x}, opset=12)
    group.op("clip_crossed", "Clip", {"x": x}, {"low": np.array(3, F), "high": np.array(-1, F)})
    group.op("clip_computed", "Clip", {"x": x, "low": np.array(-1, F), "high": np.array(2, F)})
    group.op("clip_int32", "Clip", {"x": np.arange(-6, 6, dtype=np.int32)},
             {"low": np.array(-2, np.int32), "high": np.array(3, np.int32)})


def functions(group: Group) -> None:
    x = group.normal(3, 5) * F(3)
    inside = np.linspace(-0.95, 0.95, 15, dtype=F).reshape(3, 5)
    for name in ["Exp", "Abs", "Neg", "Reciprocal", "Floor", "Ceil", "Erf", "Sin", "Cos", "Sign", "Atan", "Sinh", "Cosh",
                 "Asinh", "Tan"]:
        group.op(name.lower(), name, {"x": x})
    for name in ["Asin", "Acos", "Atanh"]:
        group.op(name.lower(), name, {"x": inside})
    positive = np.abs(x) + F(1.01)
    for name in ["Log", "Sqrt", "Acosh"]:
        group.op(name.lower(), name, {"x": positive})
    halves = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.49, -3.51, 1e9], F)
    group.op("round_half_to_even", "Round", {"x": halves}, opset=11)
    group.op("not", "Not", {"x": np.array([[True, False], [False, True]])})
    group.op("abs_int32", "Abs", {"x": np.array([-7, 0, 9], np.int32)})
    group.op("exp_image", "Exp", {"x": group.normal(2, 3, 4, 5)}, opset=7)


def binaries(group: Group) -> None:
    image, other = group.normal(2, 3, 4, 5), group.normal(2, 3, 4, 5)
    weights = np.abs(group.normal(3, 1, 1)) + F(0.5)
    for operator in ["Add", "Sub", "Mul", "Div"]:
        name = operator.lower()
        group.op(f"{name}_equal", operator, {"a": image, "b": other}, opset=7)
        group.op(f"{name}_channel_constant", operator, {"a": image}, {"b": weights}, opset=7)
        group.op(f"{name}_constant_left", operator, {"b": image}, {"a": weights.reshape(1, 3, 1, 1)}, order=["a", "b"])
        group.op(f"{name}_scalar", operator, {"a": image}, {"b": np.array(1.7, F)}, opset=14)
        group.op(f"{name}_both_sides", operator, {"a": group.normal(4, 1, 3), "b": group.normal(2, 1)})
        group.op(f"{name}_ranks", operator, {"a": group.normal(5), "b": image})
        group.op(f"{name}_rows", operator, {"a": group.normal(6, 3)}, {"b": weights.reshape(3)})
    group.op("add_constant_image", "Add", {"a": image}, {"b": other})
    group.op("add_constant_plane", "Add", {"a": image}, {"b": group.normal(4, 5)})
    group.op("mul_squeeze_excite", "Mul", {"a": image, "b": group.normal(2, 3, 1, 1)})
    group.op("mul_squeeze_excite_left", "Mul", {"a": group.normal(2, 3, 1, 1), "b": image})
    group.op("mul_spatial", "Mul", {"a": image, "b": group.normal(2, 1, 4, 5)})
    group.op("mul_free", "Mul", {"a": image, "b": group.normal(1, 3, 1, 5)}, free=True)
    group.op("mul_same", "Mul", {"a": image}, order=["a", "a"])
    group.op("div_zero_constant", "Div", {"a": image}, {"b": np.array([0, 2, 1e-42], F).reshape(3, 1, 1)})
    group.op("div_int32", "Div", {"a": np.array([7, -7, 9, -9], np.int32), "b": np.array([2, 2, -4, -4], np.int32)})
    group.op("mul_int64", "Mul", {"a": np.array([[7], [-3]], I)}, {"b": np.array([2, 5, 11], I)})
    group.op("mod_int64", "Mod", {"a": np.array([7, -7, 7, -7, 6], I), "b": np.array([3, 3, -3, -3, 3], I)})
    group.op("mod_float", "Mod", {"a": group.normal(3, 4) * F(5), "b": group.normal(4)}, fmod=1)
    positive = np.abs(image) + F(0.1)
    group.op("pow_square", "Pow", {"a": image}, {"b": np.array(2, F)}, opset=7)
    group.op("pow_half", "Pow", {"a": positive}, {"b": np.array([0.5], F)}, opset=12)
    group.op("pow_one", "Pow", {"a": image}, {"b": np.array([1], F)}, opset=12)
    group.op("pow_cube", "Pow", {"a": image}, {"b": np.array(3, F)}, opset=13)
    group.op("pow_broadcast", "Pow", {"a": positive, "b": group.normal(4, 1)}, opset=15)
    group.op("pow_int_exponent", "Pow", {"a": image}, {"b": np.array(3, I)}, opset=13)
    group.op("pow_int_base", "Pow", {"a": np.array([-3, 2, 5], np.int32), "b": np.array([2, 5, 0], np.int32)}, opset=13)
    three = {"a": group.normal(2, 1, 4), "b": group.normal(3, 1), "c": group.normal(1)}
    for operator in ["Max", "Min", "Sum", "Mean"]:
        group.op(f"{operator.lower()}_three", operator, three, opset=8)
        group.op(f"{operator.lower()}_one", operator, {"a": image}, opset=8)
    group.op("max_two", "Max", {"a": image, "b": other}, opset=13)
    group.op("min_constant", "Min", {"a": image}, {"b": np.array(0.3, F)}, opset=13)
    group.op("sum_two_images", "Sum", {"a": image, "b": other}, opset=13)
    group.op("max_int64", "Max", {"a": np.array([4, -4], I), "b": np.array([[1], [9]], I)}, opset=13)


def comparisons(group: Group) -> None:
    a, b = group.normal(2, 1, 4), group.normal(3, 1)
    b[0, 0] = a[0, 0, 0]
    for operator, opset in [("Equal", 11), ("Greater", 9), ("Less", 9), ("GreaterOrEqual", 12), ("LessOrEqual", 16)]:
        group.op(operator.lower(), operator, {"a": a, "b": b}, opset=opset)
    p, q = a > 0, b > 0
    for operator in ["And", "Or", "Xor"]:
        group.op(operator.lower(), operator, {"a": p, "b": q}, opset=7)
    group.op("equal_constant", "Equal", {"a": np.array([[1, 2], [3, 4]], np.int32)}, {"b": np.array([1, 4], np.int32)})
    group.op("where", "Where", {"c": p, "a": group.normal(3, 4), "b": np.array(0.5, F)}, opset=9)
    group.op("where_image", "Where", {"c": group.normal(1, 2, 3, 4) > 0, "a": group.normal(1, 2, 3, 4)},
             {"b": np.array([-1], F)}, opset=16)


def softmaxes(group: Group) -> None:
    x = group.normal(2, 3, 4) * F(4)
    image = group.normal(2, 3, 2, 5)
    for operator in ["Softmax", "LogSoftmax"]:
        name = operator.lower()
        group.op(f"{name}_default_13", operator, {"x": x}, opset=13)
        group.op(f"{name}_default_11", operator, {"x": x}, opset=11)
        group.op(f"{name}_axis0_8", operator, {"x": x}, axis=0, opset=8)
        group.op(f"{name}_axis2_7", operator, {"x": x}, axis=2, opset=7)
        group.op(f"{name}_axis1_image", operator, {"x": image}, axis=1, opset=13)
        group.op(f"{name}_axis1_image_12", operator, {"x": image}, axis=1, opset=12)
        group.op(f"{name}_negative_axis", operator, {"x": image}, axis=-2, opset=18)
    group.op("softmax_large", "Softmax", {"x": np.array([[1000, 1001, 999], [-1000, -1000, -1001]], F)})


def reductions(group: Group) -> None:
    x = group.normal(2, 3, 4, 5)
    for operator in ["ReduceMean", "ReduceSum", "ReduceL1", "ReduceL2", "ReduceMax", "ReduceMin", "ReduceProd",
                     "ReduceSumSquare", "ReduceLogSumExp"]:
        name = "reduce_" + operator[6:].lower()
        attribute = {} if operator == "ReduceSum" else {"axes": [1, -1]}
        if operator == "ReduceSum":
            group.op(f"{name}_attribute", operator, {"x": x}, axes=[1, -1], opset=11)
        else:
            group.op(f"{name}_attribute", operator, {"x": x}, opset=13, **attribute)
        group.op(f"{name}_input", operator, {"x": x}, {"axes": np.array([2, 0], I)}, keepdims=0, opset=18)
    group.op("reduce_logsum", "ReduceLogSum", {"x": np.abs(x)}, axes=[3], keepdims=0, opset=13)
    group.op("reduce_mean_all", "ReduceMean", {"x": x}, opset=11)
    group.op("reduce_mean_all_scalar", "ReduceMean", {"x": x}, keepdims=0, opset=18)
    group.op("reduce_mean_pixels", "ReduceMean", {"x": x}, axes=[2, 3], opset=13)
    group.op("reduce_mean_pixels_flat", "ReduceMean", {"x": x}, axes=[-1, -2], keepdims=0, opset=13)
    group.op("reduce_sum_noop", "ReduceSum", {"x": x}, {"axes": np.array([], I)}, noop_with_empty_axes=1, opset=13)
    group.op("reduce_sum_empty", "ReduceSum", {"x": x}, {"axes": np.array([], I)}, opset=13)
    group.op("reduce_max_int32", "ReduceMax", {"x": np.arange(12, dtype=np.int32).reshape(3, 4)}, axes=[0], opset=13)
    group.op("reduce_mean_int32", "ReduceMean", {"x": np.array([[1, 2, 2], [-1, -2, -2]], np.int32)}, axes=[1], opset=13)
    group.op("reduce_l2_rows", "ReduceL2", {"x": group.normal(3, 17)}, axes=[1], opset=11)
    ties = np.array([[1, 3, 3, 2], [0, -1, 0, -1]], F)
    for operator in ["ArgMax", "ArgMin"]:
        name = operator.lower()
        group.op(name, operator, {"x": x}, opset=7)
        group.op(f"{name}_axis", operator, {"x": x}, axis=-2, keepdims=0, opset=11)
        group.op(f"{name}_first", operator, {"x": ties}, axis=1, opset=13)
        group.op(f"{name}_last", operator, {"x": ties}, axis=1, select_last_index=1, opset=13)


def products(group: Group) -> None:
    def matmul(name: str, a: tuple, b: tuple, constant: bool = False) -> None:
        left, right = group.normal(*a), group.normal(*b)
        if constant:
            group.op(name, "MatMul", {"a": left}, {"b": right})
        else:
            group.op(name, "MatMul", {"a": left, "b": right}, opset=9)

    matmul("matmul", (3, 4), (4, 5))
    matmul("matmul_constant", (3, 4), (4, 5), constant=True)
    matmul("matmul_constant_rank3", (2, 3, 4), (4, 5), constant=True)
    matmul("matmul_batched", (2, 3, 4), (2, 4, 5))
    matmul("matmul_broadcast", (3, 1, 2, 4), (2, 4, 3))
    matmul("matmul_broadcast_left", (2, 4), (3, 2, 4, 3))
    matmul("matmul_rank4", (1, 2, 3, 4), (1, 2, 4, 3))
    matmul("matmul_vector_left", (4,), (4, 5))
    matmul("matmul_vector_right", (2, 3, 4), (4,))
    matmul("matmul_vectors", (4,), (4,))
    group.op("matmul_constant_left", "MatMul", {"b": group.normal(4, 2)}, {"a": group.normal(3, 4)}, order=["a", "b"])
    a, b, wide = group.normal(3, 6), group.normal(6, 4), group.normal(4, 6)
    bias = group.normal(4)
    group.op("gemm_linear", "Gemm", {"a": a}, {"b": wide, "c": bias}, transB=1, opset=7)
    group.op("gemm_not_transposed", "Gemm", {"a": a}, {"b": b, "c": bias.reshape(1, 4)}, opset=9)
    group.op("gemm_no_bias", "Gemm", {"a": a}, {"b": b}, opset=11)
    group.op("gemm_scalar_bias", "Gemm", {"a": a}, {"b": b, "c": np.array(0.7, F)}, beta=2.0, opset=11)
    group.op("gemm_column_bias", "Gemm", {"a": a}, {"b": b, "c": group.normal(3, 1)}, beta=0.5)
    group.op("gemm_full_bias", "Gemm", {"a": a, "c": group.normal(3, 4)}, {"b": b}, order=["a", "b", "c"], alpha=0.3)
    group.op("gemm_transposed", "Gemm", {"a": group.normal(6, 3)}, {"b": wide, "c": bias}, transA=1, transB=1, beta=0.25)
    group.op("gemm_alpha", "Gemm", {"a": a}, {"b": b, "c": bias}, alpha=1.5, beta=-1.0)
    group.op("gemm_computed", "Gemm", {"a": group.normal(6, 3), "b": wide, "c": bias}, transA=1, transB=1, alpha=0.5)
    linear = [
        helper.make_node("MatMul", ["x", "w"], ["m"], name="product"),
        helper.make_node("Add", ["b", "m"], ["y"], name="bias"),
    ]
    group.graph("matmul_then_bias", linear, {"x": group.normal(2, 5)}, {"w": group.normal(5, 3), "b": group.normal(3)}, ["y"])


def normalizations(group: Group) -> None:
    rows = group.normal(3, 8)
    rows[1] = 0
    group.op("lp_rows", "LpNormalization", {"x": rows}, opset=7)
    group.op("lp_one", "LpNormalization", {"x": rows}, p=1, axis=-1, opset=7)
    group.op("lp_channels", "LpNormalization", {"x": group.normal(2, 5, 3, 2)}, axis=1, opset=7)
    x = group.normal(2, 3, 4) * F(3) + F(1)
    group.op("layer_norm", "LayerNormalization", {"x": x}, {"s": group.normal(4), "b": group.normal(4)}, opset=17)
    group.op("layer_norm_two_axes", "LayerNormalization", {"x": x}, {"s": group.normal(3, 4)}, axis=1, epsilon=0.01, opset=17)
    unit = [
        helper.make_node("ReduceL2", ["x"], ["n"], name="norm", axes=[1], keepdims=1),
        helper.make_node("Clip", ["n", "low"], ["c"], name="floor"),
        helper.make_node("Div", ["x", "c"], ["y"], name="divide"),
    ]
    group.graph("unit_length_as_exported", unit, {"x": rows}, {"low": np.array(1e-12, F)}, ["y"])


def shapes(group: Group) -> None:
    """Whole numbers computed from constants stay exact: 2^53 + 1 is no float."""
    big = np.array([9007199254740993, -7, 7], I)
    nodes = [
        helper.make_node("Mul", ["a", "two"], ["m"], name="mul"),
        helper.make_node("Sub", ["m", "a"], ["s"], name="sub"),
        helper.make_node("Div", ["s", "two"], ["d"], name="div"),
        helper.make_node("Mod", ["d", "three"], ["r"], name="mod"),
        helper.make_node("Greater", ["s", "d"], ["g"], name="greater"),
        helper.make_node("Where", ["g", "r", "d"], ["w"], name="where"),
        helper.make_node("ReduceSum", ["w"], ["y"], name="total", keepdims=0),
    ]
    group.graph(
        "integer_chain", nodes, {}, {"a": big, "two": np.array(2, I), "three": np.array(1000003, I)},
        ["y", "d", "r", "w", "g"])
    product = [
        helper.make_node("ReduceProd", ["a"], ["p"], name="count", keepdims=0),
        helper.make_node("Max", ["p", "a"], ["y"], name="max"),
        helper.make_node("Neg", ["y"], ["n"], name="neg"),
    ]
    group.graph("integer_product", product, {}, {"a": np.array([3, 1 << 20, 7], I)}, ["y", "n"])


if __name__ == "__main__":
    arithmetic = Group("arithmetic")
    for part in [activations, clips, functions, binaries, comparisons, softmaxes, reductions, products, normalizations, shapes]:
        part(arithmetic)
    arithmetic.finish()
