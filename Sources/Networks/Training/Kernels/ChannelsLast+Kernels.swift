internal import CKernels
internal import Tensors

extension ChannelsLast {
  /// Lends the values to kernels for reading; the view must not outlive the call.
  func withView<Result>(_ body: (fk_view) -> Result) -> Result {
    withUnsafePixels { body(Self.view(UnsafeMutablePointer(mutating: $0), shape, pixelStride: pixelStride)) }
  }

  /// The values surrounded by zeros: dense, or `self` where `border` is none.
  func bordered(_ border: Padding, _ pool: WorkPool, memory: TensorMemory?) -> ChannelsLast {
    guard !border.isZero else { return self }
    let (rows, columns) = (height + border.top + border.bottom, width + border.left + border.right)
    let (height, width, channels, pixelStride) = (height, width, channels, pixelStride)
    return ChannelsLast([images, channels, rows, columns], memory: memory) { y in
      guard let y = y.baseAddress else { return }
      withUnsafePixels { x in
        let task = UncheckedSendable((x, y))
        pool.split(images * rows, work: images * rows * columns * channels, grain: 50_000) { first, last in
          let (x, y) = task.value
          for line in first..<last {
            let row = line % rows - border.top
            let to = y + line * columns * channels
            guard row >= 0, row < height else {
              to.initialize(repeating: 0, count: columns * channels)
              continue
            }
            let from = x + (line / rows * height + row) * width * pixelStride
            let inner = to + border.left * channels
            to.initialize(repeating: 0, count: border.left * channels)
            if pixelStride == channels {
              inner.initialize(from: from, count: width * channels)
            } else {
              for column in 0..<width {
                (inner + column * channels).initialize(from: from + column * pixelStride, count: channels)
              }
            }
            (inner + width * channels).initialize(repeating: 0, count: border.right * channels)
          }
        }
      }
    }
  }

  /// For each channel, the sums over all pixels of `x - pivot` (a) and of its square (b), in double precision.
  ///
  /// `pivot` is one value a channel, near the mean so that nothing cancels; `nil` for zeros.
  func channelSums(pivot: [Float]?, _ isa: fk_isa, _ pool: WorkPool) -> (a: [Double], b: [Double]) {
    let (pixels, channels, pixelStride) = (pixels, channels, pixelStride)
    let pivot = pivot ?? [Float](repeating: 0, count: channels)
    return withUnsafePixels { x in
      let task = UncheckedSendable((x, isa))
      return Self.sums(channels: channels, pixels: pixels, pool) { first, last, sum, square in
        let (x, isa) = task.value
        fk_channel_sums(
          isa, x + first * pixelStride, pixelStride, last - first, Int32(channels), pivot, sum, square)
      }
    }
  }

  /// Two sums a channel over ranges of pixels that do not depend on the number of threads; `body` adds one range's.
  static func sums(
    channels: Int, pixels: Int, _ pool: WorkPool,
    _ body:
      @escaping @Sendable (
        _ first: Int, _ last: Int, _ a: UnsafeMutablePointer<Double>, _ b: UnsafeMutablePointer<Double>
      ) -> Void
  ) -> (a: [Double], b: [Double]) {
    let range = max(16, 32768 / max(channels, 1))
    let parts = max(1, (pixels + range - 1) / range)
    var partial = [Double](repeating: 0, count: parts * 2 * channels)
    partial.withUnsafeMutableBufferPointer { partial in
      guard let base = partial.baseAddress else { return }
      let task = UncheckedSendable(base)
      pool.run(parts) { part in
        let to = task.value + part * 2 * channels
        body(part * range, min(pixels, (part + 1) * range), to, to + channels)
      }
    }
    var (a, b) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
    for part in 0..<parts {
      for channel in 0..<channels {
        a[channel] += partial[part * 2 * channels + channel]
        b[channel] += partial[(part * 2 + 1) * channels + channel]
      }
    }
    return (a, b)
  }
}
