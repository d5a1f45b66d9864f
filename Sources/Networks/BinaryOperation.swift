package import Tensors

/// An operation that computes each value from one value of each of two tensors, with broadcasting.
///
/// Inputs: a, b of shapes that broadcast together. Output: the broadcast shape. Reference: ONNX "Broadcasting".
package protocol BinaryOperation: Operation {
  func combine(_ a: Float, _ b: Float) -> Float
}

extension BinaryOperation {
  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 2...2)
    return [try broadcastShape(inputs)]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    try broadcastForward(inputs) { combine($0, $1) }
  }
}

extension Operation {
  /// The shape that the inputs broadcast to; throws `badShape` when they do not fit.
  func broadcastShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
    guard let shape = Broadcasting.shape(inputs) else {
      let listed = inputs.map(\.description).joined(separator: " and ")
      throw GraphError(.badShape, "[\(Self.name)] \(listed) do not broadcast together.")
    }
    return shape
  }

  /// The plain forward of an operation on two tensors.
  @inline(__always)
  func broadcastForward(_ inputs: [Tensor], _ combine: (Float, Float) -> Float) throws(GraphError) -> [Tensor] {
    let shapes = inputs.map(\.shape)
    let shape = try broadcastShape(shapes)
    let walk = Broadcasting(shapes, to: shape)
    return [
      Tensor(shape: shape) { y in
        inputs[0].withUnsafeBuffer { a in inputs[1].withUnsafeBuffer { b in walk.map(a, b, into: y, combine) } }
      }
    ]
  }
}

extension Tensor {
  /// Sums over whatever `shape` repeats to make this tensor's shape, in double precision: the gradient of broadcasting.
  func summed(to shape: Shape) -> Tensor {
    if shape == self.shape { return self }
    let walk = Broadcasting([shape], to: self.shape)
    var sums = [Double](repeating: 0, count: shape.count)
    sums.withUnsafeMutableBufferPointer { sums in
      withUnsafeBuffer { walk.gather($0, into: sums) { $0 + Double($1) } }
    }
    return Tensor(shape: shape) { for i in 0..<$0.count { $0[i] = Float(sums[i]) } }
  }
}
