internal import Networks

/// ONNX `Relu`, all opsets.
enum ReluImport: ElementwiseImport {
  static let name = "Relu"

  static func operation(_ node: NodeImport) throws(OnnxError) -> any ElementwiseOperation { ReLU() }

  static func integer(_ value: Int64) -> Int64? { max(value, 0) }
}

/// ONNX `Sigmoid`, all opsets.
enum SigmoidImport: ElementwiseImport {
  static let name = "Sigmoid"

  static func operation(_ node: NodeImport) throws(OnnxError) -> any ElementwiseOperation { Sigmoid() }
}

/// ONNX `Tanh`, all opsets.
enum TanhImport: ElementwiseImport {
  static let name = "Tanh"

  static func operation(_ node: NodeImport) throws(OnnxError) -> any ElementwiseOperation { Tanh() }
}

/// ONNX `LeakyRelu`, all opsets.
enum LeakyReluImport: ElementwiseImport {
  static let name = "LeakyRelu"

  static func operation(_ node: NodeImport) throws(OnnxError) -> any ElementwiseOperation {
    LeakyReLU(slope: try node.float("alpha", default: 0.01))
  }
}

/// ONNX `HardSigmoid`, all opsets.
enum HardSigmoidImport: ElementwiseImport {
  static let name = "HardSigmoid"

  static func operation(_ node: NodeImport) throws(OnnxError) -> any ElementwiseOperation {
    HardSigmoid(alpha: try node.float("alpha", default: 0.2), beta: try node.float("beta", default: 0.5))
  }
}

/// ONNX `HardSwish`, from opset 14.
enum HardSwishImport: ElementwiseImport {
  static let name = "HardSwish"

  static func operation(_ node: NodeImport) throws(OnnxError) -> any ElementwiseOperation { HardSwish() }
}

/// ONNX `Elu`, all opsets.
enum EluImport: ElementwiseImport {
  static let name = "Elu"

  static func operation(_ node: NodeImport) throws(OnnxError) -> any ElementwiseOperation {
    ExponentialLinear(alpha: try node.float("alpha", default: 1))
  }
}

/// ONNX `Selu`, all opsets.
enum SeluImport: ElementwiseImport {
  static let name = "Selu"

  static func operation(_ node: NodeImport) throws(OnnxError) -> any ElementwiseOperation {
    ExponentialLinear(
      alpha: try node.float("alpha", default: 1.67326319217681884765625),
      gain: try node.float("gamma", default: 1.05070102214813232421875))
  }
}

/// ONNX `Celu`, from opset 12.
enum CeluImport: ElementwiseImport {
  static let name = "Celu"

  static func operation(_ node: NodeImport) throws(OnnxError) -> any ElementwiseOperation {
    let alpha = try node.float("alpha", default: 1)
    return ExponentialLinear(alpha: alpha, width: alpha)
  }
}

/// ONNX `ThresholdedRelu`, all opsets.
enum ThresholdedReluImport: ElementwiseImport {
  static let name = "ThresholdedRelu"

  static func operation(_ node: NodeImport) throws(OnnxError) -> any ElementwiseOperation {
    ThresholdedReLU(threshold: try node.float("alpha", default: 1))
  }
}

/// ONNX `Gelu`, from opset 20.
enum GeluImport: ElementwiseImport {
  static let name = "Gelu"

  static func operation(_ node: NodeImport) throws(OnnxError) -> any ElementwiseOperation {
    switch try node.string("approximate", default: "none") {
    case "none": Gelu()
    case "tanh": Gelu(approximate: true)
    case let other: throw node.invalid("there is no approximation \"\(OnnxNode.shown(other))\"")
    }
  }
}

/// onnxruntime's `Gelu`, which exporters used before opset 20.
enum ContribGeluImport: ElementwiseImport {
  static let name = "Gelu"
  static let domain = "com.microsoft"

  static func operation(_ node: NodeImport) throws(OnnxError) -> any ElementwiseOperation { Gelu() }
}
