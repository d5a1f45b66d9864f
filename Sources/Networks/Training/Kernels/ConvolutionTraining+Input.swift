internal import CKernels
internal import Tensors

/// The pixels of one axis whose gradients the same taps give: of every `stride` pixels one.
///
/// With a stride of 1 there is one phase, all pixels. Pixel `offset + i * stride` gets tap `first + t * stride` from
/// output `shift + i - t`: a convolution of the output's gradient with the taps turned around.
private struct Phase {
  let offset: Int
  /// Pixels of this phase.
  let pixels: Int
  let taps: fk_taps
  let dilation: Int
  /// The output that the first tap of the first pixel reads.
  let shift: Int

  init(_ offset: Int, length: Int, kernel: Int, stride: Int, padding: Int, dilation: Int) {
    self.offset = offset
    self.dilation = dilation
    pixels = (length - offset + stride - 1) / stride
    let first = (offset + padding) % stride
    shift = (offset + padding - first) / stride
    let count = first < kernel ? (kernel - first + stride - 1) / stride : 0
    taps = fk_taps(first: Int32(first), step: Int32(stride), count: Int32(count))
  }

  var count: Int { Int(taps.count) }
  /// The first and the last output that any pixel reads.
  var start: Int { shift - (count - 1) * dilation }
  var end: Int { shift + pixels - 1 }

  static func all(_ length: Int, kernel: Int, stride: Int, padding: Int, dilation: Int) -> [Phase] {
    (0..<min(stride, length)).map {
      Phase($0, length: length, kernel: kernel, stride: stride, padding: padding, dilation: dilation)
    }
  }
}

extension ConvolutionTraining {
  /// Whether ``inputGradient(_:_:to:)`` can: not where stride and dilation meet.
  var hasInputGradient: Bool {
    (conv.stride.height == 1 || conv.dilation.height == 1) && (conv.stride.width == 1 || conv.dilation.width == 1)
  }

  /// The gradient by x, of the (NCHW) `shape`, from `dy`.
  func inputGradient(_ dy: ChannelsLast, _ weight: Tensor, to shape: Shape) -> ChannelsLast {
    let rows = Phase.all(
      shape[2], kernel: kernel.height, stride: conv.stride.height, padding: conv.padding.top,
      dilation: conv.dilation.height)
    let columns = Phase.all(
      shape[3], kernel: kernel.width, stride: conv.stride.width, padding: conv.padding.left,
      dilation: conv.dilation.width)
    func before(_ phases: [Phase]) -> Int { max(0, -(phases.filter { $0.count > 0 }.map(\.start).min() ?? 0)) }
    func after(_ phases: [Phase], _ length: Int) -> Int {
      max(0, (phases.filter { $0.count > 0 }.map(\.end).max() ?? 0) - length + 1)
    }
    let border = Padding(
      top: before(rows), left: before(columns), bottom: after(rows, dy.height), right: after(columns, dy.width))
    let dy = dy.bordered(border, pool, memory: memory)
    let isComplete = (rows + columns).allSatisfy { $0.count > 0 }
    return ChannelsLast(shape, memory: memory) { dx in
      guard let base = dx.baseAddress, shape.count > 0 else { return }
      if !isComplete { dx.initialize(repeating: 0) }
      let whole = ChannelsLast.view(base, shape, pixelStride: shape[1])
      dy.withView { dy in
        for row in rows where row.count > 0 {
          for column in columns where column.count > 0 {
            var (from, to) = (dy, whole)
            from.data += (row.start + border.top) * dy.row + (column.start + border.left) * dy.pixel
            to.data += row.offset * whole.row + column.offset * whole.pixel
            to.row *= conv.stride.height
            to.pixel *= conv.stride.width
            (to.h, to.w) = (Int32(row.pixels), Int32(column.pixels))
            run(from, to, row, column, weight)
          }
        }
      }
    }
  }

  private func run(_ dy: fk_view, _ dx: fk_view, _ row: Phase, _ column: Phase, _ weight: Tensor) {
    var call = call(x: dy, y: dx)
    (call.kernel_h, call.kernel_w, call.stride_h, call.stride_w) = (row.taps.count, column.taps.count, 1, 1)
    (call.dilation_h, call.dilation_w) = (Int32(row.dilation), Int32(column.dilation))
    let taps = row.count * column.count
    let zeros = Tensor(shape: [isDepthwise ? conv.groups : padded(channelsIn)], repeating: 0)
    let packed = isDepthwise ? turnedDepthwise(weight, row.taps, column.taps) : turned(weight, row.taps, column.taps)
    packed.withUnsafeBuffer { packed in
      zeros.withUnsafeBuffer { zeros in
        guard let packed = packed.baseAddress else { return }
        (call.weights, call.bias) = (packed, zeros.baseAddress)
        if isDepthwise { return pool.runDepthwise(call, isa) }
        (call.x.c, call.y.c) = (Int32(channelsOut), Int32(channelsIn))
        for group in 0..<conv.groups {
          call.x.data = dy.data + group * channelsOut
          call.y.data = dx.data + group * channelsIn
          call.weights = packed + group * packedCount(channelsIn, from: channelsOut, taps: taps)
          pool.runDirect(call, isa)
        }
      }
    }
  }

  /// Each group's weights from outputs to inputs, packed.
  private func turned(_ weight: Tensor, _ rows: fk_taps, _ columns: fk_taps) -> Tensor {
    let count = packedCount(channelsIn, from: channelsOut, taps: Int(rows.count * columns.count))
    let blocks = Int(fk_conv_blocks(isa, Int32(channelsIn)))
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
            fk_conv_pack_transposed(
              isa, from + group * stride, outs, ins, height, width, rows, columns, block, block + 1, to + group * count)
          }
        }
      }
    }
  }

  /// KH' x KW' x channels, turned around.
  private func turnedDepthwise(_ weight: Tensor, _ rows: fk_taps, _ columns: fk_taps) -> Tensor {
    let channels = conv.groups
    return Tensor(shape: [Int(rows.count) * Int(columns.count) * channels]) { packed in
      weight.withUnsafeBuffer { weight in
        var at = 0
        for y in (0..<Int(rows.count)).reversed() {
          for x in (0..<Int(columns.count)).reversed() {
            let tap =
              (Int(rows.first) + y * Int(rows.step)) * kernel.width + Int(columns.first) + x * Int(columns.step)
            for channel in 0..<channels { packed[at + channel] = weight[channel * taps + tap] }
            at += channels
          }
        }
      }
    }
  }
}
