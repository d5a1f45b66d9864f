internal import Networks
internal import Tensors

/// ONNX `GlobalAveragePool`, all opsets, over one or two spatial dimensions.
enum GlobalAveragePoolImport: OperatorImport {
  static let name = "GlobalAveragePool"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let (x, _, spatial) = try node.image()
    try node.setImage(try node.emit(GlobalAveragePool(), [x]), spatial: spatial)
  }
}
