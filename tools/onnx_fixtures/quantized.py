"""Fixtures of quantized operators; made with onnx 1.23.2 and onnxruntime 1.32.0."""

from __future__ import annotations

import numpy as np
from onnx import helper

from writer import Group

F, U8, S8, I32 = np.float32, np.uint8, np.int8, np.int32
MS = "com.microsoft"


def f(value) -> np.ndarray:
    return np.array(value, F)


def numbers(group: Group, shape: tuple, dtype) -> np.ndarray:
    info = np.iinfo(dtype)
    return group.random.integers(info.min, info.max + 1, shape).astype(dtype)


def linear(group: Group) -> None:
    x = group.normal(2, 3, 4, 5) * F(2)
    halves = f([-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 130.5, -129.5, 1e9, -1e9])
    group.op("quantize_uint8", "QuantizeLinear", {"x": x}, {"s": f(0.02), "z": np.array(119, U8)}, opset=10)
    group.op("quantize_int8", "QuantizeLinear", {"x": x}, {"s": f(0.03), "z": np.array(-5, S8)}, opset=13)
    group.op("quantize_no_zero_point", "QuantizeLinear", {"x": x}, {"s": f(0.02)}, opset=13)
    group.op("quantize_half_to_even", "QuantizeLinear", {"x": halves}, {"s": f(1), "z": np.array(0, S8)}, opset=19)
    group.op("quantize_one_element_scale", "QuantizeLinear", {"x": x}, {"s": f([0.5]), "z": np.array([1], U8)}, opset=13)
    group.op("quantize_per_axis", "QuantizeLinear", {"x": x},
             {"s": f([0.01, 0.02, 0.05]), "z": np.array([0, 128, 255], U8)}, opset=13)
    group.op("quantize_per_last_axis", "QuantizeLinear", {"x": x},
             {"s": f([0.01, 0.02, 0.05, 0.03, 0.1]), "z": np.array([0, -8, 5, 6, 7], S8)}, axis=-1, opset=13)
    group.op("quantize_uint16_contrib", "QuantizeLinear", {"x": x}, {"s": f(1e-4), "z": np.array(32768, np.uint16)}, domain=MS)
    u, s, i = numbers(group, (2, 3, 4), U8), numbers(group, (2, 3, 4), S8), numbers(group, (2, 3), I32)
    group.op("dequantize_uint8", "DequantizeLinear", {"x": u}, {"s": f(0.02), "z": np.array(119, U8)}, opset=10)
    group.op("dequantize_int8", "DequantizeLinear", {"x": s}, {"s": f(0.5)}, opset=13)
    group.op("dequantize_int32", "DequantizeLinear", {"x": i}, {"s": f(1e-6)}, opset=10)
    group.op("dequantize_per_axis", "DequantizeLinear", {"x": s}, {"s": f([0.1, 0.2, 0.3]), "z": np.array([1, -2, 3], S8)},
             opset=13)
    group.op("dequantize_per_axis_0", "DequantizeLinear", {"x": u}, {"s": f([0.1, 0.2]), "z": np.array([1, 250], U8)},
             axis=0, opset=19)
    group.op("dynamic_quantize", "DynamicQuantizeLinear", {"x": x}, outputs=3, opset=11)
    group.op("dynamic_quantize_positive", "DynamicQuantizeLinear", {"x": np.abs(x[0])}, outputs=3, opset=11)
    group.op("dynamic_quantize_zeros", "DynamicQuantizeLinear", {"x": np.zeros((2, 2), F)}, outputs=3, opset=11)


