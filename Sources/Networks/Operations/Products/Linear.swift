package import Tensors

/// `y = x * weight^T + bias`.
///
/// Inputs: x N x I; weight O x I; optional bias O. Output: N x O. Saved for backward: x, weight. Reference: PyTorch
/// `Linear`; the product is `sgemm`.
package struct Linear: Operation, AffineFoldable {
  package static let name = "Gemm"

  package init() {}

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 2...3)
    try requireRank(inputs[0], 2)
    try requireRank(inputs[1], 2)
    guard inputs[0][1] == inputs[1][1], inputs.count == 2 || inputs[2] == [inputs[1][0]] else {
      throw GraphError(.badShape, "[Gemm] \(inputs[0]) does not fit weights \(inputs[1]).")
    }
    return [[inputs[0][0], inputs[1][0]]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let shape = try outputShapes(inputs.map(\.shape))[0]
    let bias = inputs.count == 3 ? inputs[2].values : [Float](repeating: 0, count: shape[1])
    return [
      Tensor(shape: shape) { y in
        inputs[0].withUnsafeBuffer { x in
          inputs[1].withUnsafeBuffer { weight in
            Self.product(x: x, weight: weight, bias: bias, shape: shape, depth: inputs[0].shape[1], into: y)
          }
        }
      }
    ]
  }

  /// Writes `x * weight^T + bias` for `shape.count` results.
  static func product(
    x: UnsafeBufferPointer<Float>, weight: UnsafeBufferPointer<Float>, bias: [Float], shape: Shape, depth: Int,
    into y: UnsafeMutableBufferPointer<Float>
  ) {
    let (rows, columns) = (shape[0], shape[1])
    for row in 0..<rows {
      for column in 0..<columns { y[row * columns + column] = bias[column] }
    }
    guard let xBase = x.baseAddress, let weightBase = weight.baseAddress, let yBase = y.baseAddress, y.count > 0,
      depth > 0
    else { return }
    BLAS.sgemm(
      transposeB: true, m: rows, n: columns, k: depth, a: xBase, lda: depth, b: weightBase, ldb: depth, beta: 1,
      c: yBase, ldc: columns)
  }

  package func folding(scale: [Float], shift: [Float], parameters: [Tensor]) throws(GraphError) -> [Tensor] {
    let folded = foldAffine(weight: parameters[0], bias: parameters.count > 1 ? parameters[1] : nil, scale, shift)
    return [folded.weight, folded.bias]
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    guard let parameters = context.parameters(node.inputs.dropFirst()) else {
      return PlainStep(node: node, context: context)
    }
    return LinearStep(
      input: node.inputs[0], output: node.outputs[0], weight: parameters[0],
      bias: parameters.count > 1 ? parameters[1].values : [Float](repeating: 0, count: parameters[0].shape[0]))
  }
}
