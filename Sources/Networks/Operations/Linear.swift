package import Tensors

/// `y = x * weight^T + bias`.
///
/// Inputs: x N x I; weight O x I; optional bias O. Output: N x O. Saved for backward: x, weight. Reference: PyTorch
/// `Linear`; the product is `sgemm`.
package struct Linear: DifferentiableOperation, AffineFoldable {
  package static let name = "Gemm"
  package var learnedInputs: [Int] { [1, 2] }

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

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let (x, weight, dy) = (inputs[0], inputs[1], gradients[0])
    let (rows, depth, columns) = (x.shape[0], x.shape[1], weight.shape[0])
    let dx = Tensor(shape: x.shape) { result in
      result.initialize(repeating: 0)
      dy.withUnsafeBuffer { dy in
        weight.withUnsafeBuffer { weight in
          guard let a = dy.baseAddress, let b = weight.baseAddress, let c = result.baseAddress, columns > 0 else {
            return
          }
          BLAS.sgemm(m: rows, n: depth, k: columns, a: a, lda: columns, b: b, ldb: depth, c: c, ldc: depth)
        }
      }
    }
    let dWeight = Tensor(shape: weight.shape) { result in
      result.initialize(repeating: 0)
      dy.withUnsafeBuffer { dy in
        x.withUnsafeBuffer { x in
          guard let a = dy.baseAddress, let b = x.baseAddress, let c = result.baseAddress, rows > 0 else { return }
          BLAS.sgemm(
            transposeA: true, m: columns, n: depth, k: rows, a: a, lda: columns, b: b, ldb: depth, c: c, ldc: depth)
        }
      }
    }
    guard inputs.count == 3 else { return [dx, dWeight] }
    var dBias = [Float](repeating: 0, count: columns)
    dy.withUnsafeBuffer { dy in for i in 0..<dy.count { dBias[i % columns] += dy[i] } }
    return [dx, dWeight, Tensor(shape: [columns], values: dBias)]
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
