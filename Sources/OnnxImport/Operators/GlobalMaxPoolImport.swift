internal import Networks
internal import Tensors

/// ONNX `GlobalMaxPool`, all opsets, over one or two spatial dimensions.
enum GlobalMaxPoolImport: OperatorImport {
  static let name = "GlobalMaxPool"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let (x, _, spatial) = try node.image()
    try node.setImage(try node.emit(GlobalMaxPool(), [x]), spatial: spatial, type: try node.elementType(0))
  }
}
