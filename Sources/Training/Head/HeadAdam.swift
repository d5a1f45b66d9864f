internal import Glibc

/// Adam (Kingma and Ba 2015, β 0.9 and 0.999, ε 1e-8) for the rows of a head and the bias of `unknown`.
struct HeadAdam: Sendable, Codable {
  private var first: [Float]
  private var second: [Float]
  private var biasFirst: Float = 0
  private var biasSecond: Float = 0
  private var steps = 0

  /// The bias is in units of logits, the rows are directions.
  private static let biasRate: Float = 100

  init(count: Int) {
    first = Array(repeating: 0, count: count)
    second = Array(repeating: 0, count: count)
  }

  mutating func step(
    _ rows: inout [Float], _ gradient: [Float], _ bias: inout Float, _ biasGradient: Float, learningRate: Float
  ) {
    steps += 1
    let correction1 = 1 - pow(0.9, Float(steps))
    let correction2 = 1 - pow(0.999, Float(steps))
    for index in rows.indices {
      first[index] = 0.9 * first[index] + 0.1 * gradient[index]
      second[index] = 0.999 * second[index] + 0.001 * gradient[index] * gradient[index]
      rows[index] -=
        learningRate * (first[index] / correction1) / ((second[index] / correction2).squareRoot() + 1e-8)
    }
    biasFirst = 0.9 * biasFirst + 0.1 * biasGradient
    biasSecond = 0.999 * biasSecond + 0.001 * biasGradient * biasGradient
    bias -=
      Self.biasRate * learningRate * (biasFirst / correction1) / ((biasSecond / correction2).squareRoot() + 1e-8)
  }
}
