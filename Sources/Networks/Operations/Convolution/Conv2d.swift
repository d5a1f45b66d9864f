package import Tensors

/// Two-dimensional convolution (cross-correlation, as PyTorch and ONNX define it), with groups.
///
/// Inputs: x N x C x H x W; weight O x C/groups x KH x KW; optional bias O. Output: N x O x H' x W'.
/// Saved for backward: x, weight. Reference: PyTorch `Conv2d`; the product is `sgemm` over an im2col matrix.
package struct Conv2d: Operation, AffineFoldable {
  package static let name = "Conv"

  package var stride: Extent
  package var padding: Padding
  package var dilation: Extent
  package var groups: Int

  package init(
    stride: Extent = Extent(1), padding: Padding = Padding(0), dilation: Extent = Extent(1), groups: Int = 1
  ) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 2...3)
    let (x, weight) = (inputs[0], inputs[1])
    try requireRank(x, 4)
    try requireRank(weight, 4)
    guard groups > 0, x[1] == weight[1] * groups, weight[0] % groups == 0 else {
      throw GraphError(.badShape, "[Conv] \(x) does not fit weights \(weight) in \(groups) groups.")
    }
    if inputs.count == 3, inputs[2] != [weight[0]] {
      throw GraphError(.badShape, "[Conv] bias \(inputs[2]) does not fit \(weight[0]) output channels.")
    }
    let window = Window(
      kernel: Extent(height: weight[2], width: weight[3]), stride: stride, padding: padding, dilation: dilation)
    let size = try window.outputSize(height: x[2], width: x[3], operation: Self.name)
    return [[x[0], weight[0], size.height, size.width]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let shape = try outputShapes(inputs.map(\.shape))[0]
    let patches = Patches(self, x: inputs[0].shape, weight: inputs[1].shape, y: shape)
    let output = Tensor(shape: shape) { y in
      y.initialize(repeating: 0)
      patches.forEachGroup(inputs[0]) { columns, image, group in
        patches.multiply(inputs[1], columns, group: group, into: y, at: patches.outputStart(image, group))
      }
      guard inputs.count == 3 else { return }
      inputs[2].withUnsafeBuffer { bias in
        for i in 0..<y.count { y[i] += bias[(i / patches.pixels) % shape[1]] }
      }
    }
    return [output]
  }

  package func folding(scale: [Float], shift: [Float], parameters: [Tensor]) throws(GraphError) -> [Tensor] {
    let folded = foldAffine(weight: parameters[0], bias: parameters.count > 1 ? parameters[1] : nil, scale, shift)
    return [folded.weight, folded.bias]
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    try FusedConv2d(conv: self, activation: nil, hasBias: node.inputs.count == 3, hasResidual: false)
      .lower(node, context)
  }
}

/// Folds `y * scale + shift` per output channel (axis 0 of the weight) into weight and bias.
func foldAffine(weight: Tensor, bias: Tensor?, _ scale: [Float], _ shift: [Float]) -> (weight: Tensor, bias: Tensor) {
  let channels = weight.shape[0]
  let depth = channels == 0 ? 0 : weight.count / channels
  let newWeight = Tensor(shape: weight.shape) { result in
    weight.withUnsafeBuffer { source in
      for i in 0..<source.count { result[i] = source[i] * scale[i / depth] }
    }
  }
  let newBias = Tensor(shape: [channels]) { result in
    for i in 0..<channels { result[i] = shift[i] }
    bias?.withUnsafeBuffer { source in
      for i in 0..<channels { result[i] += source[i] * scale[i] }
    }
  }
  return (newWeight, newBias)
}
