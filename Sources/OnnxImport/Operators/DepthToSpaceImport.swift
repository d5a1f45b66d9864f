internal import Networks
internal import Tensors

/// ONNX `DepthToSpace`, all opsets, both modes.
enum DepthToSpaceImport: OperatorImport {
  static let name = "DepthToSpace"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let mode = try node.string("mode", default: "DCR")
    guard mode == "DCR" || mode == "CRD" else { throw node.invalid("the mode \"\(mode)\" does not exist") }
    try node.arrange(DepthToSpace(blockSize: try node.int("blocksize", default: 0), channelsFirst: mode == "CRD"))
  }
}
