package import Tensors

extension Linear: DifferentiableOperation {
  package var learnedInputs: [Int] { [1, 2] }

  package func record(_ inputs: [Tensor], _ context: TrainingContext) throws(GraphError) -> Recorded {
    let outputs = try forward(inputs)
    return Recorded(outputs.map { .plain($0) }) { gradients throws(GraphError) in
      let dy = gradients[0].plain(memory: context.memory)
      return self.gradients(inputs, dy, context.needs, memory: context.memory).map { $0.map { .plain($0) } }
    }
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    self.gradients(inputs, gradients[0], inputs.map { _ in true }, memory: nil)
  }

  /// `dx = dy * weight`, `dweight = dy^T * x` and the sum of dy, as far as they are wanted.
  private func gradients(_ inputs: [Tensor], _ dy: Tensor, _ needs: [Bool], memory: TensorMemory?) -> [Tensor?] {
    let (x, weight) = (inputs[0], inputs[1])
    let (rows, depth, columns) = (x.shape[0], x.shape[1], weight.shape[0])
    func product(_ shape: Shape, isEmpty: Bool, _ multiply: (UnsafeMutablePointer<Float>) -> Void) -> Tensor {
      Tensor(shape: shape, memory: memory) { result in
        guard !isEmpty, let base = result.baseAddress else { return result.initialize(repeating: 0) }
        multiply(base)
      }
    }
    let isEmpty = rows == 0 || depth == 0 || columns == 0
    var result = [Tensor?](repeating: nil, count: inputs.count)
    if needs[0] {
      result[0] = product(x.shape, isEmpty: isEmpty) { dx in
        dy.withUnsafePointers(weight) { dy, weight in
          BLAS.sgemm(m: rows, n: depth, k: columns, a: dy, lda: columns, b: weight, ldb: depth, c: dx, ldc: depth)
        }
      }
    }
    if needs[1] {
      result[1] = product(weight.shape, isEmpty: isEmpty) { dWeight in
        dy.withUnsafePointers(x) { dy, x in
          BLAS.sgemm(
            transposeA: true, m: columns, n: depth, k: rows, a: dy, lda: columns, b: x, ldb: depth, c: dWeight,
            ldc: depth)
        }
      }
    }
    if inputs.count == 3, needs[2] { result[2] = dy.channelSums() }
    return result
  }
}
