internal import Tensors

/// ONNX `Shape`, all opsets: known now, because a file is imported for given input shapes.
enum ShapeImport: OperatorImport {
  static let name = "Shape"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let dimensions = try node.shape(0).dimensions
    /// A bound counted from the end when negative, within 0 ... rank.
    func bound(_ name: String, _ fallback: Int) throws(OnnxError) -> Int {
      let value = try node.int(name, default: fallback)
      return min(max(value < 0 ? value + dimensions.count : value, 0), dimensions.count)
    }
    let (start, end) = (try bound("start", 0), try bound("end", dimensions.count))
    let part = start < end ? dimensions[start..<end].map { Int64($0) } : []
    try node.setOutput(0, constant: OnnxTensor(part, shape: [part.count]))
  }
}
