"""Cases of convolutions, pooling and normalization. Made with onnx 1.23.2 and onnxruntime 1.32.0."""

from __future__ import annotations

import numpy as np

from writer import Group

g = Group("convolutions", seed=2)
n = g.normal


def conv(name: str, x: tuple, w: tuple, bias: bool = True, **more) -> None:
    constants = {"w": n(*w)} | ({"b": n(w[0])} if bias else {})
    g.op(name, "Conv", {"x": n(*x)}, constants, **more)


conv("conv_plain", (2, 3, 7, 5), (4, 3, 3, 3))
conv("conv_strides_pads", (1, 3, 9, 8), (5, 3, 3, 2), strides=[2, 3], pads=[1, 0, 2, 1])
conv("conv_dilated", (1, 2, 11, 9), (3, 2, 3, 3), dilations=[2, 3], pads=[2, 3, 2, 3])
conv("conv_groups", (1, 6, 5, 7), (4, 3, 3, 3), group=2, pads=[1, 1, 1, 1])
conv("conv_depthwise", (1, 5, 7, 7), (5, 1, 3, 3), group=5, pads=[1, 1, 1, 1], strides=[2, 2], opset=7)
conv("conv_depthwise_doubled", (2, 3, 6, 5), (6, 1, 3, 3), group=3, bias=False)
conv("conv_same_upper", (1, 2, 8, 7), (3, 2, 4, 3), auto_pad="SAME_UPPER", strides=[2, 3])
conv("conv_same_lower", (1, 2, 8, 7), (3, 2, 4, 3), auto_pad="SAME_LOWER", strides=[3, 2])
conv("conv_same_wide_stride", (1, 2, 8, 9), (3, 2, 1, 2), auto_pad="SAME_UPPER", strides=[3, 4])
conv("conv_valid", (1, 2, 6, 6), (3, 2, 3, 3), auto_pad="VALID", strides=[2, 2])
conv("conv_1d", (2, 3, 9), (4, 3, 3), strides=[2], pads=[1, 2])
conv("conv_1d_dilated_groups", (1, 4, 12), (6, 2, 3), dilations=[2], group=2, bias=False)
conv("conv_pad_larger_than_kernel", (1, 2, 4, 4), (2, 2, 2, 2), pads=[3, 2, 3, 2])
conv("conv_1x1", (1, 7, 3, 5), (3, 7, 1, 1), opset=22)


def transposed(name: str, x: tuple, w: tuple, bias: bool = True, **more) -> None:
    constants = {"w": n(*w)} | ({"b": n(w[1] * more.get("group", 1))} if bias else {})
    g.op(name, "ConvTranspose", {"x": n(*x)}, constants, **more)


transposed("transposed_plain", (1, 3, 4, 5), (3, 2, 3, 3))
transposed("transposed_double", (2, 3, 4, 3), (3, 4, 2, 2), strides=[2, 2], bias=False)
transposed("transposed_pads", (1, 2, 5, 4), (2, 3, 4, 3), strides=[2, 3], pads=[1, 0, 2, 1])
transposed("transposed_output_padding", (1, 2, 3, 4), (2, 2, 3, 3), strides=[2, 2], pads=[1, 1, 1, 1],
           output_padding=[1, 1])
transposed("transposed_groups_dilated", (1, 4, 4, 3), (4, 3, 3, 2), group=2, dilations=[2, 3], strides=[1, 2])
transposed("transposed_depthwise", (1, 3, 4, 4), (3, 1, 4, 4), group=3, strides=[2, 2], pads=[1, 1, 1, 1], opset=11)
transposed("transposed_output_shape", (1, 2, 3, 4), (2, 3, 3, 4), strides=[2, 2], output_shape=[6, 7])
transposed("transposed_output_shape_upper", (1, 2, 3, 4), (2, 3, 4, 4), strides=[2, 2], output_shape=[5, 7],
           auto_pad="SAME_UPPER")
transposed("transposed_same_upper", (1, 2, 3, 4), (2, 2, 3, 5), strides=[2, 2], auto_pad="SAME_UPPER")
transposed("transposed_same_lower", (1, 2, 3, 4), (2, 2, 3, 4), strides=[2, 3], auto_pad="SAME_LOWER", opset=7)
transposed("transposed_valid", (1, 2, 3, 3), (2, 2, 2, 3), strides=[3, 2], auto_pad="VALID")
transposed("transposed_1d", (1, 3, 5), (3, 2, 4), strides=[2], pads=[1, 1], output_padding=[1])


def pool(name: str, operator: str, x: tuple, kernel: list, **more) -> None:
    g.op(name, operator, {"x": n(*x)}, kernel_shape=kernel, **more)


