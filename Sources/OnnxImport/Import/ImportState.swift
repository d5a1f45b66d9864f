internal import Networks
internal import Tensors

/// The graph under construction. Used by one thread, for one import.
final class ImportState {
  var builder = GraphBuilder()
  /// By ONNX name.
  var values: [String: ImportedValue] = [:]
  /// Outputs that operators leave out, by ONNX name, and what to say to those who need them.
  var refused: [String: OnnxError] = [:]
  /// The node behind each computed ONNX name.
  private(set) var producers: [String: OnnxNode] = [:]
  /// Constants that became parameters, by ONNX name, so that each does so once.
  private var parameters: [String: ValueID] = [:]
  /// The tensors behind parameters: what `emit` folds with.
  private var tensors: [ValueID: Tensor] = [:]
  private var shapes: [ValueID: Shape] = [:]
  /// Elements of constants computed while importing, so far.
  private var foldedElements = 0
  /// Elements of the file's own constants.
  private var fileElements = 0
  /// Elements of weights that were rearranged or converted, so far.
  private var derivedElements = 0

  /// At most so many elements in one value of the network.
  static let maxElements = 1 << 27
  /// At most so many elements in all constants that importing computes (not those the file holds).
  static let maxFoldedElements = 1 << 23

  /// Version of each operator set, by domain.
  private let opsets: [String: Int]

  init(opsets: [String: Int]) {
    self.opsets = opsets
  }

  /// Imports nodes in the order given, with the constants they read.
  func add(_ nodes: [OnnxNode], initializers: [String: OnnxTensor]) throws(OnnxError) {
    for (name, tensor) in initializers {
      values[name] = .constant(tensor)
      fileElements += tensor.shape.count
    }
    for node in nodes {
      guard let operation = OperatorTable.find(node.type, domain: node.domain) else { continue }
      try operation.add(NodeImport(node: node, opset: opsets[node.domain] ?? opsets[""] ?? 1, state: self))
      for output in node.outputs where !output.isEmpty { producers[output] = node }
    }
  }

  /// Declares an input of the network; `channelsLast` when the file takes N x H x W x C of the N x C x H x W given.
  func addInput(_ name: String, shape: Shape, type: OnnxElementType, channelsLast: Bool = false) throws(OnnxError) {
    var value = builder.input()
    shapes[value] = shape
    if channelsLast { value = try emit(Transpose([0, 2, 3, 1]), [value], outputs: 1, name: name)[0] }
    values[name] = .computed(value, self.shape(value), type)
  }

  /// The value behind a constant as a parameter of the graph.
  func parameter(_ name: String, _ tensor: OnnxTensor) throws(OnnxError) -> ValueID {
    if let known = parameters[name] { return known }
    let floats = try tensor.floats()
    let value = addParameter(name, floats)
    parameters[name] = value
    return value
  }

  /// A parameter that is not a value of the file, such as a rearranged weight.
  func addParameter(_ name: String, _ tensor: Tensor) -> ValueID {
    let value = builder.parameter(name, tensor)
    tensors[value] = tensor
    shapes[value] = tensor.shape
    return value
  }

  /// A parameter made of a constant of the file, such as a transposed weight; once for each `key`.
  ///
  /// Throws `tooLarge` when such parameters grow beyond what the file's own constants take and some more.
  func derivedParameter(_ key: String, count: Int, _ make: () throws(OnnxError) -> Tensor) throws(OnnxError) -> ValueID
  {
    if let known = parameters[key] { return known }
    derivedElements += count
    guard derivedElements <= 2 * fileElements + Self.maxFoldedElements else {
      throw OnnxError(.tooLarge, "The constants rearranged for \(key) take more memory than is allowed.")
    }
    let value = addParameter(key, try make())
    parameters[key] = value
    return value
  }

  /// Takes `count` elements of the memory for constants computed while importing, `false` when they are used up.
  func reserve(_ count: Int) -> Bool {
    guard count <= Self.maxFoldedElements - foldedElements else { return false }
    foldedElements += count
    return true
  }

  /// The same for constants of these shapes. An element of a whole number takes several (`elementSize`) of those of a float.
  /// Throws `tooLarge` before anything is allocated.
  func reserve(_ shapes: [Shape], elementSize: Int = 1, _ name: String) throws(OnnxError) {
    for shape in shapes {
      guard Shape(untrusted: shape.dimensions, limit: Self.maxFoldedElements) != nil, reserve(shape.count * elementSize)
      else {
        throw OnnxError(
          .tooLarge, "The constants computed from the file take more memory than is allowed (node \(name)).")
      }
    }
  }

  func tensor(_ value: ValueID) -> Tensor? { tensors[value] }

  func shape(_ value: ValueID) -> Shape { shapes[value] ?? [] }

  /// Applies an operation; with constants only it is computed here and now.
  func emit(_ operation: any Operation, _ inputs: [ValueID], outputs count: Int, name: String) throws(OnnxError)
    -> [ValueID]
  {
    let results: [Shape]
    do {
      results = try operation.outputShapes(inputs.map(shape))
    } catch {
      throw OnnxError(error.code == .unsupported ? .unsupported : .invalid, "\(error.message) At node \(name).")
    }
    guard results.count == count else {
      throw OnnxError(.invalid, "Node \(name) has \(count) outputs; its operator gives \(results.count).")
    }
    for shape in results where Shape(untrusted: shape.dimensions, limit: Self.maxElements) == nil {
      throw OnnxError(.tooLarge, "Node \(name) gives a value of \(shape): more than \(Self.maxElements) elements.")
    }
    let constants = inputs.compactMap { tensors[$0] }
    if constants.count == inputs.count, !inputs.isEmpty {
      try reserve(results, name)
      let folded: [Tensor]
      do {
        folded = try operation.forward(constants)
      } catch {
        throw OnnxError(.invalid, "\(error.message) At node \(name).")
      }
      return folded.map { addParameter(name, $0) }
    }
    let values = builder.apply(operation, inputs, outputs: count, name: name)
    for (value, shape) in zip(values, results) { shapes[value] = shape }
    return values
  }
}
