internal import Networks
internal import Tensors

/// Convolutions and products of whole numbers: on float32 where that is exact, else on operations that make sure of it.
extension NodeImport {
  /// The convolution of two values of whole numbers (at most 255 in magnitude) by the node's attributes.
  func integerConvolution(_ x: ValueID, _ weight: ValueID, bias: [Int32]) throws(OnnxError) -> ValueID {
    let (input, kernel) = (state.shape(x), state.shape(weight))
    guard input.rank == 4, kernel.rank == 4 else {
      throw unsupported("an input of \(input) with weights \(kernel); only two spatial dimensions are supported")
    }
    let window = try WindowAttributes(self, kernel: [kernel[2], kernel[3]], input: input, padsForDilation: true)
    let conv = Conv2d(
      stride: window.stride, padding: window.padding, dilation: window.dilation, groups: try groups())
    let rows = kernel[0]
    guard bias.isEmpty || bias.count == rows else { throw invalid("\(bias.count) biases for \(rows) channels") }
    if let tensor = state.tensor(weight), isExact(tensor, lines: rows, inner: 1, bias: bias) {
      guard !bias.isEmpty else { return try emit(conv, [x, weight]) }
      return try emit(conv, [x, weight, parameter(Tensor(shape: [rows], values: bias.map { Float($0) }))])
    }
    return try emit(IntegerConv2d(conv, bias: bias), [x, weight])
  }

  /// The product of two values of whole numbers (at most 255 in magnitude).
  func integerProduct(_ a: ValueID, _ b: ValueID, bias: [Int32] = []) throws(OnnxError) -> ValueID {
    let shape = state.shape(b)
    if shape.rank == 2, let tensor = state.tensor(b), isExact(tensor, lines: shape[1], inner: shape[1], bias: bias) {
      let product = try emit(MatMul(), [a, b])
      guard !bias.isEmpty else { return product }
      return try emitSum(product, parameter(Tensor(shape: [bias.count], values: bias.map { Float($0) })))
    }
    return try emit(IntegerMatMul(bias: bias), [a, b])
  }

  /// Whether float32 holds every sum of products of a line of weights with numbers up to 255, taken in any order.
  ///
  /// `lines` lie one after the other (`inner` 1), or are the columns of rows of `inner`.
  private func isExact(_ weights: Tensor, lines: Int, inner: Int, bias: [Int32]) -> Bool {
    guard lines > 0 else { return true }
    var sums = [Double](repeating: 0, count: lines)
    let length = weights.count / lines
    weights.withUnsafeBuffer { weights in
      for i in 0..<weights.count { sums[inner == 1 ? i / length : i % inner] += Double(weights[i].magnitude) }
    }
    return sums.indices.allSatisfy { line in
      sums[line] * 255 + (bias.isEmpty ? 0 : Double(bias[line].magnitude)) < 0x1p24
    }
  }

  /// A constant bias of 32-bit numbers, empty when it is left out.
  func integerBias(_ index: Int) throws(OnnxError) -> [Int32] {
    guard has(index) else { return [] }
    var bias: [Int32] = []
    for value in try constant(index, "bias").integers() {
      guard let value = Int32(exactly: value) else { throw invalid("a bias of \(value) does not fit 32 bits") }
      bias.append(value)
    }
    return bias
  }
}
