internal import Networks
internal import Tensors

/// ONNX operators that combine any number of inputs, two at a time.
protocol ManyInputImport: OperatorImport {
  static var integer: IntegerFolding.Operator { get }
  static func emit(_ node: NodeImport, _ a: ValueID, _ b: ValueID) throws(OnnxError) -> ValueID
  /// What is left to do with all combined.
  static func finish(_ node: NodeImport, _ value: ValueID) throws(OnnxError) -> ValueID
}

extension ManyInputImport {
  static func finish(_ node: NodeImport, _ value: ValueID) throws(OnnxError) -> ValueID { value }

  static func add(_ node: NodeImport) throws(OnnxError) {
    guard node.inputCount > 1 else { return try node.passThrough() }
    let type = try node.resultType(0)
    if let constants = node.integerConstants(0..<node.inputCount) {
      var result = constants[0]
      for constant in constants.dropFirst() { result = try node.fold(integer, result, constant, type: type) }
      return try node.setOutput(0, constant: result)
    }
    var result = try node.value(0)
    for index in 1..<node.inputCount { result = try emit(node, result, node.value(index)) }
    try node.setOutput(0, finish(node, result), type: type)
  }
}

/// ONNX `Max`, from opset 8 (with broadcasting).
enum MaxImport: ManyInputImport {
  static let name = "Max"
  static let integer = IntegerFolding.Operator.maximum

  static func emit(_ node: NodeImport, _ a: ValueID, _ b: ValueID) throws(OnnxError) -> ValueID {
    try node.emit(Extremum(largest: true), [a, b])
  }
}

/// ONNX `Min`, from opset 8 (with broadcasting).
enum MinImport: ManyInputImport {
  static let name = "Min"
  static let integer = IntegerFolding.Operator.minimum

  static func emit(_ node: NodeImport, _ a: ValueID, _ b: ValueID) throws(OnnxError) -> ValueID {
    try node.emit(Extremum(largest: false), [a, b])
  }
}

/// ONNX `Sum`, from opset 8 (with broadcasting).
enum SumImport: ManyInputImport {
  static let name = "Sum"
  static let integer = IntegerFolding.Operator.add

  static func emit(_ node: NodeImport, _ a: ValueID, _ b: ValueID) throws(OnnxError) -> ValueID {
    try node.emitSum(a, b)
  }
}

/// ONNX `Mean`, from opset 8 (with broadcasting).
enum MeanImport: ManyInputImport {
  static let name = "Mean"
  static let integer = IntegerFolding.Operator.add

  static func emit(_ node: NodeImport, _ a: ValueID, _ b: ValueID) throws(OnnxError) -> ValueID {
    try node.emitSum(a, b)
  }

  static func finish(_ node: NodeImport, _ value: ValueID) throws(OnnxError) -> ValueID {
    let count = node.parameter(Tensor(shape: [], values: [Float(node.inputCount)]))
    return try node.emit(Divide(), [value, count])
  }
}
