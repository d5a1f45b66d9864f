import Tensors

/// Reads an ONNX file: bytes to ``OnnxModel``. Reference: `onnx.proto` of the ONNX project (field numbers).
///
/// Nothing is trusted: lengths, counts and types are checked, weights stay where they are, and what is copied is bounded.
struct OnnxModelReader {
  let budget: ReadingBudget

  /// What reading may allocate beside the file itself, in bytes.
  static let allocationLimit = 24 << 20
  private static let maxNodes = 50_000

  static func read(_ bytes: OnnxBytes) throws(OnnxError) -> OnnxModel {
    try OnnxModelReader(budget: ReadingBudget(bytes: allocationLimit)).model(bytes)
  }

  // MARK: Model and graph

  private func model(_ bytes: OnnxBytes) throws(OnnxError) -> OnnxModel {
    var reader = ProtobufReader(bytes)
    var model = OnnxModel()
    var hasGraph = false
    while let field = try reader.next() {
      switch field.number {
      case 7:
        guard !hasGraph else { throw ProtobufReader.damaged("two graphs") }
        hasGraph = true
        model.graph = try graph(field.message(), depth: 0)
      case 8: try opset(field.message(), into: &model)
      case 25: throw OnnxError(.unsupported, "The ONNX file defines functions of its own; export it with them inlined.")
      default: break
      }
    }
    guard hasGraph else { throw ProtobufReader.damaged("no graph") }
    guard model.opsets[""] != nil else { throw ProtobufReader.damaged("no version of the standard operators") }
    return model
  }

  private func opset(_ message: ProtobufReader, into model: inout OnnxModel) throws(OnnxError) {
    var (reader, domain, version) = (message, "", Int64(0))
    while let field = try reader.next() {
      switch field.number {
      case 1: domain = try field.text(budget)
      case 2: version = try field.int64()
      default: break
      }
    }
    guard let version = Int(exactly: version), (1...10_000).contains(version) else {
      throw ProtobufReader.damaged("an operator set without a version")
    }
    model.opsets[OnnxNode.canonical(domain)] = version
  }

  /// Branches within branches beyond this are no network anybody exports.
  private static let maxDepth = 4

  private func graph(_ message: ProtobufReader, depth: Int) throws(OnnxError) -> OnnxGraph {
    guard depth <= Self.maxDepth else { throw OnnxError(.tooLarge, "The ONNX file nests graphs too deeply.") }
    var reader = message
    var graph = OnnxGraph()
    var inputs: [OnnxValueInfo] = []
    while let field = try reader.next() {
      switch field.number {
      case 1:
        guard graph.nodes.count < Self.maxNodes else {
          throw OnnxError(.tooLarge, "The ONNX file has more than \(Self.maxNodes) nodes.")
        }
        graph.nodes.append(try node(field.message(), index: graph.nodes.count, depth: depth))
      case 5:
        let (name, tensor) = try OnnxTensorReader(budget: budget).named(field.message())
        guard !name.isEmpty, graph.initializers.updateValue(tensor, forKey: name) == nil else {
          throw ProtobufReader.damaged("two initializers of the name \"\(OnnxNode.shown(name))\"")
        }
      case 11: inputs.append(try valueInfo(field.message()))
      case 12: graph.outputs.append(try valueInfo(field.message()))
      case 15: throw OnnxError(.unsupported, "The ONNX file has sparse weights; only dense ones can be read.")
      default: break
      }
    }
    // Before version 4 of the format initializers were listed as inputs too.
    graph.inputs = inputs.filter { graph.initializers[$0.name] == nil }
    makeNamesUnique(&graph.nodes)
    return graph
  }

  /// Names are for messages; files may leave them out or use one twice.
  private func makeNamesUnique(_ nodes: inout [OnnxNode]) {
    var seen: Set<String> = []
    for index in nodes.indices {
      if nodes[index].name.isEmpty || !seen.insert(nodes[index].name).inserted {
        nodes[index].name = "\(nodes[index].name.isEmpty ? nodes[index].type : nodes[index].name)#\(index)"
        seen.insert(nodes[index].name)
      }
    }
  }

  // MARK: Nodes

  private func node(_ message: ProtobufReader, index: Int, depth: Int) throws(OnnxError) -> OnnxNode {
    try budget.spend(160)
    var reader = message
    var node = OnnxNode(name: "", type: "", domain: "", inputs: [], outputs: [], attributes: [:])
    while let field = try reader.next() {
      switch field.number {
      case 1: node.inputs.append(try field.text(budget))
      case 2: node.outputs.append(try field.text(budget))
      case 3: node.name = try OnnxNode.shown(field.text(budget))
      case 4: node.type = try OnnxNode.shown(field.text(budget))
      case 5:
        let (name, value) = try attribute(field.message(), depth: depth)
        if case .graph(let graph) = value { node.captured.formUnion(graph.captured) }
        node.attributes[name] = value
      case 7: node.domain = OnnxNode.canonical(try field.text(budget))
      default: break
      }
    }
    guard !node.type.isEmpty else { throw ProtobufReader.damaged("a node without an operator (number \(index))") }
    return node
  }

