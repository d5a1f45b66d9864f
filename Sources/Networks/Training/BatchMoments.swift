internal import Tensors

/// Mean and (biased) variance of some values that are normalized together: of a channel in a batch or in one image.
struct BatchMoments {
  /// Where the values lie: one run of elements for each image.
  let runs: [Range<Int>]
  let count: Int
  let mean: Double
  let variance: Double
  /// `1 / sqrt(variance + epsilon)`.
  let factor: Double

  /// Sums in double precision, the squares about the mean.
  init(_ x: UnsafeBufferPointer<Float>, _ runs: [Range<Int>], epsilon: Float) {
    self.runs = runs
    count = runs.reduce(0) { $0 + $1.count }
    var sum = 0.0
    for run in runs { for i in run { sum += Double(x[i]) } }
    let mean = sum / Double(max(count, 1))
    var squares = 0.0
    for run in runs { for i in run { squares += (Double(x[i]) - mean) * (Double(x[i]) - mean) } }
    self.mean = mean
    variance = squares / Double(max(count, 1))
    factor = 1 / (variance + Double(epsilon)).squareRoot()
  }

  /// Writes `(x - mean) * factor * gamma + beta`.
  func normalize(
    _ x: UnsafeBufferPointer<Float>, gamma: Float, beta: Float, into y: UnsafeMutableBufferPointer<Float>
  ) {
    for run in runs { for i in run { y[i] = Float((Double(x[i]) - mean) * factor) * gamma + beta } }
  }

  /// Writes the gradient by x, which moves mean and variance too, and returns those by gamma and beta.
  func gradient(
    _ x: UnsafeBufferPointer<Float>, _ dy: UnsafeBufferPointer<Float>, gamma: Float,
    into dx: UnsafeMutableBufferPointer<Float>
  ) -> (gamma: Double, beta: Double) {
    var (projection, sum) = (0.0, 0.0)
    for run in runs {
      for i in run {
        sum += Double(dy[i])
        projection += Double(dy[i]) * (Double(x[i]) - mean) * factor
      }
    }
    let scale = Double(gamma) * factor
    let (meanGradient, meanProjection) = (sum / Double(max(count, 1)), projection / Double(max(count, 1)))
    for run in runs {
      for i in run {
        let normalized = (Double(x[i]) - mean) * factor
        dx[i] = Float(scale * (Double(dy[i]) - meanGradient - normalized * meanProjection))
      }
    }
    return (projection, sum)
  }
}