def qdq(group: Group) -> None:
    """What a quantizer writes around a convolution: weights as constants, activations through numbers."""
    weight, bias = numbers(group, (6, 3, 3, 3), S8), group.random.integers(-5000, 5000, 6).astype(I32)
    constants = {
        "xs": f(0.03), "xz": np.array(121, U8), "w": weight, "ws": f(np.linspace(0.01, 0.02, 6)), "wz": np.zeros(6, S8),
        "b": bias, "bs": f(np.linspace(0.01, 0.02, 6) * 0.03), "bz": np.zeros(6, I32), "ys": f(0.4), "yz": np.array(7, U8),
    }
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "xs", "xz"], ["xq"], name="xq"),
        helper.make_node("DequantizeLinear", ["xq", "xs", "xz"], ["xd"], name="xd"),
        helper.make_node("DequantizeLinear", ["w", "ws", "wz"], ["wd"], name="wd", axis=0),
        helper.make_node("DequantizeLinear", ["b", "bs", "bz"], ["bd"], name="bd", axis=0),
        helper.make_node("Conv", ["xd", "wd", "bd"], ["c"], name="conv", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["r"], name="relu"),
        helper.make_node("QuantizeLinear", ["r", "ys", "yz"], ["rq"], name="rq"),
        helper.make_node("DequantizeLinear", ["rq", "ys", "yz"], ["y"], name="rd"),
    ]
    group.graph("qdq_convolution", nodes, {"x": group.normal(1, 3, 5, 6)}, constants, ["y"])
    # The activation is an output too: the numbers are then only one of its readers.
    group.graph("qdq_convolution_read_twice", nodes, {"x": group.normal(1, 3, 5, 6)}, constants, ["y", "r"])
    add = [
        helper.make_node("QuantizeLinear", ["x", "xs", "xz"], ["xq"], name="xq"),
        helper.make_node("DequantizeLinear", ["xq", "xs", "xz"], ["xd"], name="xd"),
        helper.make_node("Add", ["xd", "xd"], ["s"], name="sum"),
        helper.make_node("Mul", ["xd", "xd"], ["p"], name="product"),
        helper.make_node("QuantizeLinear", ["s", "ys", "yz"], ["sq"], name="sq"),
        helper.make_node("QuantizeLinear", ["p", "ys", "yz"], ["pq"], name="pq"),
        helper.make_node("DequantizeLinear", ["sq", "ys", "yz"], ["y"], name="sd"),
        helper.make_node("DequantizeLinear", ["pq", "ys", "yz"], ["z"], name="pd"),
    ]
    few = {"xs": f(0.03), "xz": np.array(121, U8), "ys": f(0.0457), "yz": np.array(7, U8)}
    group.graph("qdq_sum_and_product", add, {"x": group.normal(1, 3, 4, 5)}, few, ["y", "z"])
    matrix = numbers(group, (5, 20), S8)
    gemm = [
        helper.make_node("QuantizeLinear", ["x", "xs", "xz"], ["xq"], name="xq"),
        helper.make_node("DequantizeLinear", ["xq", "xs", "xz"], ["xd"], name="xd"),
        helper.make_node("DequantizeLinear", ["w", "ws"], ["wd"], name="wd"),
        helper.make_node("DequantizeLinear", ["b", "bs"], ["bd"], name="bd"),
        helper.make_node("Gemm", ["xd", "wd", "bd"], ["g"], name="gemm", transB=1),
        helper.make_node("QuantizeLinear", ["g", "ys", "yz"], ["gq"], name="gq"),
        helper.make_node("DequantizeLinear", ["gq", "ys", "yz"], ["y"], name="gd"),
    ]
    group.graph("qdq_gemm", gemm, {"x": group.normal(2, 20)},
                {**few, "ws": f(0.02), "bs": f(0.03) * f(0.02), "w": matrix, "b": bias[:5], "ys": f(0.2), "yz": np.array(100, U8)},
                ["y"])
    product = [*gemm[:2], helper.make_node("DequantizeLinear", ["w", "ws"], ["wd"], name="wd", axis=1),
               helper.make_node("MatMul", ["xd", "wd"], ["g"], name="product"), *gemm[5:]]
    group.graph("qdq_matmul_per_column", product, {"x": group.normal(2, 3, 20)},
                {**few, "ws": f(np.linspace(0.01, 0.05, 5)), "w": np.ascontiguousarray(matrix.T), "ys": f(0.2)}, ["y"])
    learned = [
        helper.make_node("QuantizeLinear", ["w", "s", "z"], ["wq"], name="wq", axis=0),
        helper.make_node("DequantizeLinear", ["wq", "s", "z"], ["wd"], name="wd", axis=0),
        helper.make_node("MatMul", ["x", "wd"], ["y"], name="product"),
    ]
    group.graph("qdq_weight_in_floats", learned, {"x": group.normal(3, 4)},
                {"w": group.normal(4, 5), "s": f([0.01, 0.02, 0.03, 0.02]), "z": np.zeros(4, S8)}, ["y"])
    whole = [
        helper.make_node("QuantizeLinear", ["w", "s"], ["wq"], name="wq"),
        helper.make_node("DequantizeLinear", ["wq", "s"], ["wd"], name="wd"),
        helper.make_node("Add", ["x", "wd"], ["y"], name="sum"),
    ]
    group.graph("qdq_weight_per_tensor", whole, {"x": group.normal(3, 4)}, {"w": group.normal(3, 4), "s": f(0.02)}, ["y"])


