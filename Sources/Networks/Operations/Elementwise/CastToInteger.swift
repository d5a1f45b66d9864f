package import Tensors

/// Rounds toward zero and keeps what an integer type of some bits can hold, as float32.
///
/// Input and output: any shape. Values beyond the type wrap around; NaN gives zero. Reference: ONNX `Cast` from floats to
/// integers (or from wide to narrow ones); `bits` of zero stands for a truth value: everything but zero becomes one.
package struct CastToInteger: Operation {
  package static let name = "Cast"
  package var bits: Int
  package var isSigned: Bool

  package init(bits: Int, isSigned: Bool) {
    self.bits = bits
    self.isSigned = isSigned
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    return [inputs[0]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    return [Tensor(shape: x.shape) { y in x.withUnsafeBuffer { x in for i in 0..<x.count { y[i] = value(x[i]) } } }]
  }

  private func value(_ x: Float) -> Float {
    if bits == 0 { return x != 0 ? 1 : 0 }
    let whole = x.rounded(.towardZero)
    guard bits < 32 else { return whole.isNaN ? 0 : whole }
    guard abs(whole) < 0x1p31 else { return 0 }
    let wrapped = Int(whole) & (1 << bits - 1)
    return Float(isSigned && wrapped >= 1 << (bits - 1) ? wrapped - 1 << bits : wrapped)
  }
}
