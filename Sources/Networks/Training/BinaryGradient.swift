internal import Tensors

extension BinaryOperation {
  /// The gradients by both inputs from `derivative(a, b)` of the result by each, summed over what broadcasting repeats.
  @inline(__always)
  func binaryGradient(
    _ inputs: [Tensor], _ dy: Tensor, _ derivative: (Float, Float) -> (a: Float, b: Float)
  ) -> [Tensor?] {
    let walk = Broadcasting(inputs.map(\.shape), to: dy.shape)
    func gradient(_ by: (Float, Float) -> Float) -> Tensor {
      Tensor(shape: dy.shape) { result in
        inputs[0].withUnsafeBuffer { a in inputs[1].withUnsafeBuffer { b in walk.map(a, b, into: result, by) } }
        dy.withUnsafeBuffer { dy in
          // Zero times what is not finite stays zero: nothing flows, so nothing is lost.
          for i in 0..<dy.count { result[i] = dy[i] == 0 ? 0 : result[i] * dy[i] }
        }
      }
    }
    return [
      gradient { derivative($0, $1).a }.summed(to: inputs[0].shape),
      gradient { derivative($0, $1).b }.summed(to: inputs[1].shape),
    ]
  }
}
