internal import Networks
internal import Tensors

/// onnxruntime's operators on one tensor of 8-bit numbers: x, its scale, its zero point, scale and zero point of the output.
protocol QLinearUnaryImport: OperatorImport {
  static func operation(_ node: NodeImport) throws(OnnxError) -> any Operation
}

extension QLinearUnaryImport {
  static var domain: String { "com.microsoft" }

  static func add(_ node: NodeImport) throws(OnnxError) {
    let value = try node.emit(operation(node), [node.dequantized(0)])
    try node.outputQuantized(value, scale: 3, zeroPoint: 4)
  }
}

enum QLinearSigmoidImport: QLinearUnaryImport {
  static let name = "QLinearSigmoid"

  static func operation(_ node: NodeImport) throws(OnnxError) -> any Operation { Sigmoid() }
}

enum QLinearLeakyReluImport: QLinearUnaryImport {
  static let name = "QLinearLeakyRelu"

  static func operation(_ node: NodeImport) throws(OnnxError) -> any Operation {
    LeakyReLU(slope: try node.float("alpha", default: 0.01))
  }
}

enum QLinearSoftmaxImport: QLinearUnaryImport {
  static let name = "QLinearSoftmax"

  static func operation(_ node: NodeImport) throws(OnnxError) -> any Operation {
    let shape = try node.shape(0)
    let opset = try node.int("opset", default: 13)
    let axis = try node.axis(node.int("axis", default: opset < 13 ? 1 : -1), rank: shape.rank)
    return Softmax(axis: axis, joinsTrailing: opset < 13)
  }
}

/// The sums of whole numbers are exact; their one division comes with the scales.
enum QLinearGlobalAveragePoolImport: OperatorImport {
  static let name = "QLinearGlobalAveragePool"
  static let domain = "com.microsoft"

  static func add(_ node: NodeImport) throws(OnnxError) {
    guard try node.int("channels_last", default: 0) == 0 else {
      throw node.unsupported("channels as the last dimension")
    }
    let shape = try node.shape(0)
    guard shape.rank > 2 else { throw node.invalid("\(shape) is not an image") }
    let input = try node.uniformQuantization(scale: 1, zeroPoint: 2)
    let output = try node.uniformQuantization(scale: 3, zeroPoint: 4, defaultType: node.elementType(0))
    let axes = Array(2..<shape.rank)
    let pixels = axes.reduce(1) { $0 * shape[$1] }
    let sums = try node.emit(Reduce(.sum, axes: axes), [node.lessZeroPoint(0, zeroPoint: 2, axis: 1)])
    try node.outputRequantized(
      sums, multipliers: [input.scale / (output.scale * Float(pixels))], axis: 1, to: output)
  }
}

enum QLinearAveragePoolImport: QLinearUnaryImport {
  static let name = "QLinearAveragePool"

  static func operation(_ node: NodeImport) throws(OnnxError) -> any Operation {
    guard try node.int("channels_last", default: 0) == 0 else {
      throw node.unsupported("channels as the last dimension")
    }
    let shape = try node.shape(0)
    guard shape.rank == 4 else {
      throw node.unsupported("an input of \(shape); only two spatial dimensions are supported")
    }
    return AveragePool2d(
      try node.poolWindow(shape, spatial: 2), countsPadding: try node.int("count_include_pad", default: 0) != 0)
  }
}
