internal import Networks
internal import Tensors

/// ONNX `QLinearConv`, from opset 10: a convolution of 8-bit numbers with exact sums, weights per tensor or per channel.
enum QLinearConvImport: OperatorImport {
  static let name = "QLinearConv"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let input = try node.uniformQuantization(scale: 1, zeroPoint: 2)
    let weight = try node.quantization(scale: 4, zeroPoint: 5)
    let output = try node.uniformQuantization(scale: 6, zeroPoint: 7)
    let channels = try node.shape(3).dimensions.first ?? 0
    guard weight.scales.count == 1 || weight.scales.count == channels else {
      throw node.invalid("\(weight.scales.count) scales for \(channels) channels")
    }
    let sums = try node.integerConvolution(
      node.lessZeroPoint(0, zeroPoint: 2, axis: 1), node.lessZeroPoint(3, zeroPoint: 5, axis: 0),
      bias: node.integerBias(8))
    try node.outputRequantized(
      sums, multipliers: weight.scales.map { input.scale * $0 / output.scale }, axis: 1, to: output)
  }
}

/// ONNX `ConvInteger`, from opset 10.
enum ConvIntegerImport: OperatorImport {
  static let name = "ConvInteger"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let sums = try node.integerConvolution(
      node.lessZeroPoint(0, zeroPoint: 2, axis: 1), node.lessZeroPoint(1, zeroPoint: 3, axis: 0), bias: [])
    try node.setOutput(0, sums, type: .int32)
  }
}
