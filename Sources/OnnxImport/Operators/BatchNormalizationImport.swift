internal import Networks
internal import Tensors

/// ONNX `BatchNormalization`, opsets 7 to 15, with the statistics of the file.
enum BatchNormalizationImport: OperatorImport {
  static let name = "BatchNormalization"

  static func add(_ node: NodeImport) throws(OnnxError) {
    guard try node.int("training_mode", default: 0) == 0 else {
      throw node.unsupported("training_mode is set; export the network for inference")
    }
    guard try node.int("spatial", default: 1) != 0 else {
      throw node.unsupported("statistics per pixel (spatial = 0) are not known")
    }
    for output in 1..<5 { node.refuseOutput(output, "its output \(output)") }
    var inputs: [ValueID] = []
    for index in 0..<5 { inputs.append(try node.value(index)) }
    try node.output(BatchNorm(epsilon: try node.float("epsilon", default: 1e-5)), inputs)
  }
}
