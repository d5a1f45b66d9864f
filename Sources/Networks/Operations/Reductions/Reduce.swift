internal import Glibc
package import Tensors

/// One value from all along some axes: their sum, mean, largest...
///
/// Input: any shape with those axes. Output: 1 in their place, or without them. Sums are taken in double precision.
/// Reference: ONNX `ReduceSum` and its relatives.
package struct Reduce: Operation {
  package static let name = "Reduce"

  package enum Kind: Sendable, CaseIterable {
    case sum, mean, l1, l2, largest, smallest, product, sumOfSquares, logSum, logSumExp
  }

  package var kind: Kind
  /// Each 0 ..< rank, none twice.
  package var axes: [Int]
  package var keepsDimensions: Bool

  package init(_ kind: Kind, axes: [Int], keepsDimensions: Bool = true) {
    self.kind = kind
    self.axes = axes
    self.keepsDimensions = keepsDimensions
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    guard axes.allSatisfy({ (0..<inputs[0].rank).contains($0) }), Set(axes).count == axes.count else {
      throw GraphError(.badShape, "[Reduce] axes \(axes) do not exist in \(inputs[0]).")
    }
    let kept = keptShape(inputs[0])
    return [keepsDimensions ? kept : Shape((0..<kept.rank).filter { !axes.contains($0) }.map { kept[$0] })]
  }

  /// The shape with 1 in place of the axes.
  func keptShape(_ shape: Shape) -> Shape {
    Shape((0..<shape.rank).map { axes.contains($0) ? 1 : shape[$0] })
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let shape = try outputShapes([x.shape])[0]
    let walk = Broadcasting([keptShape(x.shape)], to: x.shape)
    let taken = axes.reduce(1) { $0 * x.shape[$1] }
    var sums = [Double](repeating: start, count: shape.count)
    sums.withUnsafeMutableBufferPointer { sums in
      x.withUnsafeBuffer { x in gather(x, walk, into: sums) }
    }
    return [
      Tensor(shape: shape) { y in
        for i in 0..<y.count { y[i] = Float(finished(sums[i], count: taken)) }
      }
    ]
  }

  private var start: Double {
    switch kind {
    case .largest, .logSumExp: -.infinity
    case .smallest: .infinity
    case .product: 1
    case .sum, .mean, .l1, .l2, .sumOfSquares, .logSum: 0
    }
  }

  private func gather(
    _ x: UnsafeBufferPointer<Float>, _ walk: Broadcasting, into sums: UnsafeMutableBufferPointer<Double>
  ) {
    switch kind {
    case .sum, .mean, .logSum: walk.gather(x, into: sums) { $0 + Double($1) }
    case .l1: walk.gather(x, into: sums) { $0 + Double($1.magnitude) }
    case .l2, .sumOfSquares: walk.gather(x, into: sums) { $0 + Double($1) * Double($1) }
    case .largest: walk.gather(x, into: sums) { $0 > Double($1) || $0.isNaN ? $0 : Double($1) }
    case .smallest: walk.gather(x, into: sums) { $0 < Double($1) || $0.isNaN ? $0 : Double($1) }
    case .product: walk.gather(x, into: sums) { $0 * Double($1) }
    case .logSumExp: walk.gather(x, into: sums) { Self.logOfSum($0, Double($1)) }
    }
  }

  /// `log(exp(a) + exp(b))` without overflow.
  private static func logOfSum(_ a: Double, _ b: Double) -> Double {
    if a.isNaN || b.isNaN { return .nan }
    let (larger, smaller) = (max(a, b), min(a, b))
    return larger.isInfinite ? larger : larger + log1p(exp(smaller - larger))
  }

  private func finished(_ sum: Double, count: Int) -> Double {
    switch kind {
    case .mean: sum / Double(count)
    case .l2: sum.squareRoot()
    case .logSum: log(sum)
    case .sum, .l1, .largest, .smallest, .product, .sumOfSquares, .logSumExp: sum
    }
  }
}
