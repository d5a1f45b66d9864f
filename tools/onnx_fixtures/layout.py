"""Cases of operators that move values, and of shape arithmetic. Made with onnx 1.23.2 and onnxruntime 1.32.0."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from writer import Group

g = Group("layout", seed=3)
n = g.normal
NODE = helper.make_node


def i64(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def f32(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def constant(output: str, value: np.ndarray):
    return NODE("Constant", [], [output], value=numpy_helper.from_array(value))


# Reshape and its relatives
g.op("reshape_minus_one", "Reshape", {"x": n(2, 3, 4)}, {"s": i64(2, -1)})
g.op("reshape_zero", "Reshape", {"x": n(2, 3, 4, 5)}, {"s": i64(0, 0, -1)}, opset=7)
g.op("reshape_fixed", "Reshape", {"x": n(1, 6, 4)}, {"s": i64(1, 2, 3, 4)})
g.op("reshape_first_open", "Reshape", {"x": n(1, 3, 5, 4)}, {"s": i64(-1, 4)}, opset=14, allowzero=1)
g.op("reshape_to_scalar", "Reshape", {"x": n(1, 1)}, {"s": i64()})
g.op("flatten", "Flatten", {"x": n(2, 3, 4, 2)})
g.op("flatten_axis_0", "Flatten", {"x": n(2, 3, 4)}, axis=0)
g.op("flatten_axis_2", "Flatten", {"x": n(2, 3, 4, 2)}, axis=2)
g.op("flatten_axis_negative", "Flatten", {"x": n(2, 3, 4)}, axis=-1)
g.op("flatten_axis_rank", "Flatten", {"x": n(2, 3)}, axis=2, opset=9)
g.op("unsqueeze_attribute", "Unsqueeze", {"x": n(3, 4)}, axes=[0, 3], opset=11)
g.op("unsqueeze_input", "Unsqueeze", {"x": n(3, 4)}, {"a": i64(-1, 1)})
g.op("unsqueeze_first", "Unsqueeze", {"x": n(3, 4)}, {"a": i64(0)})
g.op("squeeze_attribute", "Squeeze", {"x": n(1, 3, 1, 4)}, axes=[2], opset=11)
g.op("squeeze_input", "Squeeze", {"x": n(2, 3, 1, 1)}, {"a": i64(-1, 2)})
g.op("squeeze_first", "Squeeze", {"x": n(1, 3, 4)}, {"a": i64(0)})
g.op("squeeze_all", "Squeeze", {"x": n(1, 3, 1, 4)})
g.op("transpose_reverse", "Transpose", {"x": n(2, 3, 4)})
g.op("transpose_nhwc", "Transpose", {"x": n(2, 3, 4, 5)}, perm=[0, 2, 3, 1])
g.op("transpose_5d", "Transpose", {"x": n(1, 2, 3, 4, 2)}, perm=[0, 2, 1, 4, 3])

# Slice, Gather, Concat, Split
g.op("slice_attributes", "Slice", {"x": n(3, 5, 4)}, starts=[1, -3], ends=[1000, -1], axes=[1, 2], opset=9)
g.op("slice_no_axes", "Slice", {"x": n(4, 5)}, {"s": i64(1, 0), "e": i64(3, 4)})
g.op("slice_steps", "Slice", {"x": n(2, 9, 7)}, {"s": i64(1, 5), "e": i64(9, 0), "a": i64(1, -1), "t": i64(3, -2)})
g.op("slice_reverse", "Slice", {"x": n(2, 3, 5)},
     {"s": i64(-1, 10), "e": i64(-(2**63), -100), "a": i64(2, 1), "t": i64(-1, -1)})
g.op("slice_huge", "Slice", {"x": n(2, 6)}, {"s": i64(0), "e": i64(2**63 - 1), "a": i64(1), "t": i64(2**62)}, opset=10)
g.op("slice_32_bit", "Slice", {"x": n(1, 8, 3, 3)},
     {"s": np.array([1], np.int32), "e": np.array([2**31 - 1], np.int32), "a": np.array([1], np.int32),
      "t": np.array([2], np.int32)}, opset=11)
g.op("slice_focus", "Slice", {"x": n(1, 3, 6, 8)}, {"s": i64(0, 1), "e": i64(6, 8), "a": i64(2, 3), "t": i64(2, 2)})
g.op("gather_scalar", "Gather", {"x": n(2, 3, 4)}, {"i": np.asarray(np.int64(-1))}, axis=1)
g.op("gather_list", "Gather", {"x": n(2, 5, 3)}, {"i": i64(4, 0, -2, 0)}, axis=1)
g.op("gather_matrix", "Gather", {"x": n(5, 3)}, {"i": np.array([[1, 4], [-5, 2], [0, 0]], np.int32)}, axis=0)
g.op("gather_elements", "GatherElements", {"x": n(3, 4)}, {"i": np.array([[0, -1, 2], [3, 3, 0]], np.int64)}, axis=1)
g.op("gather_elements_first", "GatherElements", {"x": n(3, 2, 2)},
     {"i": np.array([[[2, 0], [-1, 1]]], np.int64)}, axis=0)
g.op("concat_channels", "Concat", {"a": n(2, 3, 4, 5), "b": n(2, 1, 4, 5), "c": n(2, 2, 4, 5)}, axis=1)
g.op("concat_last", "Concat", {"a": n(2, 3), "b": n(2, 4)}, axis=-1)
g.op("concat_with_constant", "Concat", {"a": n(2, 3, 4)}, {"k": n(2, 3, 2)}, axis=2)
g.op("concat_one", "Concat", {"a": n(2, 3)}, axis=0)
g.op("split_attribute", "Split", {"x": n(2, 7, 3)}, axis=1, split=[2, 4, 1], outputs=3, opset=11)
g.op("split_input", "Split", {"x": n(2, 7)}, {"s": i64(3, 4)}, axis=-1, outputs=2)
g.op("split_equal", "Split", {"x": n(6, 3)}, outputs=3, opset=11)
g.op("split_uneven", "Split", {"x": n(1, 7, 2, 3)}, axis=1, num_outputs=3, outputs=3, opset=18)
g.graph("split_one_used", [NODE("Split", ["x", "s"], ["a", "y", "b"], axis=1)], {"x": n(1, 6, 2, 3)}, {"s": i64(1, 2, 3)},
        ["y"])

# Expand, Tile, Pad
g.op("expand", "Expand", {"x": n(3, 1)}, {"s": i64(2, 3, 4)})
g.op("expand_keeps", "Expand", {"x": n(2, 3, 1)}, {"s": i64(3, 5)})
g.op("tile", "Tile", {"x": n(2, 3)}, {"r": i64(2, 3)})
g.op("tile_images", "Tile", {"x": n(1, 2, 2, 3)}, {"r": i64(1, 2, 3, 1)})
g.op("pad_attribute", "Pad", {"x": n(2, 3, 4)}, pads=[0, 1, 2, 1, 0, 3], value=1.5, opset=10)
g.op("pad_input", "Pad", {"x": n(1, 2, 3, 4)}, {"p": i64(0, 0, 1, 2, 0, 0, 3, 0), "v": np.asarray(np.float32(-2))})
g.op("pad_no_value", "Pad", {"x": n(3, 2)}, {"p": i64(1, 0, 0, 2)}, opset=11)
g.op("pad_negative", "Pad", {"x": n(5, 6)}, {"p": i64(-1, 2, 1, -3)})
g.op("pad_reflect", "Pad", {"x": n(1, 2, 4, 5)}, {"p": i64(0, 0, 2, 3, 0, 0, 3, 1)}, mode="reflect")
g.op("pad_edge", "Pad", {"x": n(1, 2, 2, 3)}, {"p": i64(0, 0, 2, 3, 0, 0, 3, 1)}, mode="edge")
g.op("pad_edge_negative", "Pad", {"x": n(4, 5)}, {"p": i64(-1, 2, 2, -2)}, mode="edge")
g.op("pad_wrap", "Pad", {"x": n(3, 4)}, {"p": i64(1, 3, 2, 0)}, mode="wrap", opset=19)
g.op("pad_axes", "Pad", {"x": n(2, 3, 4)}, {"p": i64(1, 2, 0, 3), "v": np.asarray(np.float32(9)), "a": i64(-1, 0)},
     opset=18)

# Cast, Identity, Dropout
g.op("cast_to_int", "Cast", {"x": n(3, 4) * 5}, to=TensorProto.INT32)
g.op("cast_to_bool", "Cast", {"x": f32(0, -0.0, 0.5, -3)}, to=TensorProto.BOOL)
g.op("cast_from_uint8", "Cast", {"x": np.array([[0, 7, 255]], np.uint8)}, to=TensorProto.FLOAT)
g.op("cast_int_to_uint8", "Cast", {"x": np.array([-1, 3, 256, 511, -129], np.int32)}, to=TensorProto.UINT8)
g.op("cast_int_to_int8", "Cast", {"x": np.array([-1, 3, 128, 255, -129], np.int32)}, to=TensorProto.INT8)
g.op("cast_like", "CastLike", {"x": n(5) * 3}, {"t": i64(1)}, opset=15)
g.op("identity", "Identity", {"x": n(2, 3)})
g.op("dropout_7", "Dropout", {"x": n(2, 3)}, opset=7, ratio=0.3)
g.op("dropout_mask_unused", "Dropout", {"x": n(2, 3)}, outputs=["y", ""], opset=10)
g.op("dropout_13", "Dropout", {"x": n(2, 3)},
     {"r": np.asarray(np.float32(0.4)), "t": np.asarray(False)}, opset=13)

# Resize and Upsample
NONE = f32()


def resize(name: str, x: tuple, scales=None, sizes=None, roi=None, opset: int = 13, **more) -> None:
    constants = {}
    order = ["x"]
    if opset == 10:
        constants["scales"] = f32(*scales)
        order.append("scales")
    else:
        for key, value in (("roi", f32(*roi) if roi else NONE if opset < 13 else None),
                           ("scales", f32(*scales) if scales else NONE if opset < 13 else None),
                           ("sizes", i64(*sizes) if sizes else None)):
            if value is not None:
                constants[key] = value
            order.append(key if value is not None else "")
        while order[-1] == "":
            order.pop()
    g.op(name, "Resize", {"x": n(*x)}, constants, order=order, opset=opset, **more)


for rule in ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"):
    resize(f"resize_linear_{rule}", (1, 2, 4, 5), scales=[1, 1, 2, 1.7], mode="linear",
           coordinate_transformation_mode=rule)
    resize(f"resize_linear_{rule}_smaller", (2, 1, 7, 6), sizes=[2, 1, 3, 4], mode="linear", opset=11,
           coordinate_transformation_mode=rule)
    resize(f"resize_cubic_{rule}", (1, 2, 4, 5), sizes=[1, 2, 7, 9], mode="cubic", coordinate_transformation_mode=rule)
for rounding in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"):
    resize(f"resize_nearest_{rounding}", (1, 2, 4, 3), scales=[1, 1, 2.5, 3], nearest_mode=rounding)
    resize(f"resize_nearest_{rounding}_smaller", (1, 3, 9, 8), sizes=[1, 3, 4, 5], nearest_mode=rounding,
           coordinate_transformation_mode="asymmetric")
resize("resize_nearest_align_corners", (1, 2, 3, 4), sizes=[1, 2, 8, 7], coordinate_transformation_mode="align_corners")
resize("resize_nearest_double", (2, 3, 3, 4), scales=[1, 1, 2, 2], opset=11, nearest_mode="floor",
       coordinate_transformation_mode="asymmetric")
resize("resize_nearest_tf", (1, 1, 4, 6), sizes=[1, 1, 7, 3], opset=11, nearest_mode="floor",
       coordinate_transformation_mode="tf_half_pixel_for_nn")
resize("resize_linear_symmetric", (1, 2, 5, 6), scales=[1, 1, 1.3, 0.7], opset=19, mode="linear",
       coordinate_transformation_mode="half_pixel_symmetric")
resize("resize_linear_one_pixel", (1, 2, 5, 6), sizes=[1, 2, 1, 1], mode="linear",
       coordinate_transformation_mode="pytorch_half_pixel")
resize("resize_linear_from_one_pixel", (1, 2, 1, 1), sizes=[1, 2, 3, 4], mode="linear",
       coordinate_transformation_mode="align_corners")
for mode in ("nearest", "linear", "cubic"):
    resize(f"resize_{mode}_crop", (1, 1, 6, 5), sizes=[1, 1, 4, 7], roi=[0, 0, 0.2, -0.15, 1, 1, 0.9, 1.1], mode=mode,
           coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=2.5)
resize("resize_cubic_excluding", (1, 2, 5, 4), scales=[1, 1, 1.8, 2.2], mode="cubic", cubic_coeff_a=-0.5,
       exclude_outside=1)
resize("resize_cubic_smaller", (1, 2, 9, 8), scales=[1, 1, 0.6, 0.5], mode="cubic", exclude_outside=1)
resize("resize_axes", (1, 2, 4, 5), scales=[1.5, 2], axes=[3, 2], opset=18, mode="linear")
resize("resize_axes_sizes", (1, 2, 4, 5), sizes=[7, 3], axes=[2, 3], opset=19)
resize("resize_not_larger", (1, 2, 4, 6), sizes=[9, 9], axes=[2, 3], opset=18, mode="linear",
       keep_aspect_ratio_policy="not_larger")
resize("resize_not_smaller", (1, 2, 4, 6), sizes=[7, 8], axes=[2, 3], opset=19, keep_aspect_ratio_policy="not_smaller")
resize("resize_channels", (1, 2, 3, 2), scales=[1, 2, 2, 1], nearest_mode="floor")
resize("resize_matrix", (4, 5), scales=[1.5, 2], mode="linear")
resize("resize_signal", (1, 2, 5), scales=[1, 1, 2.4], mode="linear")
resize("resize_unchanged", (1, 2, 3, 2), scales=[1, 1, 1.2, 1], mode="linear")
resize("resize_10_nearest", (1, 2, 3, 4), scales=[1, 1, 2, 1.5], opset=10)
resize("resize_10_smaller", (1, 2, 7, 6), scales=[1, 1, 0.5, 0.6], opset=10)
resize("resize_10_linear", (1, 2, 3, 4), scales=[1, 1, 2, 0.75], opset=10, mode="linear")
g.op("upsample_7", "Upsample", {"x": n(1, 2, 3, 4)}, scales=[1.0, 1.0, 2.0, 3.0], opset=7)
g.op("upsample_9", "Upsample", {"x": n(1, 2, 3, 4)}, {"s": f32(1, 1, 2.5, 2)}, opset=9)
g.op("upsample_9_linear", "Upsample", {"x": n(1, 2, 3, 4)}, {"s": f32(1, 1, 2, 2)}, mode="linear", opset=9)

# Shape arithmetic, over inputs whose dimensions are all free
X = {"x": n(1, 3, 4, 5)}
g.graph(
    "chain_view", [
        NODE("Shape", ["x"], ["shape"]), NODE("Gather", ["shape", "zero"], ["batch"], axis=0),
        NODE("Unsqueeze", ["batch"], ["batch1"], axes=[0]), NODE("Unsqueeze", ["minus"], ["minus1"], axes=[0]),
        NODE("Concat", ["batch1", "minus1"], ["target"], axis=0), NODE("Reshape", ["x", "target"], ["y"]),
    ], X, {"zero": np.asarray(np.int64(0)), "minus": np.asarray(np.int64(-1))}, ["y"], opset=11, free=True)
g.graph(
    "chain_upsample_to", [
        NODE("Shape", ["skip"], ["shape"]), NODE("Slice", ["shape", "two", "four", "zero"], ["size"]),
        NODE("Shape", ["x"], ["own"]), NODE("Slice", ["own", "zero", "two", "zero"], ["front"]),
        NODE("Concat", ["front", "size"], ["sizes"], axis=0),
        NODE("Resize", ["x", "", "", "sizes"], ["y"], mode="linear", coordinate_transformation_mode="half_pixel"),
    ], X | {"skip": n(1, 2, 7, 9)}, {"zero": i64(0), "two": i64(2), "four": i64(4)}, ["y"], free=True)
g.graph(
    "chain_pixel_list", [
        NODE("Transpose", ["x"], ["t"], perm=[0, 2, 3, 1]), NODE("Shape", ["t"], ["shape"]),
        NODE("Slice", ["shape", "zero", "one"], ["batch"]), NODE("Concat", ["batch", "rest"], ["target"], axis=0),
        NODE("Reshape", ["t", "target"], ["y"]),
    ], X, {"zero": i64(0), "one": i64(1), "rest": i64(-1, 3)}, ["y"], free=True)
g.graph(
    "chain_shape_part", [
        NODE("Shape", ["x"], ["part"], start=-2), NODE("Cast", ["part"], ["floats"], to=TensorProto.FLOAT),
        NODE("Cast", ["floats"], ["whole"], to=TensorProto.INT64), NODE("Concat", ["ones", "whole"], ["target"], axis=0),
        NODE("Expand", ["k", "target"], ["grid"]), NODE("Concat", ["x", "grid"], ["y"], axis=1),
    ], X, {"ones": i64(1, 1), "k": n(1, 1, 1, 1)}, ["y"], opset=15, free=True)
g.graph(
    "chain_shape_bounds", [
        NODE("Shape", ["x"], ["part"], start=1, end=-1), NODE("Shape", ["x"], ["none"], start=3, end=1),
        NODE("Concat", ["none", "part", "minus"], ["target"], axis=0), NODE("Reshape", ["x", "target"], ["y"]),
    ], X, {"minus": i64(-1)}, ["y"], opset=15, free=True)
g.graph(
    "chain_constants", [
        NODE("Constant", [], ["a"], value_ints=[2, 2]), NODE("Constant", [], ["b"], value_int=1),
        constant("c", i64(0)), NODE("Unsqueeze", ["b", "c"], ["b1"]),
        NODE("Concat", ["b1", "b1", "a"], ["repeats"], axis=0), NODE("Tile", ["x", "repeats"], ["y"]),
    ], X, {}, ["y"], free=True)
g.graph(
    "chain_scales", [
        NODE("Constant", [], ["scales"], value_floats=[1.0, 1.0, 2.0, 2.0]), NODE("Constant", [], ["f"], value_float=0.5),
        NODE("Resize", ["x", "", "scales"], ["big"], nearest_mode="floor", coordinate_transformation_mode="asymmetric"),
        NODE("Pad", ["big", "pads", "f"], ["y"]),
    ], X, {"pads": i64(0, 0, 0, 1, 0, 0, 1, 0)}, ["y"], free=True)
g.graph(
    "chain_flip", [
        NODE("Shape", ["x"], ["shape"]), NODE("Gather", ["shape", "three"], ["width"]),
        NODE("Range", ["zero", "width", "one"], ["columns"]),
        NODE("Slice", ["columns", "last", "before", "first", "back"], ["reversed"]),
        NODE("Gather", ["x", "reversed"], ["y"], axis=3),
    ], X, {"three": np.asarray(np.int64(3)), "zero": np.asarray(np.int64(0)), "one": np.asarray(np.int64(1)),
           "last": i64(-1), "before": i64(-1000), "first": i64(0), "back": i64(-1)}, ["y"], free=True)
g.graph(
    "chain_constant_of_shape", [
        NODE("Shape", ["x"], ["shape"]),
        NODE("ConstantOfShape", ["shape"], ["ones"], value=numpy_helper.from_array(f32(2.5))),
        NODE("ConstantOfShape", ["four"], ["zeros"], value=numpy_helper.from_array(i64(0))),
        NODE("Concat", ["zeros", "pads"], ["all"], axis=0), NODE("Pad", ["x", "all"], ["padded"]),
        NODE("Concat", ["x", "ones"], ["joined"], axis=1), NODE("ConstantOfShape", ["four"], ["nothing"]),
    ], X, {"four": i64(4), "pads": i64(0, 0, 2, 1)}, ["padded", "joined", "nothing"], free=True)
g.graph(
    "chain_nonzero", [
        NODE("ConstantOfShape", ["three"], ["ones"], value=numpy_helper.from_array(i64(1))),
        NODE("NonZero", ["ones"], ["places"]), NODE("Transpose", ["places"], ["column"]),
        NODE("Squeeze", ["column", "one"], ["indices"]), NODE("Gather", ["x", "indices"], ["y"], axis=1),
    ], X, {"three": i64(3), "one": i64(1)}, ["y"], free=True)
g.graph(
    "chain_nonzero_matrix", [NODE("NonZero", ["k"], ["places"]), NODE("Identity", ["x"], ["y"])],
    {"x": n(2)}, {"k": np.array([[0, 1.5, 0], [2, 0, 3]], np.float32)}, ["places", "y"])
g.graph(
    "chain_range_floats", [
        NODE("Range", ["a", "b", "c"], ["steps"]), NODE("Concat", ["x", "steps"], ["y"], axis=0),
        NODE("Range", ["p", "q", "r"], ["down"]), NODE("Range", ["q", "p", "r"], ["empty"]),
    ], {"x": n(2)},
    {"a": np.asarray(np.float32(1)), "b": np.asarray(np.float32(-2.2)), "c": np.asarray(np.float32(-0.75)),
     "p": np.asarray(np.int32(7)), "q": np.asarray(np.int32(-4)), "r": np.asarray(np.int32(-3))},
    ["y", "down", "empty"])
g.graph(
    "chain_whole_numbers", [
        NODE("Transpose", ["k"], ["t"]), NODE("Reshape", ["t", "flat"], ["list"]),
        NODE("Split", ["list", "sizes"], ["first", "second"]),
        NODE("Pad", ["first", "pads", "nine"], ["padded"]), NODE("Tile", ["second", "twice"], ["tiled"]),
        NODE("GatherElements", ["k", "places"], ["picked"], axis=1), NODE("Expand", ["second", "wide"], ["wider"]),
        NODE("Size", ["k"], ["size"]), NODE("Cast", ["k"], ["bytes"], to=TensorProto.INT8), NODE("Identity", ["x"], ["y"]),
    ], {"x": n(1)},
    {"k": np.array([[1 << 20, -7, 300], [4, 5, 6]], np.int64), "flat": i64(-1), "sizes": i64(4, 2), "pads": i64(1, 2),
     "nine": np.asarray(np.int64(9)), "twice": i64(2), "places": i64(2, 0).reshape(2, 1), "wide": i64(3, 1)},
    ["padded", "tiled", "picked", "wider", "size", "bytes", "y"])
g.finish()
