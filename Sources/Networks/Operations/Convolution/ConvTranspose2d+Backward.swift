package import Tensors

extension ConvTranspose2d: DifferentiableOperation {
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

  /// The convolution of which this is the transpose, over the patches of the gradient.
  private func gradients(_ inputs: [Tensor], _ dy: Tensor, _ needs: [Bool]) -> [Tensor?] {
    let (x, weight) = (inputs[0], inputs[1])
    let conv = Conv2d(stride: stride, padding: padding, dilation: dilation, groups: groups)
    let patches = Patches(conv, x: dy.shape, weight: weight.shape, y: x.shape)
    var result = [Tensor?](repeating: nil, count: inputs.count)
    if needs[0] {
      result[0] = Tensor(shape: x.shape) { dx in
        dx.initialize(repeating: 0)
        patches.forEachGroup(dy) { columns, image, group in
          patches.multiply(weight, columns, group: group, into: dx, at: patches.outputStart(image, group))
        }
      }
    }
    if needs[1] {
      result[1] = Tensor(shape: weight.shape) { dWeight in
        dWeight.initialize(repeating: 0)
        patches.forEachGroup(dy) { columns, image, group in
          patches.addOuter(x, columns, image: image, group: group, into: dWeight)
        }
      }
    }
    if inputs.count == 3, needs[2] { result[2] = dy.channelSums() }
    return result
  }
}
