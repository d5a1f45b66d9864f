internal import CKernels
internal import Tensors

/// Weights of a convolution that reads or writes another format than float32. Immutable, shared by every run.
struct MixedConv: Sendable {
  let conv: Conv2d
  let kernel: Extent
  let channelsIn: Int
  let channelsOut: Int
  let isDepthwise: Bool
  /// The format of the input, for which the weights are packed.
  let format: ValueFormat
  private let weights: Tensor
  private let bias: Tensor
  /// Of bytes: what one unit of each channel's sum is worth.
  private let factor: Tensor?
  private let epilogue: Epilogue
  /// Floats of one group's weights (two bf16 or four bytes are one), and of its bias.
  private let weightStride: Int
  private let biasStride: Int

  /// `format` is that of the input; two channels a word where it is bf16, four where it is bytes.
  init(
    conv: Conv2d, weight: Tensor, bias: [Float], activation: Activation, slope: [Float]?, format: ValueFormat
  ) {
    let (groups, all) = (conv.groups, weight.shape[0])
    let (ins, out) = (weight.shape[1], all / groups)
    let kernel = Extent(height: weight.shape[2], width: weight.shape[3])
    let isDepthwise = groups > 1 && ins == 1 && out == 1
    let depth = ins * kernel.height * kernel.width
    let padded = isDepthwise ? 1 : Int(fk_mixed_padded_channels(Int32(out)))
    let stride = isDepthwise ? depth : padded * depth / format.perFloat
    self.conv = conv
    self.kernel = kernel
    self.isDepthwise = isDepthwise
    self.format = format
    channelsIn = ins
    channelsOut = out
    var allBias = bias.isEmpty ? [Float](repeating: 0, count: all) : bias
    var (scales, sums) = ([Float](), [Float]())
    if case .uint8(let scale, let zero) = format, isDepthwise {
      // Bytes are multiplied as the whole numbers they are; weight and bias make up for that.
      let values = weight.values
      for channel in 0..<all {
        let sum = values[channel * depth..<(channel + 1) * depth].reduce(0, +)
        allBias[channel] -= sum * scale * Float(zero)
      }
    }
    let factors: Float = if case .uint8(let scale, _) = format, isDepthwise { scale } else { 1 }
    let weight = factors == 1 ? weight : Tensor(shape: weight.shape, values: weight.values.map { $0 * factors })
    weights = Tensor(shape: [groups, stride]) { packed in
      weight.withUnsafeBuffer { source in
        guard let from = source.baseAddress, let to = packed.baseAddress else { return }
        let (height, width) = (Int32(kernel.height), Int32(kernel.width))
        if isDepthwise {
          fk_depthwise_pack(from, Int32(groups), height, width, to)
        } else {
          for group in 0..<groups where format.kernel == FK_UINT8 {
            var (scale, sum) = ([Float](repeating: 0, count: padded), [Float](repeating: 0, count: padded))
            UnsafeMutableRawPointer(to + group * stride).withMemoryRebound(to: Int8.self, capacity: stride * 4) {
              fk_int8_pack(from + group * out * depth, Int32(out), Int32(ins), height, width, $0, &scale, &sum)
            }
            scales += scale
            sums += sum
          }
          for group in 0..<groups where format.kernel != FK_UINT8 {
            fk_mixed_pack(
              format.kernel, from + group * out * depth, Int32(out), Int32(ins), height, width, to + group * stride)
          }
        }
      }
    }
    let padding = Epilogue.padded(allBias, groups: groups, to: padded)
    if case .uint8(let scale, let zero) = format, !isDepthwise {
      let factors = scales.map { $0 * scale }
      factor = Tensor(shape: [factors.count], values: factors)
      self.bias = Tensor(
        shape: padding.shape,
        values: zip(padding.values, zip(factors, sums)).map { $0 - $1.0 * $1.1 * Float(zero) })
    } else {
      factor = nil
      self.bias = padding
    }
    epilogue = Epilogue(activation, slope: slope, channels: all, groups: groups, padded: padded)
    weightStride = stride
    biasStride = padded
  }

  /// The kernel's call for one group (for all of them at once when depthwise).
  ///
  /// The views are those of the whole values in their formats, the input's border in place. Valid while the weights and
  /// the views' memory live.
  func call(
    x: (fk_view, ValueFormat), y: (fk_view, ValueFormat), residual: (fk_view, ValueFormat)?, group: Int = 0
  ) -> fk_mixed_conv {
    let border = conv.padding.top * x.0.row + conv.padding.left * x.0.pixel
    var (from, to, add) = (x.0.advanced(by: -border, x.1), y.0, residual?.0 ?? fk_view())
    if !isDepthwise {
      from = from.advanced(by: group * channelsIn, x.1)
      from.c = Int32(channelsIn)
      to = to.advanced(by: group * channelsOut, y.1)
      to.c = Int32(channelsOut)
      if let residual { add = add.advanced(by: group * channelsOut, residual.1) }
    }
    let weights = weights.withUnsafeBuffer { $0.baseAddress.map { $0 + group * weightStride } }
    let bias = bias.withUnsafeBuffer { $0.baseAddress.map { $0 + group * biasStride } }
    let call = fk_conv(
      x: from, y: to, residual: add, kernel_h: Int32(kernel.height), kernel_w: Int32(kernel.width),
      stride_h: Int32(conv.stride.height), stride_w: Int32(conv.stride.width),
      dilation_h: Int32(conv.dilation.height), dilation_w: Int32(conv.dilation.width), weights: weights, bias: bias,
      epilogue: epilogue.kernel(slopesFrom: isDepthwise ? 0 : group * biasStride))
    let factor = factor?.withUnsafeBuffer { $0.baseAddress.map { $0 + group * biasStride } }
    return fk_mixed_conv(
      conv: call, x: x.1.kernel, y: y.1.kernel, residual: residual?.1.kernel ?? FK_FLOAT32, y_quant: y.1.quant,
      residual_quant: (residual?.1 ?? .float32).quant, factor: factor)
  }
}
