/// An ONNX file as it is written, before anything is made of it.
struct OnnxModel: Sendable {
  /// Version of each operator set, by domain; the standard operators have the domain "".
  var opsets: [String: Int] = [:]
  var graph = OnnxGraph()
}

/// A graph of an ONNX file: the file's own, or a branch inside a node.
struct OnnxGraph: Sendable {
  var nodes: [OnnxNode] = []
  var initializers: [String: OnnxTensor] = [:]
  /// Inputs that are no initializers, in the file's order.
  var inputs: [OnnxValueInfo] = []
  var outputs: [OnnxValueInfo] = []

  /// Names that the graph reads and does not make itself: a branch may read values of the graph around it.
  var captured: Set<String> {
    var own = Set(initializers.keys).union(inputs.map(\.name))
    for node in nodes { own.formUnion(node.outputs) }
    let read = nodes.flatMap(\.reads) + outputs.map(\.name)
    return Set(read).subtracting(own).subtracting([""])
  }
}