def convolutions(group: Group) -> None:
    def conv(name, x, w, *, xz, wz, ws=0.02, ys=2.0, yz=128, bias=None, xs=0.03, opset=10, extreme=None, **attributes):
        values = numbers(group, x, np.asarray(xz).dtype)
        weights = numbers(group, w, np.asarray(wz).dtype)
        if extreme is not None:
            # Sums far above 2^24 that the bias brings back to a few numbers, so that each of their digits counts.
            values[...], weights[...] = extreme
            weights[:, 1::2] += 1
            product = (values[0, :, 0, 0].astype(np.int64) - int(xz)) @ (weights[:, :, 0, 0].astype(np.int64) - int(wz)).T
            bias = -product
            for pixel in range(x[3]):
                values[0, pixel, :, pixel] -= pixel % 2
        constants = {
            "xs": f(xs), "xz": np.asarray(xz), "w": weights, "ws": f(ws), "wz": np.asarray(wz), "ys": f(ys),
            "yz": np.asarray(yz, np.asarray(xz).dtype),
        }
        if bias is not None:
            constants["b"] = np.asarray(bias, I32)
        group.op(name, "QLinearConv", {"x": values}, constants, opset=opset, tolerance=0, **attributes)

    z = np.array(121, U8)
    conv("qconv_uint8", (1, 3, 6, 5), (4, 3, 3, 3), xz=z, wz=np.array(130, U8))
    conv("qconv_int8_weights", (2, 3, 6, 5), (4, 3, 3, 3), xz=z, wz=np.array(0, S8), bias=[500, -700, 10, 0], pads=[1, 0, 2, 1])
    conv("qconv_int8", (1, 4, 5, 5), (6, 4, 1, 1), xz=np.array(-3, S8), wz=np.array(0, S8), yz=5)
    conv("qconv_per_channel", (1, 3, 6, 5), (4, 3, 3, 3), xz=z, wz=np.zeros(4, S8), ws=[0.01, 0.02, 0.03, 0.04],
         bias=[1, 2, 3, 4], strides=[2, 2], pads=[1, 1, 1, 1])
    conv("qconv_depthwise", (1, 6, 5, 7), (6, 1, 3, 3), xz=z, wz=np.zeros(6, S8), ws=np.linspace(0.01, 0.06, 6), ys=1.0,
         group=6, pads=[1, 1, 1, 1])
    conv("qconv_groups_dilated", (1, 4, 7, 7), (6, 2, 3, 3), xz=z, wz=np.array(0, S8), group=2, dilations=[2, 2])
    conv("qconv_same_upper", (1, 2, 6, 5), (3, 2, 4, 3), xz=z, wz=np.array(3, S8), auto_pad="SAME_UPPER", strides=[2, 1])
    conv("qconv_deep", (1, 700, 3, 3), (3, 700, 1, 1), xz=z, wz=np.array(0, S8), ys=10.0)
    conv("qconv_deep_extreme", (1, 1024, 2, 3), (2, 1024, 1, 1), xz=np.array(0, U8), wz=np.array(0, S8), xs=1.0, ws=1.0,
         ys=1.0, yz=60, extreme=(255, -128))
    conv("qconv_deep_extreme_uint8", (1, 1701, 2, 3), (3, 1701, 1, 1), xz=np.array(0, U8), wz=np.array(255, U8), xs=1.0,
         ws=1.0, ys=1.0, yz=0, extreme=(255, 0))
    u, s = numbers(group, (1, 3, 5, 4), U8), numbers(group, (2, 3, 3, 3), U8)
    group.op("conv_integer", "ConvInteger", {"x": u}, {"w": s, "xz": np.array(7, U8), "wz": np.array(9, U8)},
             pads=[1, 1, 0, 0], opset=10)
    group.op("conv_integer_no_zero_points", "ConvInteger", {"x": u}, {"w": s}, opset=10)
    dynamic = [
        helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"], name="quantize"),
        helper.make_node("ConvInteger", ["q", "w", "z"], ["i"], name="conv", pads=[1, 1, 1, 1]),
        helper.make_node("Cast", ["i"], ["c"], name="cast", to=1),
        helper.make_node("Mul", ["s", "ws"], ["m"], name="scales"),
        helper.make_node("Mul", ["c", "m"], ["y"], name="scale"),
    ]
    group.graph("dynamic_convolution", dynamic, {"x": group.normal(1, 3, 5, 4)}, {"w": s, "ws": f(0.02)}, ["y"])


