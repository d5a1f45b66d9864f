package import Tensors

/// Normalizes each channel of each image by its own mean and variance, then scales and shifts it.
///
/// Inputs: x N x C x D...; gamma, beta, each C. Output: as x. Reference: Ulyanov et al. 2016, ONNX
/// `InstanceNormalization`.
package struct InstanceNorm: DifferentiableOperation {
  package static let name = "InstanceNormalization"
  package var epsilon: Float

  package var learnedInputs: [Int] { [1, 2] }

  package init(epsilon: Float = 1e-5) {
    self.epsilon = epsilon
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 3...3)
    let x = inputs[0]
    guard x.rank >= 3, inputs[1] == [x[1]], inputs[2] == [x[1]] else {
      throw GraphError(.badShape, "[InstanceNormalization] \(inputs[1]) and \(inputs[2]) do not fit \(x).")
    }
    return [x]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let (gamma, beta) = (inputs[1].values, inputs[2].values)
    let channels = x.shape[1]
    let plane = x.shape.dimensions.dropFirst(2).reduce(1, *)
    return [
      Tensor(shape: x.shape) { y in
        guard plane > 0 else { return }
        x.withUnsafeBuffer { x in
          for index in 0..<x.count / plane {
            let range = index * plane..<(index + 1) * plane
            var sum = 0.0
            for i in range { sum += Double(x[i]) }
            let mean = sum / Double(plane)
            var squares = 0.0
            for i in range { squares += (Double(x[i]) - mean) * (Double(x[i]) - mean) }
            let channel = index % channels
            let scale = gamma[channel] / (Float(squares / Double(plane)) + epsilon).squareRoot()
            for i in range { y[i] = (x[i] - Float(mean)) * scale + beta[channel] }
          }
        }
      }
    ]
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let x = inputs[0]
    let gamma = inputs[1].values
    let channels = x.shape[1]
    let plane = x.shape.dimensions.dropFirst(2).reduce(1, *)
    var dGamma = [Double](repeating: 0, count: channels)
    var dBeta = dGamma
    let dx = Tensor(shape: x.shape) { dx in
      guard plane > 0 else { return }
      x.withUnsafeBuffer { x in
        gradients[0].withUnsafeBuffer { dy in
          for index in 0..<x.count / plane {
            let channel = index % channels
            let normalization = BatchMoments(x, [index * plane..<(index + 1) * plane], epsilon: epsilon)
            let sums = normalization.gradient(x, dy, gamma: gamma[channel], into: dx)
            dGamma[channel] += sums.gamma
            dBeta[channel] += sums.beta
          }
        }
      }
    }
    return [
      dx, Tensor(shape: [channels], values: dGamma.map { Float($0) }),
      Tensor(shape: [channels], values: dBeta.map { Float($0) }),
    ]
  }
}
