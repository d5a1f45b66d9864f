internal import Networks
internal import Tensors

/// What the import of one node may ask and do. Shapes of all inputs are known: a file is imported for given input shapes.
struct NodeImport {
  let node: OnnxNode
  /// The opset of the node's domain.
  let opset: Int
  let state: ImportState

  // MARK: Inputs

  /// How many inputs the node lists, those left out in between included.
  var inputCount: Int { node.inputs.count }

  /// Whether the input is there: optional ones may be left out.
  func has(_ index: Int) -> Bool { index < node.inputs.count && !node.inputs[index].isEmpty }

  /// What the input stands for; throws `invalid` when it is missing.
  func input(_ index: Int) throws(OnnxError) -> ImportedValue {
    guard has(index) else { throw invalid("input \(index) is missing") }
    if let refusal = state.refused[node.inputs[index]] { throw refusal }
    guard let value = state.values[node.inputs[index]] else {
      throw invalid("input \(index) is missing")
    }
    return value
  }

  func shape(_ index: Int) throws(OnnxError) -> Shape { try input(index).shape }

  func elementType(_ index: Int) throws(OnnxError) -> OnnxElementType { try input(index).elementType }

  /// The input as a value of the graph; a constant becomes a parameter (float32).
  func value(_ index: Int) throws(OnnxError) -> ValueID {
    switch try input(index) {
    case .computed(let value, _, _): value
    case .constant(let tensor): try state.parameter(node.inputs[index], tensor)
    }
  }

  /// Every listed input as a value; for operators with any number of inputs.
  func allValues() throws(OnnxError) -> [ValueID] {
    var values: [ValueID] = []
    for index in 0..<inputCount { values.append(try value(index)) }
    return values
  }

  /// The input where it is a constant: known without running the network.
  func constantIfKnown(_ index: Int) -> OnnxTensor? {
    guard has(index), case .constant(let tensor)? = state.values[node.inputs[index]] else { return nil }
    return tensor
  }

  /// The input that has to be a constant; `what` names it in the message. Throws `unsupported` when it is computed.
  func constant(_ index: Int, _ what: String) throws(OnnxError) -> OnnxTensor {
    guard let tensor = constantIfKnown(index) else {
      _ = try input(index)
      throw unsupported("its \(what) depends on the picture; only a constant is supported")
    }
    return tensor
  }

  // MARK: Attributes

  func int(_ name: String, default fallback: Int) throws(OnnxError) -> Int {
    switch node.attributes[name] {
    case nil: return fallback
    case .int(let value)?: return Int(value)
    default: throw invalid("the attribute \(name) is not a whole number")
    }
  }

  /// `nil` when the attribute is not there.
  func ints(_ name: String) throws(OnnxError) -> [Int]? {
    switch node.attributes[name] {
    case nil: return nil
    case .ints(let values)?: return values.map { Int($0) }
    default: throw invalid("the attribute \(name) is not a list of whole numbers")
    }
  }

  func float(_ name: String, default fallback: Float) throws(OnnxError) -> Float {
    switch node.attributes[name] {
    case nil: return fallback
    case .float(let value)?: return value
    default: throw invalid("the attribute \(name) is not a number")
    }
  }

  /// `nil` when the attribute is not there.
  func floats(_ name: String) throws(OnnxError) -> [Float]? {
    switch node.attributes[name] {
    case nil: return nil
    case .floats(let values)?: return values
    default: throw invalid("the attribute \(name) is not a list of numbers")
    }
  }

  func string(_ name: String, default fallback: String) throws(OnnxError) -> String {
    switch node.attributes[name] {
    case nil: return fallback
    case .string(let bytes)?: return String(decoding: bytes, as: UTF8.self)
    default: throw invalid("the attribute \(name) is not a string")
    }
  }

  /// An axis counted from the end when negative, as 0 ..< rank.
  func axis(_ axis: Int, rank: Int) throws(OnnxError) -> Int {
    guard axis >= -rank, axis < rank else { throw invalid("axis \(axis) does not exist in \(rank) dimensions") }
    return axis < 0 ? axis + rank : axis
  }

  // MARK: Outputs

  /// Adds an operation with one output to the graph (or computes it now when all of `inputs` are constants).
  func emit(_ operation: any Operation, _ inputs: [ValueID]) throws(OnnxError) -> ValueID {
    try state.emit(operation, inputs, outputs: 1, name: node.name)[0]
  }

  /// Adds an operation with several outputs.
  func emit(_ operation: any Operation, _ inputs: [ValueID], outputs: Int) throws(OnnxError) -> [ValueID] {
    try state.emit(operation, inputs, outputs: outputs, name: node.name)
  }

  /// Adds a parameter of the importer's own making.
  func parameter(_ tensor: Tensor) -> ValueID { state.addParameter(node.name, tensor) }

  /// Sets an output; `type` is the type ONNX gives it (the engine itself computes in float32).
  func setOutput(_ index: Int, _ value: ValueID, type: OnnxElementType = .float) throws(OnnxError) {
    guard index < node.outputs.count, !node.outputs[index].isEmpty else { return }
    guard let tensor = state.tensor(value) else {
      state.values[node.outputs[index]] = .computed(value, state.shape(value), type)
      return
    }
    guard type.isInteger else {
      state.values[node.outputs[index]] = .constant(OnnxTensor(tensor, elementType: type))
      return
    }
    var integers: [Int64] = []
    integers.reserveCapacity(tensor.count)
    for value in tensor.values {
      guard let integer = Int64(exactly: value) else { throw invalid("\(value) is not a whole number") }
      integers.append(integer)
    }
    state.values[node.outputs[index]] = .constant(OnnxTensor(integers, shape: tensor.shape, elementType: type))
  }

  /// Sets an output that is known now.
  func setOutput(_ index: Int, constant: OnnxTensor) throws(OnnxError) {
    guard index < node.outputs.count, !node.outputs[index].isEmpty else { return }
    state.values[node.outputs[index]] = .constant(constant)
  }

  /// The common case: one operation, one output.
  func output(_ operation: any Operation, _ inputs: [ValueID]) throws(OnnxError) {
    try setOutput(0, try emit(operation, inputs))
  }

  // MARK: Errors

  /// The file contradicts the format at this node.
  func invalid(_ what: String) -> OnnxError {
    OnnxError(.invalid, "[\(node.type)] at node \(node.name): \(what).")
  }

  /// The file is sound; this importer cannot do it.
  func unsupported(_ what: String) -> OnnxError {
    OnnxError(.unsupported, "[\(node.type)] at node \(node.name): \(what).")
  }
}
