internal import Tensors

extension Gradients {
  /// The Euclidean length of all gradients together, in double precision.
  package func norm(pool: WorkPool = .serial) -> Double {
    var squares = 0.0
    for case .some(let tensor) in tensors { squares += tensor.sumOfSquares(pool) }
    return squares.squareRoot()
  }

  /// What gradients of this norm are multiplied by so that it is at most `limit`: 1 where it is already.
  ///
  /// Reference: PyTorch `clip_grad_norm_`.
  package static func clipScale(norm: Double, limit: Double) -> Float {
    Float(min(1, limit / (norm + 1e-6)))
  }
}

extension Tensor {
  /// The sum of the squares, in pieces whose sums are added in order, so that the number of threads changes nothing.
  fileprivate func sumOfSquares(_ pool: WorkPool) -> Double {
    let length = 1 << 15
    let pieces = (count + length - 1) / length
    var sums = [Double](repeating: 0, count: pieces)
    withUnsafeBuffer { values in
      sums.withUnsafeMutableBufferPointer { sums in
        nonisolated(unsafe) let (values, sums) = (values, sums)
        pool.run(pieces) { piece in
          var sum = 0.0
          for i in piece * length..<Swift.min(values.count, (piece + 1) * length) {
            sum += Double(values[i]) * Double(values[i])
          }
          sums[piece] = sum
        }
      }
    }
    return sums.reduce(0, +)
  }
}
