internal import Tensors

/// ONNX `Size`, all opsets: the number of elements, known now.
enum SizeImport: OperatorImport {
  static let name = "Size"

  static func add(_ node: NodeImport) throws(OnnxError) {
    try node.setOutput(0, constant: OnnxTensor([Int64(try node.shape(0).count)], shape: []))
  }
}
