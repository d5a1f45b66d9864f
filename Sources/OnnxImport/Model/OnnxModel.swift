/// An ONNX file as it is written, before anything is made of it.
struct OnnxModel: Sendable {
  /// Version of each operator set, by domain; the standard operators have the domain "".
  var opsets: [String: Int] = [:]
  var nodes: [OnnxNode] = []
  var initializers: [String: OnnxTensor] = [:]
  /// Inputs that are no initializers, in the file's order.
  var inputs: [OnnxValueInfo] = []
  var outputs: [OnnxValueInfo] = []

  /// The version of the operator set that a node belongs to.
  func opset(of node: OnnxNode) -> Int { opsets[node.domain] ?? opsets[""] ?? 1 }
}
