internal import Networks
internal import Tensors

/// Operations that move values without computing with them. They keep the values' type, and whole numbers stay exact.
extension NodeImport {
  /// Applies an operation that only moves elements to inputs 0 ..< `count` and sets the node's outputs.
  ///
  /// `fill` is what elements get that the operation takes from nowhere, where it says -1 for such elements.
  func arrange(
    _ operation: any Operation, count: Int = 1, outputs: Int = 1, fill: Int64 = 0
  ) throws(OnnxError) {
    let type = try elementType(0)
    if let constants = wholeConstants(count) {
      let results = try arranged(operation, constants, outputs: outputs, fill: fill)
      for (index, result) in results.enumerated() { try setOutput(index, constant: result) }
      return
    }
    var inputs: [ValueID] = []
    for index in 0..<count { inputs.append(try value(index)) }
    let results = try emit(operation, inputs, outputs: outputs)
    for (index, result) in results.enumerated() { try setMoved(index, result, type) }
  }

  /// Inputs 0 ..< `count` if all of them are constants of whole numbers.
  private func wholeConstants(_ count: Int) -> [OnnxTensor]? {
    var constants: [OnnxTensor] = []
    for index in 0..<count {
      guard let constant = constantIfKnown(index), constant.elementType.isInteger else { return nil }
      constants.append(constant)
    }
    return constants
  }

  /// Sets an output to moved values of a type: a constant where it is known.
  func setMoved(_ index: Int, _ value: ValueID, _ type: OnnxElementType) throws(OnnxError) {
    if let tensor = state.tensor(value), !type.isInteger {
      try setOutput(index, constant: OnnxTensor(tensor, elementType: type))
    } else {
      try setOutput(index, value, type: type)
    }
  }

  /// Moves whole numbers exactly: the operation moves their positions, which float32 holds exactly up to 2^24.
  private func arranged(
    _ operation: any Operation, _ constants: [OnnxTensor], outputs: Int, fill: Int64
  ) throws(OnnxError) -> [OnnxTensor] {
    var shapes: [Shape]
    do {
      shapes = try operation.outputShapes(constants.map(\.shape))
    } catch {
      throw OnnxError(error.code == .unsupported ? .unsupported : .invalid, "\(error.message) At node \(node.name).")
    }
    guard shapes.count == outputs else { throw invalid("it has \(outputs) outputs instead of \(shapes.count)") }
    try state.reserve(constants.map(\.shape) + shapes, elementSize: 4, node.name)
    var elements: [Int64] = []
    var positions: [Tensor] = []
    for constant in constants {
      let values = try constant.integers()
      let start = elements.count
      positions.append(Tensor(shape: constant.shape, values: values.indices.map { Float(start + $0) }))
      elements += values
    }
    let moved: [Tensor]
    do {
      moved = try operation.forward(positions)
    } catch {
      throw OnnxError(.invalid, "\(error.message) At node \(node.name).")
    }
    let type = constants[0].elementType
    return moved.map { tensor in
      let values = tensor.values.map { $0 < 0 ? fill : elements[Int($0)] }
      return OnnxTensor(values, shape: tensor.shape, elementType: type)
    }
  }

  /// Gives input 0 another shape of the same count and sets output 0. `dimensions` say the same as ``Reshape`` does.
  func reshape(to shape: Shape, _ dimensions: [Int]) throws(OnnxError) {
    guard Shape(untrusted: shape.dimensions, limit: ImportState.maxElements) != nil,
      shape.count == (try self.shape(0)).count
    else {
      throw invalid("\(try self.shape(0)) cannot become \(shape)")
    }
    if let constant = constantIfKnown(0) {
      try setOutput(0, constant: constant.reshaped(shape))
    } else if shape.count == 0 {
      throw unsupported("an input without elements (\(try self.shape(0)))")
    } else {
      try setMoved(0, try emit(Reshape(dimensions), [value(0)]), try elementType(0))
    }
  }

  /// Sets an output to what an input stands for.
  func pass(_ input: Int, to output: Int) throws(OnnxError) {
    guard output < node.outputs.count, !node.outputs[output].isEmpty else { return }
    state.values[node.outputs[output]] = try self.input(input)
  }

  /// Leaves an output out: whatever needs it is refused with this reason.
  func refuseOutput(_ index: Int, _ what: String) {
    guard index < node.outputs.count, !node.outputs[index].isEmpty else { return }
    state.refused[node.outputs[index]] = unsupported("\(what) is not computed, but needed")
  }
}
