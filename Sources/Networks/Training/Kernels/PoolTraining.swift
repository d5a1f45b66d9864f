internal import CKernels
internal import Tensors

/// Pooling on channels-last values, forward and back.
///
/// Gradients are split over images, whose windows never overlap. Reference: PyTorch `MaxPool2d` (of equal values the
/// first takes the gradient) and `AvgPool2d`.
struct PoolTraining {
  enum Kind: Sendable {
    case max
    case average(countsPadding: Bool)
  }

  let kind: Kind
  let window: Window
  let isa: fk_isa
  let pool: WorkPool
  let memory: TensorMemory?

  init(_ kind: Kind, _ window: Window, _ context: TrainingContext) {
    self.kind = kind
    self.window = window
    isa = context.instructionSet.kernel
    pool = context.pool
    memory = context.memory
  }

  /// Runs forward to the (NCHW) `shape` and gives the way back.
  func record(_ x: ChannelsLast, to shape: Shape, needsInput: Bool) -> Recorded {
    let y = forward(x, to: shape)
    guard needsInput else { return Recorded([.channelsLast(y)]) }
    let (inputShape, kept) = (x.shape, keepsValues ? (x: x, y: y) : nil)
    return Recorded([.channelsLast(y)]) { gradients throws(GraphError) in
      [.channelsLast(gradient(gradients[0].channelsLast(memory: memory), to: inputShape, kept))]
    }
  }

  private var keepsValues: Bool { if case .max = kind { true } else { false } }

  private func forward(_ x: ChannelsLast, to shape: Shape) -> ChannelsLast {
    ChannelsLast(shape, memory: memory) { y in
      guard let y = y.baseAddress else { return }
      let yView = ChannelsLast.view(y, shape, pixelStride: shape[1])
      x.withView { x in
        let task = UncheckedSendable((self, x, yView))
        pool.split(shape[0] * shape[2], work: shape.count * taps, grain: 100_000) { first, last in
          let (this, x, y) = task.value
          let (kernel, stride, padding) = this.sizes
          switch this.kind {
          case .max:
            fk_max_pool(
              this.isa, x, y, kernel.0, kernel.1, stride.0, stride.1, padding.0, padding.1, first, last)
          case .average(let countsPadding):
            fk_average_pool(
              this.isa, x, y, kernel.0, kernel.1, stride.0, stride.1, padding.0, padding.1, countsPadding ? 1 : 0,
              first, last)
          }
        }
      }
    }
  }

  private func gradient(
    _ dy: ChannelsLast, to shape: Shape, _ kept: (x: ChannelsLast, y: ChannelsLast)?
  ) -> ChannelsLast {
    ChannelsLast(shape, memory: memory) { dx in
      guard let base = dx.baseAddress, shape.count > 0 else { return }
      let dxView = ChannelsLast.view(base, shape, pixelStride: shape[1])
      dy.withView { dy in
        let x = kept?.x.withView { $0 } ?? fk_view()
        let y = kept?.y.withView { $0 } ?? fk_view()
        let task = UncheckedSendable((self, x, y, dy, dxView))
        withExtendedLifetime(kept) {
          pool.run(shape[0]) { image in
            let (this, x, y, dy, dx) = task.value
            let (kernel, stride, padding) = this.sizes
            (dx.data + image * dx.image).initialize(repeating: 0, count: dx.image)
            switch this.kind {
            case .max:
              fk_max_pool_gradient(
                this.isa, x, y, dy, dx, kernel.0, kernel.1, stride.0, stride.1, padding.0, padding.1, image)
            case .average(let countsPadding):
              fk_average_pool_gradient(
                this.isa, dy, dx, kernel.0, kernel.1, stride.0, stride.1, padding.0, padding.1,
                countsPadding ? 1 : 0, image)
            }
          }
        }
      }
    }
  }

  private var taps: Int { window.kernel.height * window.kernel.width }

  private var sizes: (kernel: (Int32, Int32), stride: (Int32, Int32), padding: (Int32, Int32)) {
    (
      (Int32(window.kernel.height), Int32(window.kernel.width)),
      (Int32(window.stride.height), Int32(window.stride.width)),
      (Int32(window.padding.top), Int32(window.padding.left))
    )
  }
}
