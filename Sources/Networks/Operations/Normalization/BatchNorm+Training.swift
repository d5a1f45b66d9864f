package import Tensors

extension BatchNorm: DifferentiableOperation {
  package var learnedInputs: [Int] { [1, 2] }

  /// With the running statistics, which are constants here.
  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let (mean, variance) = (inputs[3].values, inputs[4].values)
    let gamma = inputs[1].values
    let factors = variance.map { 1 / ($0 + epsilon).squareRoot() }
    let scale = gamma.indices.map { gamma[$0] * factors[$0] }
    let (dx, products) = gradients[0].channelGradient(inputs[0], scale: scale) { x, channel in
      (x - mean[channel]) * factors[channel]
    }
    return [dx, products, gradients[0].channelSums(), nil, nil]
  }

  /// With the statistics of the batch, where wanted and where a channel has more than one value.
  ///
  /// The running statistics move by ``momentum`` towards those of the batch, the variance there unbiased, as in PyTorch.
  package func record(_ inputs: [Tensor], _ context: TrainingContext) throws(GraphError) -> Recorded {
    let x = inputs[0]
    let channels = x.shape[1]
    let count = channels == 0 ? 0 : x.count / channels
    guard context.usesBatchStatistics, count > 1 else { return try recordFrozen(inputs, context) }
    let plane = x.shape.dimensions.dropFirst(2).reduce(1, *)
    let (gamma, beta) = (inputs[1].values, inputs[2].values)
    let moments = x.withUnsafeBuffer { x in
      (0..<channels).map { channel in
        let runs = (0..<inputs[0].shape[0]).map { image in
          (image * channels + channel) * plane..<(image * channels + channel + 1) * plane
        }
        return BatchMoments(x, runs, epsilon: epsilon)
      }
    }
    let y = Tensor(shape: x.shape) { y in
      x.withUnsafeBuffer { x in
        for (channel, moments) in moments.enumerated() {
          moments.normalize(x, gamma: gamma[channel], beta: beta[channel], into: y)
        }
      }
    }
    let updates = runningStatistics(
      inputs, mean: moments.map { Float($0.mean) }, variance: moments.map { Float($0.variance) }, count: count)
    return Recorded([.plain(y)], updates: updates) { gradients throws(GraphError) in
      let dy = gradients[0].plain(memory: context.memory)
      var (dGamma, dBeta) = ([Float](), [Float]())
      let dx = Tensor(shape: x.shape) { dx in
        x.withUnsafeBuffer { x in
          dy.withUnsafeBuffer { dy in
            for (channel, moments) in moments.enumerated() {
              let sums = moments.gradient(x, dy, gamma: gamma[channel], into: dx)
              dGamma.append(Float(sums.gamma))
              dBeta.append(Float(sums.beta))
            }
          }
        }
      }
      let parameters = [dGamma, dBeta].map { TapeValue.plain(Tensor(shape: [channels], values: $0)) }
      return [.plain(dx)] + parameters + [nil, nil]
    }
  }

  /// The updates of the running statistics (``Recorded/updates``) by a batch with `count` values a channel, of which
  /// `variance` is the biased variance.
  func runningStatistics(_ inputs: [Tensor], mean: [Float], variance: [Float], count: Int) -> [Int: Tensor] {
    let unbiased = Float(count) / Float(max(count - 1, 1))
    func moved(_ old: Tensor, _ new: (Int) -> Float) -> Tensor {
      let values = old.values
      return Tensor(shape: old.shape, values: values.indices.map { values[$0] + momentum * (new($0) - values[$0]) })
    }
    return [3: moved(inputs[3]) { mean[$0] }, 4: moved(inputs[4]) { variance[$0] * unbiased }]
  }

  private func recordFrozen(_ inputs: [Tensor], _ context: TrainingContext) throws(GraphError) -> Recorded {
    let outputs = try forward(inputs)
    return Recorded(outputs.map { .plain($0) }) { gradients throws(GraphError) in
      let dy = gradients[0].plain(memory: context.memory)
      return try self.backward(inputs: inputs, outputs: outputs, gradients: [dy]).map { $0.map { .plain($0) } }
    }
  }
}

extension Tensor {
  /// Of `self` as the gradient by a per-channel affine of x: the gradient by x, which is `scale` times it, and the sum
  /// over each channel of the gradient times `factor(x, channel)`, in double precision.
  @inline(__always)
  func channelGradient(
    _ x: Tensor, scale: [Float], _ factor: (Float, Int) -> Float
  ) -> (dx: Tensor, products: Tensor) {
    let channels = shape[1]
    let plane = Swift.max(shape.dimensions.dropFirst(2).reduce(1, *), 1)
    var products = [Double](repeating: 0, count: channels)
    let dx = Tensor(shape: shape) { dx in
      withUnsafeBuffer { dy in
        x.withUnsafeBuffer { x in
          for i in 0..<dy.count {
            let channel = (i / plane) % channels
            dx[i] = dy[i] * scale[channel]
            products[channel] += Double(dy[i]) * Double(factor(x[i], channel))
          }
        }
      }
    }
    return (dx, Tensor(shape: [channels], values: products.map { Float($0) }))
  }
}
