internal import Tensors

extension [Float] {
  /// Scaled to length 1; as it is where it has no length.
  var unit: [Float] {
    var sum = 0.0
    for value in self { sum += Double(value) * Double(value) }
    guard sum > 0, sum.isFinite else { return self }
    let factor = Float(1 / sum.squareRoot())
    return map { $0 * factor }
  }

  /// The scalar product; 0 where lengths differ.
  func cosine(_ other: [Float]) -> Float {
    guard count == other.count, !isEmpty else { return 0 }
    return withUnsafeBufferPointer { a in
      other.withUnsafeBufferPointer { b in
        guard let x = a.baseAddress, let y = b.baseAddress else { return 0 }
        return BLAS.dot(a.count, x, y)
      }
    }
  }
}
