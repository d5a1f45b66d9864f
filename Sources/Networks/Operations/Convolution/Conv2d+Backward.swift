package import Tensors

extension Conv2d: DifferentiableOperation {
  package var learnedInputs: [Int] { [1, 2] }

  package func record(_ inputs: [Tensor], _ context: TrainingContext) throws(GraphError) -> Recorded {
    let outputs = try forward(inputs)
    return Recorded(outputs.map { .plain($0) }) { gradients throws(GraphError) in
      let dy = gradients[0].plain(memory: context.memory)
      return self.gradients(inputs, dy, context.needs).map { $0.map { .plain($0) } }
    }
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    self.gradients(inputs, gradients[0], inputs.map { _ in true })
  }

  /// The gradients that are wanted, each by a product over the patches of the image.
  private func gradients(_ inputs: [Tensor], _ dy: Tensor, _ needs: [Bool]) -> [Tensor?] {
    let patches = Patches(self, x: inputs[0].shape, weight: inputs[1].shape, y: dy.shape)
    var result = [Tensor?](repeating: nil, count: inputs.count)
    if needs[0] {
      result[0] = Tensor(shape: inputs[0].shape) { dx in
        dx.initialize(repeating: 0)
        patches.scatterEachGroup(into: dx) { columns, image, group in
          patches.multiplyTransposed(inputs[1], dy, image: image, group: group, into: columns)
        }
      }
    }
    if needs[1] {
      result[1] = Tensor(shape: inputs[1].shape) { dWeight in
        dWeight.initialize(repeating: 0)
        patches.forEachGroup(inputs[0]) { columns, image, group in
          patches.addOuter(dy, columns, image: image, group: group, into: dWeight)
        }
      }
    }
    if inputs.count == 3, needs[2] { result[2] = dy.channelSums() }
    return result
  }
}

extension Tensor {
  /// The sum over everything but axis 1, in double precision.
  func channelSums() -> Tensor {
    let channels = shape[1]
    let plane = Swift.max(shape.dimensions.dropFirst(2).reduce(1, *), 1)
    var sums = [Double](repeating: 0, count: channels)
    withUnsafeBuffer { x in for i in 0..<x.count { sums[(i / plane) % channels] += Double(x[i]) } }
    return Tensor(shape: [channels], values: sums.map { Float($0) })
  }
}