pool("max_pool_plain", "MaxPool", (2, 3, 7, 6), [2, 2], strides=[2, 2])
pool("max_pool_pads", "MaxPool", (1, 9, 8, 7), [3, 3], strides=[2, 2], pads=[1, 1, 1, 1], opset=7)
pool("max_pool_asymmetric", "MaxPool", (1, 2, 8, 7), [3, 2], strides=[2, 1], pads=[0, 1, 2, 0])
pool("max_pool_ceiling", "MaxPool", (1, 2, 8, 8), [3, 3], strides=[2, 2], ceil_mode=1)
pool("max_pool_ceiling_drops_last", "MaxPool", (1, 2, 7, 5), [2, 2], strides=[3, 3], pads=[1, 1, 1, 1], ceil_mode=1)
pool("max_pool_dilated", "MaxPool", (1, 3, 9, 10), [3, 2], dilations=[2, 3], pads=[1, 0, 1, 1], strides=[2, 1])
pool("max_pool_same_upper", "MaxPool", (1, 2, 8, 7), [3, 2], strides=[2, 2], auto_pad="SAME_UPPER")
pool("max_pool_same_lower", "MaxPool", (1, 2, 7, 8), [3, 4], strides=[2, 3], auto_pad="SAME_LOWER")
pool("max_pool_column_major", "MaxPool", (1, 2, 5, 5), [2, 3], storage_order=1)
pool("max_pool_unit_strides", "MaxPool", (1, 4, 5, 6), [3, 3])
pool("max_pool_1d", "MaxPool", (2, 3, 11), [3], strides=[2], pads=[1, 0], ceil_mode=1)
pool("average_pool_plain", "AveragePool", (2, 3, 6, 7), [2, 3], strides=[2, 2])
pool("average_pool_pads", "AveragePool", (1, 5, 7, 6), [3, 3], strides=[2, 2], pads=[1, 1, 1, 1], opset=7)
pool("average_pool_counts_padding", "AveragePool", (1, 5, 7, 6), [3, 3], strides=[2, 2], pads=[1, 1, 1, 1],
     count_include_pad=1)
pool("average_pool_ceiling", "AveragePool", (1, 2, 8, 8), [3, 3], strides=[2, 2], ceil_mode=1)
pool("average_pool_ceiling_counts_padding", "AveragePool", (1, 2, 8, 7), [3, 3], strides=[2, 3], pads=[1, 1, 1, 0],
     ceil_mode=1, count_include_pad=1, opset=19)
pool("average_pool_ceiling_counts_nothing", "AveragePool", (1, 2, 7, 8), [4, 3], strides=[3, 2], pads=[1, 0, 1, 2],
     ceil_mode=1, opset=19)
pool("average_pool_same_lower", "AveragePool", (1, 2, 7, 8), [2, 3], strides=[2, 2], auto_pad="SAME_LOWER")
pool("average_pool_same_upper_counts_padding", "AveragePool", (1, 2, 7, 8), [2, 3], strides=[2, 3], auto_pad="SAME_UPPER",
     count_include_pad=1)
pool("average_pool_dilated", "AveragePool", (1, 2, 9, 8), [2, 3], dilations=[3, 2], pads=[1, 2, 0, 1],
     count_include_pad=1, opset=19)
pool("average_pool_1d", "AveragePool", (1, 3, 10), [4], strides=[3], pads=[2, 1])

g.op("global_average_pool", "GlobalAveragePool", {"x": n(2, 3, 5, 4)})
g.op("global_average_pool_1d", "GlobalAveragePool", {"x": n(2, 3, 5)})
g.op("global_max_pool", "GlobalMaxPool", {"x": n(2, 9, 5, 4) - 3})
g.op("global_max_pool_1d", "GlobalMaxPool", {"x": n(1, 3, 7)})


def batch_norm(name: str, x: tuple, **more) -> None:
    c = x[1]
    constants = {"scale": n(c), "bias": n(c), "mean": n(c), "variance": np.abs(n(c)) + 0.1}
    g.op(name, "BatchNormalization", {"x": n(*x)}, constants, **more)


batch_norm("batch_norm_7", (2, 3, 4, 5), opset=7)
batch_norm("batch_norm_9", (1, 5, 3, 3), opset=9, epsilon=1e-3)
batch_norm("batch_norm_15", (1, 5, 3, 3), opset=15, epsilon=1e-2)
batch_norm("batch_norm_vectors", (3, 4), opset=14)
batch_norm("batch_norm_1d", (2, 4, 5))
g.op("instance_norm", "InstanceNormalization", {"x": n(2, 3, 4, 5)}, {"s": n(3), "b": n(3)})
g.op("instance_norm_1d", "InstanceNormalization", {"x": n(1, 4, 9) * 5 + 3}, {"s": n(4), "b": n(4)}, epsilon=1e-3)
g.op("lrn", "LRN", {"x": n(1, 7, 3, 4)}, size=5, alpha=0.01, beta=0.6, bias=1.5)
g.op("lrn_wide", "LRN", {"x": n(2, 5, 3, 2)}, size=7)
g.op("depth_to_space", "DepthToSpace", {"x": n(1, 12, 2, 3)}, blocksize=2)
g.op("depth_to_space_crd", "DepthToSpace", {"x": n(2, 18, 3, 2)}, blocksize=3, mode="CRD")
g.op("space_to_depth", "SpaceToDepth", {"x": n(2, 3, 6, 4)}, blocksize=2)
g.finish()
