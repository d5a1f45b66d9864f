internal import Networks
internal import Tensors

/// ONNX `Conv` over one or two spatial dimensions, all opsets: groups, dilation, asymmetric pads, `auto_pad`.
enum ConvImport: OperatorImport {
  static let name = "Conv"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let (x, shape, spatial) = try node.image()
    let (weight, weightShape) = try node.kernel(spatial: spatial)
    let window = try WindowAttributes(
      node, kernel: Array(weightShape.dimensions.suffix(spatial)), input: shape, padsForDilation: true)
    let conv = Conv2d(
      stride: window.stride, padding: window.padding, dilation: window.dilation, groups: try node.groups())
    try node.setImage(
      try node.emit(conv, node.has(2) ? [x, weight, node.value(2)] : [x, weight]), spatial: spatial)
  }
}

extension NodeImport {
  /// The attribute `group` of convolutions, within what products of it and a dimension allow.
  func groups() throws(OnnxError) -> Int {
    let groups = try int("group", default: 1)
    guard (1...WindowAttributes.limit).contains(groups) else { throw invalid("\(groups) groups are not possible") }
    return groups
  }
}
