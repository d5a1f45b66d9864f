package import Tensors

extension Dropout: DifferentiableOperation {
  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    [gradients[0]]
  }

  /// Drops a share of the values and enlarges the others, so that the mean stays; which ones the context's seed says.
  package func record(_ inputs: [Tensor], _ context: TrainingContext) throws(GraphError) -> Recorded {
    let x = inputs[0]
    guard context.dropsOut, probability > 0 else {
      return Recorded([.plain(x)]) { gradients throws(GraphError) in gradients }
    }
    var random = SplitMix(seed: context.seed)
    let kept = probability < 1 ? 1 / (1 - probability) : 0
    let mask = Tensor(shape: x.shape, memory: context.memory) { mask in
      for i in 0..<mask.count { mask[i] = random.unitFloat() < probability ? 0 : kept }
    }
    return Recorded([.plain(x.multiplied(by: mask, memory: context.memory))]) { gradients throws(GraphError) in
      [.plain(gradients[0].plain(memory: context.memory).multiplied(by: mask, memory: context.memory))]
    }
  }
}

extension Tensor {
  /// The product with a tensor of the same count, value by value.
  func multiplied(by other: Tensor, memory: TensorMemory?) -> Tensor {
    Tensor(shape: shape, memory: memory) { y in
      withUnsafePointers(other) { a, b in for i in 0..<y.count { y[i] = a[i] * b[i] } }
    }
  }
}
