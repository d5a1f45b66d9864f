internal import Networks
internal import Tensors

/// ONNX `Tile` with constant repeats, all opsets.
enum TileImport: OperatorImport {
  static let name = "Tile"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let repeats = try node.integers(1, "number of repeats")
    try node.arrange(Tile(repeats))
  }
}
