internal import Glibc
package import Tensors

extension Reduce: DifferentiableOperation {
  /// Equal extremes share the gradient, as in PyTorch's `amax`.
  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let x = inputs[0]
    let kept = keptShape(x.shape)
    let (y, dy) = (outputs[0].reshaped(kept), gradients[0].reshaped(kept))
    let taken = Float(axes.reduce(1) { $0 * x.shape[$1] })
    func result(_ derivative: (Float, Float) -> Float) -> Tensor {
      spread(x, y, dy, derivative)
    }
    switch kind {
    case .sum: return [result { _, _ in 1 }]
    case .mean: return [result { _, _ in 1 / taken }]
    case .l1: return [result { x, _ in x > 0 ? 1 : x < 0 ? -1 : 0 }]
    case .l2: return [result { x, y in y == 0 ? 0 : x / y }]
    case .sumOfSquares: return [result { x, _ in 2 * x }]
    case .logSum: return [result { _, y in expf(-y) }]
    case .logSumExp: return [result { x, y in expf(x - y) }]
    case .largest, .smallest:
      let isExtreme = spread(x, y, Tensor(shape: kept, repeating: 1)) { $0 == $1 ? 1 : 0 }
      let shares = isExtreme.summed(to: kept)
      let share = Tensor(shape: kept) { share in
        dy.withUnsafeBuffer { dy in
          shares.withUnsafeBuffer { shares in
            for i in 0..<share.count { share[i] = shares[i] == 0 ? 0 : dy[i] / shares[i] }
          }
        }
      }
      return [spread(x, y, share) { $0 == $1 ? 1 : 0 }]
    case .product: return [productGradient(x, dy, kept)]
    }
  }

  /// `dy * derivative(x, y)` with y and dy repeated to the shape of x.
  private func spread(_ x: Tensor, _ y: Tensor, _ dy: Tensor, _ derivative: (Float, Float) -> Float) -> Tensor {
    let walk = Broadcasting([x.shape, y.shape, dy.shape], to: x.shape)
    return Tensor(shape: x.shape) { dx in
      x.withUnsafeBuffer { x in
        y.withUnsafeBuffer { y in
          dy.withUnsafeBuffer { dy in walk.map(x, y, dy, into: dx) { derivative($0, $1) * $2 } }
        }
      }
    }
  }

  /// Each factor's gradient is the product of the others, which division gives unless a factor is zero.
  private func productGradient(_ x: Tensor, _ dy: Tensor, _ kept: Shape) -> Tensor {
    let zeros = spread(x, Tensor(shape: kept, repeating: 0), Tensor(shape: kept, repeating: 1)) { $0 == $1 ? 1 : 0 }
      .summed(to: kept)
    let walk = Broadcasting([kept], to: x.shape)
    let others = Tensor(shape: kept) { products in
      products.initialize(repeating: 1)
      x.withUnsafeBuffer { walk.gather($0, into: products) { $1 == 0 ? $0 : $0 * $1 } }
    }
    let nonzero = spread(x, zeros, dy) { x, zeros in zeros == 0 ? 1 / x : zeros == 1 && x == 0 ? 1 : 0 }
    let all = Broadcasting([x.shape, kept], to: x.shape)
    return Tensor(shape: x.shape) { dx in
      nonzero.withUnsafeBuffer { a in others.withUnsafeBuffer { b in all.map(a, b, into: dx) { $0 * $1 } } }
    }
  }
}
