package import Tensors

extension MatMul: DifferentiableOperation {
  package var learnedInputs: [Int] { [0, 1] }

  package func record(_ inputs: [Tensor], _ context: TrainingContext) throws(GraphError) -> Recorded {
    let outputs = try forward(inputs)
    return Recorded(outputs.map { .plain($0) }) { gradients throws(GraphError) in
      let dy = gradients[0].plain(memory: context.memory)
      return try self.gradients(inputs, dy, context.needs).map { $0.map { .plain($0) } }
    }
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    try self.gradients(inputs, gradients[0], [true, true])
  }

  /// `da = dy * b^T` and `db = a^T * dy`, added up where a matrix takes part in several products.
  private func gradients(_ inputs: [Tensor], _ dy: Tensor, _ needs: [Bool]) throws(GraphError) -> [Tensor?] {
    let (a, b) = (inputs[0], inputs[1])
    let shape = try MatMulShape(a.shape, b.shape, operation: Self.name)
    let (rows, depth, columns) = (shape.rows, shape.depth, shape.columns)
    func gradient(_ target: Shape, _ multiply: (_ sums: UnsafeMutablePointer<Float>) -> Void) -> Tensor {
      Tensor(shape: target) { sums in
        sums.initialize(repeating: 0)
        if let base = sums.baseAddress, a.count > 0, b.count > 0, dy.count > 0 { multiply(base) }
      }
    }
    let da =
      !needs[0]
      ? nil
      : gradient(a.shape) { sums in
        b.withUnsafePointers(dy) { b, dy in
          shape.forEachPlace { left, right, place in
            BLAS.sgemm(
              transposeB: true, m: rows, n: depth, k: columns, a: dy + place * rows * columns, lda: columns,
              b: b + right * depth * columns, ldb: columns, beta: 1, c: sums + left * rows * depth, ldc: depth)
          }
        }
      }
    let db =
      !needs[1]
      ? nil
      : gradient(b.shape) { sums in
        a.withUnsafePointers(dy) { a, dy in
          shape.forEachPlace { left, right, place in
            BLAS.sgemm(
              transposeA: true, m: depth, n: columns, k: rows, a: a + left * rows * depth, lda: depth,
              b: dy + place * rows * columns, ldb: columns, beta: 1, c: sums + right * depth * columns, ldc: columns)
          }
        }
      }
    return [da, db]
  }
}

extension Tensor {
  /// Lends the elements of this and another tensor, neither of them empty.
  func withUnsafePointers(_ other: Tensor, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void) {
    withUnsafeBuffer { first in
      other.withUnsafeBuffer { second in
        if let first = first.baseAddress, let second = second.baseAddress { body(first, second) }
      }
    }
  }
}
