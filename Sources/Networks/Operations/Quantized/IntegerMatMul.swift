package import Tensors

/// A product of matrices of whole numbers whose sums are exact whatever their size.
///
/// Inputs: as ``MatMul``, whole numbers with a magnitude of at most 255. Output: as ``MatMul``, each sum rounded once to
/// float32. Reference: ONNX `MatMulInteger`. Where all sums fit 24 bits, ``MatMul`` gives the same and is faster.
package struct IntegerMatMul: Operation {
  package static let name = "MatMulInteger"
  /// Added to the sums, one a column, or empty.
  package var bias: [Int32]

  package init(bias: [Int32] = []) {
    self.bias = bias
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 2...2)
    let shape = try MatMulShape(inputs[0], inputs[1], operation: Self.name)
    guard bias.isEmpty || bias.count == shape.columns else {
      throw GraphError(.badShape, "[MatMulInteger] \(bias.count) biases do not fit \(shape.columns) columns.")
    }
    return [shape.output]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let shape = try MatMulShape(inputs[0].shape, inputs[1].shape, operation: Self.name)
    let (rows, depth, columns) = (shape.rows, shape.depth, shape.columns)
    var part = [Float](repeating: 0, count: rows * columns)
    var sums = [Double](repeating: 0, count: rows * columns)
    return [
      Tensor(shape: shape.output) { y in
        inputs[0].withUnsafeBuffer { a in
          inputs[1].withUnsafeBuffer { b in
            shape.forEachProduct(a, b, y) { a, b, y in
              for i in sums.indices { sums[i] = 0 }
              for first in stride(from: 0, to: depth, by: ExactProduct.depth) {
                ExactProduct.add(
                  a + first, stride: depth, b + first * columns, rows: rows,
                  depth: min(depth - first, ExactProduct.depth), columns: columns, part: &part, to: &sums)
              }
              for i in sums.indices { y[i] = Float(sums[i] + (bias.isEmpty ? 0 : Double(bias[i % columns]))) }
            }
          }
        }
      }
    ]
  }
}