  private func attribute(_ message: ProtobufReader, depth: Int) throws(OnnxError) -> (String, OnnxAttribute) {
    try budget.spend(128)
    var reader = message
    var (name, declared): (String, Int64) = ("", 0)
    var (int, float, string): (Int64?, Float?, [UInt8]?) = (nil, nil, nil)
    var (ints, floats): ([Int64], [Float]) = ([], [])
    var strings: [[UInt8]] = []
    var tensor: OnnxTensor?
    var branch: OnnxGraph?
    var other: String?
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try field.text(budget)
      case 2: float = try field.float()
      case 3: int = try field.int64()
      case 4:
        let part = try field.bytes()
        try budget.spend(32 + part.count)
        string = part.array
      case 5: tensor = try OnnxTensorReader(budget: budget).named(field.message()).tensor
      case 6: branch = try graph(field.message(), depth: depth + 1)
      case 7: try field.append(to: &floats, budget)
      case 8: try field.append(to: &ints, budget)
      case 9:
        let part = try field.bytes()
        try budget.spend(32 + part.count)
        strings.append(part.array)
      case 10, 11, 22, 23: other = "list"
      case 14, 15: other = "type"
      case 20: declared = try field.int64()
      default: break
      }
    }
    guard !name.isEmpty else { throw ProtobufReader.damaged("an attribute without a name") }
    // What a writer leaves out is zero or empty, of the declared type. Files of the first versions declare none.
    switch declared {
    case 1: return (name, .float(float ?? 0))
    case 2: return (name, .int(int ?? 0))
    case 3: return (name, .string(string ?? []))
    case 4: if let tensor { return (name, .tensor(tensor)) }
    case 6: return (name, .floats(floats))
    case 7: return (name, .ints(ints))
    case 8: return (name, .strings(strings))
    default: break
    }
    if let branch { return (name, .graph(branch)) }
    if let other { return (name, .other(other)) }
    if let tensor { return (name, .tensor(tensor)) }
    if let int { return (name, .int(int)) }
    if let float { return (name, .float(float)) }
    if let string { return (name, .string(string)) }
    if !floats.isEmpty { return (name, .floats(floats)) }
    if !strings.isEmpty { return (name, .strings(strings)) }
    return (name, .ints(ints))
  }

  // MARK: Inputs and outputs

  private func valueInfo(_ message: ProtobufReader) throws(OnnxError) -> OnnxValueInfo {
    try budget.spend(96)
    var (reader, name) = (message, "")
    var elementType: OnnxElementType?
    var dimensions: [OnnxDimension]?
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try field.text(budget)
      case 2:
        var type = try field.message()
        while let kind = try type.next() {
          // Sequences, maps and optionals stay without an element type and are refused where they are used.
          if kind.number == 1 { (elementType, dimensions) = try tensorType(kind.message()) }
        }
      default: break
      }
    }
    guard !name.isEmpty else { throw ProtobufReader.damaged("an input or output without a name") }
    return OnnxValueInfo(name: name, elementType: elementType, dimensions: dimensions)
  }

  private func tensorType(
    _ message: ProtobufReader
  ) throws(OnnxError) -> (elementType: OnnxElementType?, dimensions: [OnnxDimension]?) {
    var reader = message
    var elementType: OnnxElementType?
    var dimensions: [OnnxDimension]?
    while let field = try reader.next() {
      switch field.number {
      case 1: elementType = Int(exactly: try field.int64()).flatMap(OnnxElementType.init)
      case 2:
        var (shape, list): (ProtobufReader, [OnnxDimension]) = (try field.message(), [])
        while let entry = try shape.next() {
          guard entry.number == 1 else { continue }
          try budget.spend(32)
          list.append(try dimension(entry.message()))
        }
        dimensions = list
      default: break
      }
    }
    return (elementType, dimensions)
  }

  private func dimension(_ message: ProtobufReader) throws(OnnxError) -> OnnxDimension {
    var (reader, result) = (message, OnnxDimension.free(""))
    while let field = try reader.next() {
      switch field.number {
      case 1:
        // Exporters write 0 or -1 for sizes they do not know.
        let size = try field.int64()
        if size > 0, let size = Int(exactly: size) { result = .fixed(size) }
      case 2: result = .free(try field.text(budget))
      default: break
      }
    }
    return result
  }
}
