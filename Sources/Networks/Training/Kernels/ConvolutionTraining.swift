internal import CKernels
internal import Tensors

/// One convolution on channels-last values by the kernels of the inference plan: forward and its three gradients.
///
/// Weights change at every step, hence they are packed for each call. Work is split so that no result depends on the
/// number of threads. Reference: PyTorch `Conv2d`.
struct ConvolutionTraining {
  let conv: Conv2d
  /// O x C/groups x KH x KW.
  let weight: Shape
  let isa: fk_isa
  let pool: WorkPool
  let memory: TensorMemory?
  /// Of one group.
  let channelsIn: Int
  /// Of one group.
  let channelsOut: Int
  /// Whether every channel has one filter of its own.
  let isDepthwise: Bool
  let kernel: Extent

  /// `nil` where only the plain arithmetic can do it: kernels of very many taps.
  init?(_ conv: Conv2d, weight: Shape, _ context: TrainingContext) {
    kernel = Extent(height: weight[2], width: weight[3])
    guard kernel.height <= 15, kernel.width <= 15, weight.count > 0 else { return nil }
    self.conv = conv
    self.weight = weight
    isa = context.instructionSet.kernel
    pool = context.pool
    memory = context.memory
    channelsIn = weight[1]
    channelsOut = weight[0] / conv.groups
    isDepthwise = conv.groups > 1 && channelsIn == 1 && channelsOut == 1
  }

  var taps: Int { kernel.height * kernel.width }

  /// `y = conv(x, weight) + bias` of the (NCHW) `shape`.
  func forward(_ x: ChannelsLast, _ weight: Tensor, _ bias: Tensor?, to shape: Shape) -> ChannelsLast {
    let x = x.bordered(conv.padding, pool, memory: memory)
    let packed = isDepthwise ? depthwiseWeights(weight) : directWeights(weight)
    let bias = paddedBias(bias)
    return ChannelsLast(shape, memory: memory) { y in
      guard let y = y.baseAddress, shape.count > 0 else { return }
      let yView = ChannelsLast.view(y, shape, pixelStride: shape[1])
      x.withView { xView in
        packed.withUnsafeBuffer { packed in
          bias.withUnsafeBuffer { bias in
            guard let packed = packed.baseAddress, let bias = bias.baseAddress else { return }
            var call = call(x: xView, y: yView)
            (call.weights, call.bias) = (packed, bias)
            if isDepthwise { return pool.runDepthwise(call, isa) }
            for group in 0..<conv.groups {
              call.x.data = xView.data + group * channelsIn
              call.y.data = yView.data + group * channelsOut
              call.weights = packed + group * packedCount(channelsOut, from: channelsIn, taps: taps)
              call.bias = bias + group * padded(channelsOut)
              pool.runDirect(call, isa)
            }
          }
        }
      }
    }
  }

  /// The gradient by the bias: the sum of `dy` over all pixels.
  func biasGradient(_ dy: ChannelsLast) -> Tensor {
    let (sums, _) = dy.channelSums(pivot: nil, isa, pool)
    return Tensor(shape: [dy.channels], values: sums.map { Float($0) })
  }

  // MARK: Shared with the gradients

  /// The call that all groups have in common; for the direct kernel, channels are those of one group.
  func call(x: fk_view, y: fk_view) -> fk_conv {
    var (x, y) = (x, y)
    if !isDepthwise { (x.c, y.c) = (Int32(channelsIn), Int32(channelsOut)) }
    return fk_conv(
      x: x, y: y, residual: fk_view(), kernel_h: Int32(kernel.height), kernel_w: Int32(kernel.width),
      stride_h: Int32(conv.stride.height), stride_w: Int32(conv.stride.width),
      dilation_h: Int32(conv.dilation.height), dilation_w: Int32(conv.dilation.width), weights: nil, bias: nil,
      epilogue: fk_epilogue(kind: FK_ACT_NONE, low: 0, high: 0, slope: nil))
  }

  func padded(_ channels: Int) -> Int { Int(fk_conv_padded_channels(isa, Int32(channels))) }

  /// Floats of one group's packed weights.
  func packedCount(_ channels: Int, from ins: Int, taps: Int) -> Int { padded(channels) * ins * taps }

  /// Each group's weights as fk_conv_pack lays them out.
  private func directWeights(_ weight: Tensor) -> Tensor {
    let count = packedCount(channelsOut, from: channelsIn, taps: taps)
    let blocks = Int(fk_conv_blocks(isa, Int32(channelsOut)))
    let (ins, outs) = (Int32(channelsIn), Int32(channelsOut))
    let (height, width) = (Int32(kernel.height), Int32(kernel.width))
    return Tensor(shape: [conv.groups * count], memory: memory) { packed in
      weight.withUnsafeBuffer { source in
        guard let from = source.baseAddress, let to = packed.baseAddress else { return }
        let task = UncheckedSendable((from: from, to: to, isa: isa, stride: channelsOut * channelsIn * taps))
        pool.split(conv.groups * blocks, work: weight.count, grain: 20_000) { first, last in
          let (from, to, isa, stride) = task.value
          for part in first..<last {
            let (group, block) = (part / blocks, Int32(part % blocks))
            fk_conv_pack_blocks(
              isa, from + group * stride, outs, ins, height, width, block, block + 1, to + group * count)
          }
        }
      }
    }
  }

  private func depthwiseWeights(_ weight: Tensor) -> Tensor {
    Tensor(shape: weight.shape, memory: memory) { packed in
      weight.withUnsafeBuffer { source in
        guard let from = source.baseAddress, let to = packed.baseAddress else { return }
        fk_depthwise_pack(from, Int32(conv.groups), Int32(kernel.height), Int32(kernel.width), to)
      }
    }
  }

  /// Bias of each group, padded to what the kernel reads; zeros where there is none.
  private func paddedBias(_ bias: Tensor?) -> Tensor {
    guard !isDepthwise else { return bias ?? Tensor(shape: [conv.groups], repeating: 0) }
    let width = padded(channelsOut)
    return Tensor(shape: [conv.groups * width]) { result in
      result.initialize(repeating: 0)
      bias?.withUnsafeBuffer { bias in
        for i in 0..<bias.count { result[i / channelsOut * width + i % channelsOut] = bias[i] }
      }
    }
  }
}
