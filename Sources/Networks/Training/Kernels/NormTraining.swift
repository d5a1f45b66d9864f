internal import CKernels
internal import Tensors

/// Batch norm, with or without a ReLU behind it, on channels-last values: statistics, forward and gradients.
///
/// Sums over pixels are taken in blocks and in double precision, in an order that does not depend on the number of
/// threads. Reference: Ioffe and Szegedy 2015, PyTorch `BatchNorm2d`.
struct NormTraining {
  let isRectified: Bool
  let isa: fk_isa
  let pool: WorkPool
  let memory: TensorMemory?

  init(isRectified: Bool, _ context: TrainingContext) {
    self.isRectified = isRectified
    isa = context.instructionSet.kernel
    pool = context.pool
    memory = context.memory
  }

  /// One channel's values are scaled by `gamma / deviation` around `mean`, then shifted by beta.
  struct Channels: Sendable {
    var mean: [Float]
    var inverseDeviation: [Float]
    var scale: [Float]
    var shift: [Float]

    init(mean: [Double], variance: [Double], gamma: [Float], beta: [Float], epsilon: Float) {
      let inverse = variance.map { 1 / ($0 + Double(epsilon)).squareRoot() }
      let scale = gamma.indices.map { Double(gamma[$0]) * inverse[$0] }
      self.mean = mean.map { Float($0) }
      inverseDeviation = inverse.map { Float($0) }
      self.scale = scale.map { Float($0) }
      shift = beta.indices.map { Float(Double(beta[$0]) - mean[$0] * scale[$0]) }
    }
  }

  /// Mean and biased variance of each channel over the pixels of all images.
  func statistics(_ x: ChannelsLast) -> (mean: [Double], variance: [Double]) {
    let pivot = x.withUnsafePixels { pixels in (0..<x.channels).map { pixels[$0] } }
    let (sums, squares) = x.channelSums(pivot: pivot, isa, pool)
    let count = Double(max(x.pixels, 1))
    return (
      sums.indices.map { Double(pivot[$0]) + sums[$0] / count },
      sums.indices.map { max(0, squares[$0] / count - (sums[$0] / count) * (sums[$0] / count)) }
    )
  }

  /// `y = x * scale + shift`, rectified if so.
  func forward(_ x: ChannelsLast, _ channels: Channels) -> ChannelsLast {
    x.affine(
      scale: channels.scale, shift: channels.shift, Epilogue(isRectified ? .relu : .none), isa, pool, memory: memory)
  }

  /// The gradients by gamma, beta and, when `wantsInput`, by x.
  ///
  /// `usesBatch` says whether mean and deviation are those of `x` itself, and so depend on it.
  func gradients(
    _ x: ChannelsLast, _ dy: ChannelsLast, _ channels: Channels, usesBatch: Bool, wantsInput: Bool
  ) -> (input: ChannelsLast?, gamma: [Float], beta: [Float]) {
    let (sums, products) = sums(x, dy, channels)
    let gamma = products.indices.map { Float(products[$0] * Double(channels.inverseDeviation[$0])) }
    let beta = sums.map { Float($0) }
    guard wantsInput else { return (nil, gamma, beta) }
    let count = Double(max(x.pixels, 1))
    var (byX, constant) = ([Float](repeating: 0, count: x.channels), [Float](repeating: 0, count: x.channels))
    if usesBatch {
      for channel in 0..<x.channels {
        let (scale, inverse) = (Double(channels.scale[channel]), Double(channels.inverseDeviation[channel]))
        let slope = -scale * inverse * inverse * products[channel] / count
        byX[channel] = Float(slope)
        constant[channel] = Float(-scale * sums[channel] / count - slope * Double(channels.mean[channel]))
      }
    }
    return (inputGradient(x, dy, channels, byX: byX, constant: constant), gamma, beta)
  }

  /// For each channel the sums of `g` and of `g * (x - mean)`, `g` being the gradient behind the ReLU.
  private func sums(_ x: ChannelsLast, _ dy: ChannelsLast, _ channels: Channels) -> (a: [Double], b: [Double]) {
    x.withUnsafePixels { xPixels in
      dy.withUnsafePixels { gradient in
        let task = UncheckedSendable((call(x, xPixels, dy, gradient), isa))
        return ChannelsLast.sums(channels: x.channels, pixels: x.pixels, pool) { first, last, sums, products in
          var (call, isa) = task.value
          channels.lend(to: &call) { fk_norm_gradient_sums(isa, &$0, first, last, sums, products) }
        }
      }
    }
  }

  private func inputGradient(
    _ x: ChannelsLast, _ dy: ChannelsLast, _ channels: Channels, byX: [Float], constant: [Float]
  ) -> ChannelsLast {
    ChannelsLast(x.shape, memory: memory) { result in
      x.withUnsafePixels { xPixels in
        dy.withUnsafePixels { gradient in
          var call = call(x, xPixels, dy, gradient)
          (call.result, call.result_stride) = (result.baseAddress, x.channels)
          let task = UncheckedSendable((call, isa))
          pool.split(x.pixels, work: x.pixels * x.channels, grain: 30_000) { first, last in
            var (call, isa) = task.value
            byX.withUnsafeBufferPointer { byX in
              constant.withUnsafeBufferPointer { constant in
                (call.by_x, call.constant) = (byX.baseAddress, constant.baseAddress)
                channels.lend(to: &call) { fk_norm_gradient_input(isa, &$0, first, last) }
              }
            }
          }
        }
      }
    }
  }

  private func call(
    _ x: ChannelsLast, _ xPixels: UnsafePointer<Float>, _ dy: ChannelsLast, _ gradient: UnsafePointer<Float>
  ) -> fk_norm_gradient {
    var call = fk_norm_gradient()
    (call.channels, call.relu) = (Int32(x.channels), isRectified ? 1 : 0)
    (call.x, call.x_stride) = (xPixels, x.pixelStride)
    (call.gradient, call.gradient_stride) = (gradient, dy.pixelStride)
    return call
  }
}

extension NormTraining.Channels {
  /// Puts the values into `call` while `body` runs.
  fileprivate func lend(to call: inout fk_norm_gradient, _ body: (inout fk_norm_gradient) -> Void) {
    mean.withUnsafeBufferPointer { mean in
      scale.withUnsafeBufferPointer { scale in
        shift.withUnsafeBufferPointer { shift in
          (call.mean, call.scale, call.shift) = (mean.baseAddress, scale.baseAddress, shift.baseAddress)
          call.by_gradient = scale.baseAddress
          body(&call)
        }
      }
    }
  }
}
