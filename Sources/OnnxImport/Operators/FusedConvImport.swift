internal import Networks
internal import Tensors

/// onnxruntime's `FusedConv`: a convolution, the sum with a fourth input if there is one, an activation.
enum FusedConvImport: OperatorImport {
  static let name = "FusedConv"
  static let domain = "com.microsoft"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let (x, weight) = (try node.shape(0), try node.shape(1))
    guard x.rank == 4, weight.rank == 4 else {
      throw node.unsupported("an input of \(x) with weights \(weight); only two spatial dimensions are supported")
    }
    let window = try WindowAttributes(node, kernel: [weight[2], weight[3]], input: x, padsForDilation: true)
    let conv = Conv2d(
      stride: window.stride, padding: window.padding, dilation: window.dilation, groups: try node.groups())
    let bias = node.has(2) ? [try node.value(2)] : []
    var value = try node.emit(conv, [node.value(0), node.value(1)] + bias)
    if node.has(3) { value = try node.emitSum(value, node.value(3)) }
    if let activation = try activation(node) { value = try node.emit(activation, [value]) }
    try node.setOutput(0, value)
  }

  private static func activation(_ node: NodeImport) throws(OnnxError) -> (any Operation)? {
    let parameters = try node.floats("activation_params") ?? []
    func parameter(_ index: Int, _ fallback: Float) -> Float {
      index < parameters.count ? parameters[index] : fallback
    }
    return switch try node.string("activation", default: "") {
    case "": nil
    case "Relu": ReLU()
    case "Tanh": Tanh()
    case "Sigmoid": Sigmoid()
    case "LeakyRelu": LeakyReLU(slope: parameter(0, 0.01))
    case "Clip": Clip(lower: parameter(0, -.infinity), upper: parameter(1, .infinity))
    case "HardSigmoid": HardSigmoid(alpha: parameter(0, 0.2), beta: parameter(1, 0.5))
    case let other: throw node.unsupported("the activation \"\(OnnxNode.shown(other))\"")
    }
  }
}