def products(group: Group) -> None:
    def matmul(name, a, b, *, az, bz, bs=0.02, ys=2.0, constant=True, yz=100, extreme=None, opset=10):
        left, right = numbers(group, a, np.asarray(az).dtype), numbers(group, b, np.asarray(bz).dtype)
        if extreme is not None:
            left[...], right[...] = extreme
            right[1::2] -= 1
        constants = {"as": f(0.03), "az": np.asarray(az), "bs": f(bs), "bz": np.asarray(bz), "ys": f(ys),
                     "yz": np.asarray(yz, np.asarray(az).dtype)}
        inputs = {"a": left}
        (constants if constant else inputs)["b"] = right
        group.op(name, "QLinearMatMul", inputs, constants, order=["a", "as", "az", "b", "bs", "bz", "ys", "yz"],
                 opset=opset, tolerance=0)

    z = np.array(121, U8)
    matmul("qmatmul", (3, 7), (7, 4), az=z, bz=np.array(3, S8))
    matmul("qmatmul_per_column", (3, 7), (7, 4), az=z, bz=np.zeros(4, S8), bs=[0.01, 0.02, 0.03, 0.04])
    matmul("qmatmul_computed", (2, 3, 7), (2, 7, 4), az=z, bz=np.array(140, U8), constant=False)
    matmul("qmatmul_deep_extreme", (2, 1100), (1100, 3), az=np.array(0, U8), bz=np.array(0, U8), bs=1.0, ys=12000.0,
           extreme=(255, 255))
    a, b = numbers(group, (3, 600), U8), numbers(group, (600, 4), U8)
    group.op("matmul_integer", "MatMulInteger", {"a": a}, {"b": b, "az": np.array(7, U8), "bz": np.array(200, U8)}, opset=10)
    group.op("matmul_integer_plain", "MatMulInteger", {"a": a[:, :9], "b": b[:9]}, opset=10)
    group.op("matmul_integer_computed_zero", "MatMulInteger", {"a": a[:, :9], "az": np.array(9, U8)},
             {"b": b[:9].astype(S8), "bz": np.array(0, S8)}, order=["a", "b", "az", "bz"], opset=10)
    c = np.array([100, -200, 3, 40000], I32)
    base = {"as": f(0.03), "az": z, "b": numbers(group, (600, 4), S8), "bs": f(0.02), "bz": np.array(0, S8), "c": c}
    group.op("qgemm", "QGemm", {"a": a}, {**base, "ys": f(9), "yz": np.array(128, U8)}, domain=MS, tolerance=0)
    group.op("qgemm_floats", "QGemm", {"a": a[:, :8]},
             {**base, "b": numbers(group, (4, 8), S8), "bs": f([0.01, 0.02, 0.03, 0.04]), "bz": np.zeros(4, S8)},
             transB=1, alpha=1.5, domain=MS)


