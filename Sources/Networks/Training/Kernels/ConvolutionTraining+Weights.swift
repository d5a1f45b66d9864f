internal import CKernels
internal import Tensors

extension ConvolutionTraining {
  /// The gradient by the weights, O x C/groups x KH x KW: for each tap the product of `x` and `dy` over all pixels.
  func weightGradient(_ x: ChannelsLast, _ dy: ChannelsLast) -> Tensor {
    let x = x.bordered(conv.padding, pool, memory: memory)
    return Tensor(shape: weight, memory: memory) { result in
      guard let result = result.baseAddress else { return }
      x.withView { x in
        dy.withView { dy in
          if isDepthwise {
            depthwiseGradient(call(x: x, y: dy), into: result)
          } else {
            directGradient(call(x: x, y: dy), into: result)
          }
        }
      }
    }
  }

  private func depthwiseGradient(_ call: fk_conv, into result: UnsafeMutablePointer<Float>) {
    let task = UncheckedSendable((call, result, isa))
    let channels = Int(call.y.c)
    // Ranges of channels: in each, pixels are summed in the same order.
    pool.run((channels + 63) / 64) { part in
      let (call, result, isa) = task.value
      withUnsafePointer(to: call) {
        fk_depthwise_weight_gradient(isa, $0, Int32(part * 64), Int32(min(channels, part * 64 + 64)), result)
      }
    }
  }

  private func directGradient(_ call: fk_conv, into result: UnsafeMutablePointer<Float>) {
    let depth = channelsIn * taps
    let count = packedCount(channelsOut, from: channelsIn, taps: taps)
    let blocks = Int(fk_conv_blocks(isa, Int32(channelsOut)))
    // Every part has sums of its own: a block of channels and a range of rows, whole tiles of any kernel each.
    let wanted = pool.lanes > 1 ? max(1, pool.lanes * 3 / blocks) : 1
    let rows = max(24, (depth / wanted + 23) / 24 * 24)
    let ranges = (depth + rows - 1) / rows
    _ = Tensor(shape: [count], memory: memory) { sums in
      guard let sums = sums.baseAddress else { return }
      for group in 0..<conv.groups {
        var call = call
        call.x.data += group * channelsIn
        call.y.data += group * channelsOut
        let task = UncheckedSendable((call, sums, isa))
        pool.run(blocks * ranges) { part in
          let (call, sums, isa) = task.value
          let (block, range) = (part / ranges, part % ranges)
          withUnsafePointer(to: call) {
            fk_conv_weight_gradient(isa, $0, Int32(block), range * rows, min(depth, (range + 1) * rows), sums)
          }
        }
        unpack(sums, into: result + group * channelsOut * depth, blocks: blocks)
      }
    }
  }

  private func unpack(_ sums: UnsafeMutablePointer<Float>, into result: UnsafeMutablePointer<Float>, blocks: Int) {
    let task = UncheckedSendable((sums, result, isa))
    let (ins, outs) = (Int32(channelsIn), Int32(channelsOut))
    let (height, width) = (Int32(kernel.height), Int32(kernel.width))
    pool.split(blocks, work: channelsOut * channelsIn * taps, grain: 20_000) { first, last in
      let (sums, result, isa) = task.value
      fk_conv_unpack_blocks(isa, sums, outs, ins, height, width, Int32(first), Int32(last), result)
    }
  }
}
