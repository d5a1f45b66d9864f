internal import CKernels
internal import Tensors

/// Weights of a convolution as a kernel wants them. Immutable, shared by every run.
struct PackedConv: Sendable {
  let conv: Conv2d
  let kernel: Extent
  /// Of one group.
  let channelsIn: Int
  /// Of one group.
  let channelsOut: Int
  /// What the weights are packed for; for the direct kernel, group by group.
  let algorithm: ConvAlgorithm
  let weights: Tensor
  let bias: Tensor
  let epilogue: Epilogue
  /// Floats of one group's weights, and of its bias.
  let weightStride: Int
  let biasStride: Int

  /// `output` is a shape the result may have (N x O x H x W), by which the algorithm is chosen.
  init(
    conv: Conv2d, weight: Tensor, bias: [Float], activation: Activation, slope: [Float]?, isa: fk_isa,
    output: Shape? = nil
  ) {
    let (groups, all) = (conv.groups, weight.shape[0])
    let (ins, out) = (weight.shape[1], all / groups)
    let kernel = Extent(height: weight.shape[2], width: weight.shape[3])
    let algorithm = ConvAlgorithm.fastest(conv, weight: weight.shape, output: output)
    let depth = ins * kernel.height * kernel.width
    let padded = algorithm == .depthwise ? 1 : Int(fk_conv_padded_channels(isa, Int32(out)))
    let size = algorithm == .winograd ? fk_winograd_packed_size(isa, Int32(out), Int32(ins)) : padded * depth
    self.conv = conv
    self.kernel = kernel
    self.algorithm = algorithm
    channelsIn = ins
    channelsOut = out
    weights = Tensor(shape: [groups, size]) { packed in
      weight.withUnsafeBuffer { source in
        guard let from = source.baseAddress, let to = packed.baseAddress else { return }
        let (height, width) = (Int32(kernel.height), Int32(kernel.width))
        switch algorithm {
        case .depthwise: fk_depthwise_pack(from, Int32(groups), height, width, to)
        case .winograd:
          Workspace.with(6 * out * ins) { fk_winograd_pack(isa, from, Int32(out), Int32(ins), $0, to) }
        case .direct:
          for group in 0..<groups {
            fk_conv_pack(
              isa, from + group * out * depth, Int32(out), Int32(ins), height, width, to + group * padded * depth)
          }
        }
      }
    }
    let allBias = bias.isEmpty ? [Float](repeating: 0, count: all) : bias
    self.bias = Epilogue.padded(allBias, groups: groups, to: padded)
    epilogue = Epilogue(activation, slope: slope, channels: all, groups: groups, padded: padded)
    weightStride = size
    biasStride = padded
  }

  /// The kernel's call for one group (for all of them at once when depthwise).
  ///
  /// `x` is the view of the whole input, its border in place. Valid while the weights and the views' memory live.
  func call(x: fk_view, y: fk_view, residual: fk_view?, group: Int = 0) -> fk_conv {
    var (x, y, residual) = (x, y, residual ?? fk_view())
    x.data -= conv.padding.top * x.row + conv.padding.left * x.pixel
    if algorithm != .depthwise {
      x.data += group * channelsIn
      x.c = Int32(channelsIn)
      y.data += group * channelsOut
      y.c = Int32(channelsOut)
      if residual.data != nil { residual.data += group * channelsOut }
    }
    let weights = weights.withUnsafeBuffer { $0.baseAddress.map { $0 + group * weightStride } }
    let bias = bias.withUnsafeBuffer { $0.baseAddress.map { $0 + group * biasStride } }
    return fk_conv(
      x: x, y: y, residual: residual, kernel_h: Int32(kernel.height), kernel_w: Int32(kernel.width),
      stride_h: Int32(conv.stride.height), stride_w: Int32(conv.stride.width),
      dilation_h: Int32(conv.dilation.height), dilation_w: Int32(conv.dilation.width), weights: weights, bias: bias,
      epilogue: epilogue.kernel(slopesFrom: group * biasStride))
  }
}