def contrib(group: Group) -> None:
    a, b = numbers(group, (2, 3, 4, 5), U8), numbers(group, (2, 3, 4, 5), U8)
    row = numbers(group, (3, 1, 1), U8)
    constants = {"as": f(0.02), "az": np.array(110, U8), "bs": f(0.031), "bz": np.array(140, U8), "ys": f(0.041),
                 "yz": np.array(125, U8)}
    order = ["a", "as", "az", "b", "bs", "bz", "ys", "yz"]
    for operator in ["QLinearAdd", "QLinearMul"]:
        name = "q" + operator[7:].lower()
        group.op(name, operator, {"a": a, "b": b}, constants, order=order, domain=MS, tolerance=0)
        group.op(f"{name}_broadcast", operator, {"a": a}, {**constants, "b": row}, order=order, domain=MS, tolerance=0)
    signed = {key: value.astype(S8) if value.dtype == U8 else value for key, value in constants.items()}
    group.op("qadd_int8", "QLinearAdd", {"a": a.astype(S8), "b": b.astype(S8)}, signed, order=order, domain=MS,
             tolerance=0)
    one = {"xs": f(0.05), "xz": np.array(120, U8), "ys": f(0.0041), "yz": np.array(3, U8)}
    unary = ["x", "xs", "xz", "ys", "yz"]
    group.op("qsigmoid", "QLinearSigmoid", {"x": a}, one, order=unary, domain=MS, tolerance=0)
    group.op("qleaky_relu", "QLinearLeakyRelu", {"x": a}, {**one, "ys": f(0.05), "yz": np.array(20, U8)}, order=unary,
             alpha=0.3, domain=MS, tolerance=0)
    group.op("qglobal_average_pool", "QLinearGlobalAveragePool", {"x": a}, {**one, "ys": f(0.01)}, order=unary,
             channels_last=0, domain=MS, tolerance=0)
    group.op("qaverage_pool", "QLinearAveragePool", {"x": a}, {**one, "ys": f(0.04), "yz": np.array(120, U8)}, order=unary,
             kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1], domain=MS, tolerance=STEP)
    group.op("qaverage_pool_counted", "QLinearAveragePool", {"x": a}, {**one, "ys": f(0.04), "yz": np.array(120, U8)},
             order=unary, kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1, domain=MS, tolerance=STEP)
    for opset in [11, 13]:
        node = helper.make_node("QLinearSoftmax", unary, ["y"], name="softmax", domain=MS, axis=1, opset=opset)
        group.graph(f"qsoftmax_{opset}", [node], {"x": a}, {**one, "ys": f(1 / 256), "yz": np.array(0, U8)}, ["y"],
                    domain=MS, tolerance=0)
    group.op("qconcat", "QLinearConcat", {"a": a, "b": b[:, :2]}, constants,
             order=["ys", "yz", "a", "as", "az", "b", "bs", "bz"], axis=1, domain=MS, tolerance=0)


def fused(group: Group) -> None:
    x, w, b = group.normal(1, 3, 5, 6), group.normal(4, 3, 3, 3), group.normal(4)
    group.op("fused_conv_relu", "FusedConv", {"x": x}, {"w": w, "b": b}, activation="Relu", pads=[1, 1, 1, 1], domain=MS)
    group.op("fused_conv_leaky", "FusedConv", {"x": x}, {"w": w}, activation="LeakyRelu", activation_params=[0.2], domain=MS)
    group.op("fused_conv_clip", "FusedConv", {"x": x}, {"w": w, "b": b}, activation="Clip", activation_params=[-1.0, 1.5],
             strides=[2, 2], domain=MS)
    group.op("fused_conv_sum", "FusedConv", {"x": x, "z": group.normal(1, 4, 3, 4)}, {"w": w, "b": b}, activation="Relu",
             order=["x", "w", "b", "z"], domain=MS)
    group.op("fused_conv_hard_sigmoid", "FusedConv", {"x": x}, {"w": w, "b": b}, activation="HardSigmoid",
             activation_params=[0.3, 0.4], domain=MS)


def pooled(group: Group) -> None:
    """What pooling gives is of 8 bits still, and may feed the next quantized convolution."""
    nodes = [
        helper.make_node("MaxPool", ["x"], ["pooled"], name="pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("QLinearConv", ["pooled", "xs", "xz", "w", "ws", "wz", "ys", "yz"], ["y"], name="conv"),
    ]
    constants = {"xs": f(0.03), "xz": np.array(120, U8), "w": numbers(group, (4, 3, 2, 2), np.int8), "ws": f(0.02),
                 "wz": np.array(0, np.int8), "ys": f(2.0), "yz": np.array(128, U8)}
    group.graph("pooled_between", nodes, {"x": numbers(group, (1, 3, 7, 6), U8)}, constants, ["y"], opset=13, tolerance=0)


# Where a mean lies halfway between two numbers, onnxruntime may take the other one: at most one step.
STEP = 1.01 / 180

if __name__ == "__main__":
    quantized = Group("quantized", seed=7)
    for part in [linear, qdq, convolutions, products, contrib, fused, pooled]:
        part(quantized)
    quantized.finish()
