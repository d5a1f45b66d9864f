internal import Networks
internal import Tensors

/// ONNX `AveragePool` over one or two spatial dimensions, all opsets: `count_include_pad`, `ceil_mode`, dilation.
enum AveragePoolImport: OperatorImport {
  static let name = "AveragePool"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let (x, shape, spatial) = try node.image()
    let window = try node.poolWindow(shape, spatial: spatial)
    let countsPadding = try node.int("count_include_pad", default: 0) != 0
    try node.setImage(try node.emit(AveragePool2d(window, countsPadding: countsPadding), [x]), spatial: spatial)
  }
}
