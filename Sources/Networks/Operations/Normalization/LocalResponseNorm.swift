internal import Glibc
package import Tensors

/// Divides by a power of the mean square over neighboring channels.
///
/// Input and output: N x C x D.... `y = x / (bias + alpha / size * sum of x^2)^beta`, the sum over the `size` channels
/// around. Reference: Krizhevsky et al. 2012, ONNX `LRN`.
package struct LocalResponseNorm: DifferentiableOperation {
  package static let name = "LRN"
  package var size: Int
  package var alpha: Float
  package var beta: Float
  package var bias: Float

  package init(size: Int, alpha: Float, beta: Float, bias: Float) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.bias = bias
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    guard inputs[0].rank >= 2, size > 0 else {
      throw GraphError(.badShape, "[LRN] a size of \(size) over the channels of \(inputs[0]) is impossible.")
    }
    return [inputs[0]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let channels = x.shape[1]
    let plane = x.shape.dimensions.dropFirst(2).reduce(1, *)
    let (before, after) = (min((size - 1) / 2, channels), min(size / 2, channels))
    let images = x.shape[0]
    let factor = alpha / Float(size)
    return [
      Tensor(shape: x.shape) { y in
        x.withUnsafeBuffer { x in
          for image in 0..<images {
            for channel in 0..<channels {
              let neighbors = max(channel - before, 0)...min(channel + after, channels - 1)
              for pixel in 0..<plane {
                var sum: Float = 0
                for other in neighbors {
                  let value = x[(image * channels + other) * plane + pixel]
                  sum += value * value
                }
                let at = (image * channels + channel) * plane + pixel
                y[at] = x[at] / powf(bias + factor * sum, beta)
              }
            }
          }
        }
      }
    ]
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let x = inputs[0]
    let channels = x.shape[1]
    let plane = x.shape.dimensions.dropFirst(2).reduce(1, *)
    let (before, after) = (min((size - 1) / 2, channels), min(size / 2, channels))
    let factor = alpha / Float(size)
    return [
      Tensor(shape: x.shape) { dx in
        dx.initialize(repeating: 0)
        x.withUnsafeBuffer { x in
          gradients[0].withUnsafeBuffer { dy in
            for image in 0..<inputs[0].shape[0] {
              for channel in 0..<channels {
                let neighbors = max(channel - before, 0)...min(channel + after, channels - 1)
                for pixel in 0..<plane {
                  func place(_ channel: Int) -> Int { (image * channels + channel) * plane + pixel }
                  var sum: Float = 0
                  for other in neighbors { sum += x[place(other)] * x[place(other)] }
                  let (at, base) = (place(channel), bias + factor * sum)
                  dx[at] += dy[at] / powf(base, beta)
                  let common = -2 * beta * factor * dy[at] * x[at] / powf(base, beta + 1)
                  for other in neighbors { dx[place(other)] += common * x[place(other)] }
                }
              }
            }
          }
        }
      }
    ]
  }
}
