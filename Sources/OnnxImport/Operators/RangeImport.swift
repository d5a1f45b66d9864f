internal import Tensors

/// ONNX `Range` of constants, all opsets.
enum RangeImport: OperatorImport {
  static let name = "Range"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let type = try node.elementType(0)
    let result: OnnxTensor
    if type.isInteger {
      let (start, limit) = (try node.integer(0, "start"), try node.integer(1, "limit"))
      let delta = try node.integer(2, "step")
      guard delta != 0 else { throw node.invalid("a step of zero") }
      // Magnitudes, because the distance of two 64-bit numbers may need 65 bits.
      let distance = UInt(bitPattern: delta > 0 ? limit &- start : start &- limit)
      let ahead = delta > 0 ? limit > start : limit < start
      let count = try bounded(node, ahead ? Double((distance - 1) / delta.magnitude) + 1 : 0, elementSize: 2)
      // Each value lies between start and limit.
      result = OnnxTensor(
        (0..<count).map { Int64(start &+ $0 &* delta) }, shape: [count], elementType: type)
    } else {
      let (start, limit) = (try node.float(0, "start"), try node.float(1, "limit"))
      let delta = try node.float(2, "step")
      guard delta != 0, start.isFinite, limit.isFinite, delta.isFinite else {
        throw node.invalid("a range from \(start) to \(limit) in steps of \(delta)")
      }
      let count = try bounded(
        node, ((Double(limit) - Double(start)) / Double(delta)).rounded(.up), elementSize: 1)
      result = OnnxTensor(
        Tensor(shape: [count], values: (0..<count).map { start + Float($0) * delta }), elementType: type)
    }
    try node.setOutput(0, constant: result)
  }

  /// The count as a number that may be allocated.
  private static func bounded(_ node: NodeImport, _ count: Double, elementSize: Int) throws(OnnxError) -> Int {
    let count = Int(min(max(count, 0), Double(ImportState.maxFoldedElements) + 1))
    try node.state.reserve([[count]], elementSize: elementSize, node.node.name)
    return count
  }
}
