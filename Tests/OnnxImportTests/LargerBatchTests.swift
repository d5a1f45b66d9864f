import Networks
import Tensors
import Testing

@testable import OnnxImport

/// A graph imported for a batch of one runs with two, and gives each image what it gives it alone.
@Suite struct LargerBatchTests {
  static let cases = [
    "layout/chain_view", "layout/chain_pixel_list", "layout/chain_flip", "layout/chain_nonzero", "layout/chain_scales",
    "layout/chain_upsample_to", "layout/reshape_fixed", "layout/reshape_first_open",
    "layout/slice_focus", "layout/split_uneven", "layout/tile_images", "layout/pad_input", "layout/pad_reflect",
    "layout/resize_linear_half_pixel", "layout/resize_cubic_asymmetric", "layout/resize_nearest_floor",
    "layout/resize_nearest_crop", "layout/resize_channels", "layout/resize_signal", "layout/upsample_9",
    "layout/transpose_5d", "convolutions/conv_1d_dilated_groups",
    "convolutions/conv_same_lower", "convolutions/transposed_output_shape", "convolutions/transposed_1d",
    "convolutions/max_pool_dilated", "convolutions/average_pool_1d", "convolutions/instance_norm_1d",
    "convolutions/global_max_pool_1d", "convolutions/depth_to_space", "convolutions/lrn",
    "layout/unsqueeze_input", "layout/squeeze_input", "layout/expand_keeps", "layout/flatten",
  ]

  @Test(arguments: cases) func eachImageIsTreatedAlone(_ name: String) throws {
    let fixture = try #require(OperatorCase.all.first { "\($0.group)/\($0.name)" == name })
    let network = try OnnxNetwork(OnnxBytes(fixture.file))
    let recorded = try network.inputs.map { try #require(fixture.record.inputs[$0.name]).tensor }
    // Some cases have a batch already: their first image counts where the file allows it.
    let isFree = network.inputs.allSatisfy { $0.dimensions?.first?.isFree == true }
    let inputs = isFree || recorded.allSatisfy { $0.shape[0] == 1 } ? recorded.map { $0.rows(0..<1) } : recorded
    let graph = try network.graph(inputShapes: inputs.map(\.shape))
    let others = inputs.map { Tensor(shape: $0.shape, values: $0.values.reversed()) }
    let alone = try [inputs, others].map { try PlainExecution.run(graph, inputs: $0) }
    let both = zip(inputs, others).map { $0.joined($1) }
    let plain = try PlainExecution.run(graph, inputs: both)
    let plan = try InferencePlan(graph, example: inputs.map(\.shape)).run(both)
    for (index, wanted) in alone[0].enumerated() {
      for answer in [plain[index], plan[index]] {
        #expect(answer.shape[0] == 2 * wanted.shape[0])
        let values = wanted.values + alone[1][index].values
        #expect(zip(answer.values, values).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($1)) })
        #expect(answer.count == values.count)
      }
    }
  }
}

extension Tensor {
  /// Some indices of the first axis.
  fileprivate func rows(_ range: Range<Int>) -> Tensor {
    let row = count / max(shape[0], 1)
    return Tensor(
      shape: Shape([range.count] + shape.dimensions.dropFirst()),
      values: Array(values[range.lowerBound * row..<range.upperBound * row]))
  }

  /// This and another one of the same shape along the first axis.
  fileprivate func joined(_ other: Tensor) -> Tensor {
    Tensor(shape: Shape([2 * shape[0]] + shape.dimensions.dropFirst()), values: values + other.values)
  }
}
