internal import CKernels
internal import Tensors

extension ChannelsLast {
  /// `act(x * scale + shift)`, dense; scale and shift hold one value a channel, or are absent.
  func affine(
    scale: [Float]? = nil, shift: [Float]? = nil, _ epilogue: Epilogue, _ isa: fk_isa, _ pool: WorkPool,
    memory: TensorMemory?
  ) -> ChannelsLast {
    ChannelsLast(shape, memory: memory) { y in
      guard let y = y.baseAddress else { return }
      let yView = Self.view(y, shape, pixelStride: channels)
      withView { xView in
        let task = UncheckedSendable((x: xView, y: yView, epilogue: epilogue, isa: isa))
        pool.split(images * height, work: shape.count, grain: 50_000) { first, last in
          let task = task.value
          withUnsafePointer(to: task.epilogue.kernel()) { epilogue in
            Self.withOptionalPointer(scale) { scale in
              Self.withOptionalPointer(shift) { shift in
                fk_affine(task.isa, task.x, task.y, scale, shift, epilogue, first, last)
              }
            }
          }
        }
      }
    }
  }

  private static func withOptionalPointer(_ values: [Float]?, _ body: (UnsafePointer<Float>?) -> Void) {
    guard let values else { return body(nil) }
    values.withUnsafeBufferPointer { body($0.baseAddress) }
  }

  /// The values dense, copied where the pixels have gaps.
  func withoutGaps(_ pool: WorkPool, memory: TensorMemory?) -> ChannelsLast {
    guard !isDense else { return self }
    return ChannelsLast(shape, memory: memory) { y in
      if let y = y.baseAddress { copy(to: y, stride: channels, pool) }
    }
  }

  /// Copies every pixel's channels to rows `stride` floats apart.
  func copy(to y: UnsafeMutablePointer<Float>, stride: Int, _ pool: WorkPool) {
    let (channels, pixelStride) = (channels, pixelStride)
    withUnsafePixels { x in
      let task = UncheckedSendable((x, y))
      pool.split(pixels, work: shape.count, grain: 50_000) { first, last in
        let (x, y) = task.value
        for pixel in first..<last {
          (y + pixel * stride).initialize(from: x + pixel * pixelStride, count: channels)
        }
      }
    }
  }

  /// A dense block of this shape; `body` sets pixels `first ..< last` of it, in parallel.
  func mapPixels(
    _ pool: WorkPool, memory: TensorMemory?,
    _ body:
      @escaping @Sendable (
        _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ first: Int, _ last: Int
      ) -> Void
  ) -> ChannelsLast {
    ChannelsLast(shape, memory: memory) { y in
      guard let y = y.baseAddress else { return }
      withUnsafePixels { x in
        let task = UncheckedSendable((x, y))
        pool.split(pixels, work: shape.count, grain: 50_000) { first, last in
          body(task.value.0, task.value.1, first, last)
        }
      }
    }
  }
}
