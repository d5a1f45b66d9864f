internal import Networks
internal import Tensors

/// ONNX `SpaceToDepth`, all opsets.
enum SpaceToDepthImport: OperatorImport {
  static let name = "SpaceToDepth"

  static func add(_ node: NodeImport) throws(OnnxError) {
    try node.arrange(SpaceToDepth(blockSize: try node.int("blocksize", default: 0)))
  }
}
