internal import Tensors

/// An operation whose every output value is a copy of one input value, or a constant.
///
/// Its gradient is the sum of the gradients by the copies, and where the copies come from is found by sending the numbers
/// of the elements through the operation itself.
protocol RearrangingOperation: DifferentiableOperation {
  /// The inputs that only steer: their gradient is `nil`.
  var steeringInputs: Set<Int> { get }
  /// The same with 0 for the constant.
  var fillingWithZero: any Operation { get }
}

extension RearrangingOperation {
  package var steeringInputs: Set<Int> { [] }
  var fillingWithZero: any Operation { self }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let operation = fillingWithZero
    var starts: [Int] = []
    var count = 1
    for (index, input) in inputs.enumerated() {
      starts.append(count)
      if !steeringInputs.contains(index) { count += input.count }
    }
    // Numbers from 1 on in two parts, each of which float32 holds exactly; 0 is the constant.
    func numbered(_ part: (Int) -> Int) -> [Tensor] {
      inputs.indices.map { index in
        guard !steeringInputs.contains(index) else { return inputs[index] }
        return Tensor(shape: inputs[index].shape) { for i in 0..<$0.count { $0[i] = Float(part(starts[index] + i)) } }
      }
    }
    let low = try operation.forward(numbered { $0 & 0xfff })
    let high = try operation.forward(numbered { $0 >> 12 })
    var sums = [Double](repeating: 0, count: count)
    for (index, gradient) in gradients.enumerated() {
      gradient.withUnsafeBuffer { dy in
        low[index].withUnsafeBuffer { low in
          high[index].withUnsafeBuffer { high in
            for i in 0..<dy.count { sums[Int(high[i]) << 12 | Int(low[i])] += Double(dy[i]) }
          }
        }
      }
    }
    return inputs.indices.map { index in
      guard !steeringInputs.contains(index) else { return nil }
      return Tensor(shape: inputs[index].shape) { for i in 0..<$0.count { $0[i] = Float(sums[starts[index] + i]) } }
    }
  }
}
