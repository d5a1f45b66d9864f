package import Networks
package import Tensors

/// A network read from an ONNX file, ready to become a ``Graph`` for any input shapes its declaration allows.
///
/// Importing is done for given shapes: whatever an exporter computes from shapes is then a constant. Immutable, safe to
/// use from many threads. Reference: ONNX 1.17, operator sets 7 to 22.
package final class OnnxNetwork: Sendable {
  /// Inputs and outputs in the file's order, as declared. Initializers are no inputs.
  package let inputs: [OnnxValueInfo]
  package let outputs: [OnnxValueInfo]
  private let model: OnnxModel
  /// The nodes that the outputs need, each after what it reads.
  private let nodes: [OnnxNode]

  /// The operator sets this importer knows.
  package static let opsets = 7...22

  /// Reads a file and checks that all of it can be imported as far as this is known without shapes.
  ///
  /// - Throws: `invalid` for a damaged file, a cycle, a value that nothing produces; `unsupported` with all missing
  ///   operators in ``OnnxError/missing``; `tooLarge`.
  package init(_ bytes: OnnxBytes) throws(OnnxError) {
    let model = try OnnxModelReader.read(bytes)
    guard let opset = model.opsets[""], Self.opsets.contains(opset) else {
      throw OnnxError(
        .unsupported,
        "The ONNX file uses operator set \(model.opsets[""] ?? 0); \(Self.opsets.lowerBound) to "
          + "\(Self.opsets.upperBound) are known. Convert it with onnx.version_converter.")
    }
    guard !model.graph.outputs.isEmpty else { throw OnnxError(.invalid, "The ONNX file has no output.") }
    nodes = try NodeOrder.needed(model.graph)
    try Self.checkOperators(nodes)
    inputs = model.graph.inputs
    outputs = model.graph.outputs
    self.model = model
  }

  static func checkOperators(_ nodes: [OnnxNode]) throws(OnnxError) {
    var missing: [String: [String]] = [:]
    var order: [String] = []
    for node in nodes where OperatorTable.find(node.type, domain: node.domain) == nil {
      let name = node.domain.isEmpty ? node.type : "\(OnnxNode.shown(node.domain)).\(node.type)"
      if missing[name] == nil { order.append(name) }
      missing[name, default: []].append(node.name)
    }
    guard !order.isEmpty else { return }
    let list = order.map { name in
      let nodes = missing[name] ?? []
      let more = nodes.count > 5 ? " and \(nodes.count - 5) more" : ""
      return "\(name) (node\(nodes.count > 1 ? "s" : "") \(nodes.prefix(5).joined(separator: ", "))\(more))"
    }
    throw OnnxError(
      .unsupported, "The ONNX file needs operators that are not known: \(list.joined(separator: "; ")).", missing: list)
  }

  /// The network for inputs of these shapes, in the order of ``inputs``; `image` says more of the first one.
  ///
  /// - Throws: `invalid` when shapes contradict the file or each other, `unsupported`, `tooLarge`; with the node's name.
  package func graph(inputShapes: [Shape], image: OnnxImageRule = OnnxImageRule()) throws(OnnxError) -> Graph {
    guard inputShapes.count == inputs.count else {
      throw OnnxError(.invalid, "The network has \(inputs.count) inputs, got \(inputShapes.count) shapes.")
    }
    let state = ImportState(opsets: model.opsets)
    for (index, (info, shape)) in zip(inputs, inputShapes).enumerated() {
      let rule = index == 0 ? image : OnnxImageRule()
      try Self.check(rule.inFile(shape), fits: info.dimensions.map(rule.declared), name: info.name)
      try state.addInput(info.name, shape: shape, type: info.elementType ?? .float, channelsLast: rule.channelsLast)
    }
    try state.add(nodes, initializers: model.graph.initializers)
    var results: [ValueID] = []
    for output in outputs {
      switch state.values[output.name] {
      case .computed(let value, _, _)?: results.append(value)
      case .constant(let tensor)?: results.append(try state.parameter(output.name, tensor))
      case nil:
        if let refusal = state.refused[output.name] { throw refusal }
        throw OnnxError(.invalid, "Nothing produces the output \"\(OnnxNode.shown(output.name))\".")
      }
    }
    return state.builder.build(outputs: results).pruned()
  }

  private static func check(_ shape: Shape, fits declared: [OnnxDimension]?, name: String) throws(OnnxError) {
    let name = OnnxNode.shown(name)
    guard Shape(untrusted: shape.dimensions, limit: ImportState.maxElements) != nil else {
      throw OnnxError(.tooLarge, "An input of \(shape) is larger than is allowed.")
    }
    guard let declared else { return }
    let fits =
      declared.count == shape.rank
      && zip(declared, shape.dimensions).allSatisfy { $0 == .fixed($1) || $0.isFree }
    guard fits else {
      let wanted = declared.map { dimension in
        switch dimension {
        case .fixed(let size): String(size)
        case .free(let name): name.isEmpty ? "?" : OnnxNode.shown(name)
        }
      }
      throw OnnxError(.invalid, "The input \"\(name)\" is \(wanted.joined(separator: "x")), not \(shape).")
    }
  }
}

extension OnnxDimension {
  var isFree: Bool {
    if case .free = self { return true }
    return false
  }
}
