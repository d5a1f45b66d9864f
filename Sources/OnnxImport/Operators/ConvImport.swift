internal import Networks
internal import Tensors

/// ONNX `Conv` over two spatial dimensions, all opsets: groups, dilation, asymmetric pads, `auto_pad`.
enum ConvImport: OperatorImport {
  static let name = "Conv"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let (x, weight) = (try node.shape(0), try node.shape(1))
    guard x.rank == 4, weight.rank == 4 else {
      throw node.unsupported("an input of \(x) with weights \(weight); only two spatial dimensions are supported")
    }
    let window = try WindowAttributes(node, input: x, kernel: [weight[2], weight[3]])
    let conv = Conv2d(
      stride: window.stride, padding: window.padding, dilation: window.dilation,
      groups: try node.int("group", default: 1))
    try node.output(
      conv, node.has(2) ? [node.value(0), node.value(1), node.value(2)] : [node.value(0), node.value(1)])
  }
}
