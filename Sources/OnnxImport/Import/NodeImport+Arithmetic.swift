internal import Networks
internal import Tensors

extension NodeImport {
  /// The type of a result that has the type of an input: whole numbers stay so, all floats are float32 here.
  func resultType(_ index: Int) throws(OnnxError) -> OnnxElementType {
    let type = try elementType(index)
    return type.isInteger ? type : .float
  }

  /// The output is the input.
  func passThrough(_ index: Int = 0) throws(OnnxError) {
    guard let output = node.outputs.first, !output.isEmpty else { return }
    state.values[output] = try input(index)
  }

  /// One value a channel (axis 1) of a value of shape `x`, where the input is a constant that broadcasts like that.
  func channelValues(_ index: Int, of x: Shape) throws(OnnxError) -> [Float]? {
    guard let constant = constantIfKnown(index), x.rank >= 2, constant.shape.rank <= x.rank, constant.shape.count > 0
    else { return nil }
    let channels = x[1]
    let padded = [Int](repeating: 1, count: x.rank - constant.shape.rank) + constant.shape.dimensions
    let perChannel = padded[1] == channels && constant.shape.count == channels
    guard perChannel || constant.shape.count == 1, channels > 0, state.reserve(2 * channels) else { return nil }
    let values = try constant.floats().values
    return perChannel ? values : [Float](repeating: values[0], count: channels)
  }

  /// `x * scale + shift` per channel, which plans fold into the layer before.
  func emitAffine(_ x: ValueID, scale: [Float]?, shift: [Float]?) throws(OnnxError) -> ValueID {
    let count = (scale ?? shift ?? []).count
    let gamma = parameter(Tensor(shape: [count], values: scale ?? [Float](repeating: 1, count: count)))
    let beta = parameter(Tensor(shape: [count], values: shift ?? [Float](repeating: 0, count: count)))
    return try emit(ChannelAffine(), [x, gamma, beta])
  }

  /// The sum of two values of any shapes that broadcast together.
  func emitSum(_ a: ValueID, _ b: ValueID) throws(OnnxError) -> ValueID {
    try emit(Add(broadcasts: state.shape(a) != state.shape(b)), [a, b])
  }

  /// Sets the output to an operation on the first two inputs; two constants of whole numbers are computed as such.
  func outputBinary(
    _ operation: any Operation, _ integer: IntegerFolding.Operator, type: OnnxElementType? = nil
  ) throws(OnnxError) {
    var result = try resultType(0)
    if let type { result = type }
    if let constants = integerConstants(0..<2) {
      return try setOutput(0, constant: fold(integer, constants[0], constants[1], type: result))
    }
    try setOutput(0, emit(operation, [value(0), value(1)]), type: result)
  }

  /// The computed one of two float inputs and the other as one value a channel, if they are that.
  func channelOperand() throws(OnnxError) -> (computed: Int, values: [Float])? {
    for (computed, other) in [(0, 1), (1, 0)] {
      guard case .computed(_, let shape, let type) = try input(computed), !type.isInteger else { continue }
      if let values = try channelValues(other, of: shape) { return (computed, values) }
    }
    return nil
  }
}
