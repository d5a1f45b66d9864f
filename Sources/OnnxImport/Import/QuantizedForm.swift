internal import Networks
internal import Tensors

/// Finds what a quantizer wrote as `DequantizeLinear`, a computation on floats, `QuantizeLinear`, and computes on the
/// whole numbers themselves instead, as onnxruntime does: only so do both agree where a value lies between two numbers.
///
/// The nodes in between stay where something else reads them, and are otherwise dropped from the finished graph.
enum QuantizedForm {
  /// Sets the output of a `QuantizeLinear` node; `false` when the computation before it has no such form here.
  static func add(_ quantize: NodeImport) throws(OnnxError) -> Bool {
    guard let output = parameters(quantize.node.inputs, quantize.state), output.isUniform, output.isByte,
      var producer = quantize.state.producers[quantize.node.inputs[0]], producer.domain.isEmpty
    else { return false }
    if producer.type == "Relu", let before = producer.inputs.first, output.startsAtZero,
      let activated = quantize.state.producers[before]
    {
      // Numbers start where the activation does.
      producer = activated
    }
    guard let form = form(of: producer, output: output, quantize) else { return false }
    let node = OnnxNode(
      name: producer.name, type: form.type, domain: "", inputs: form.inputs,
      outputs: Array(quantize.node.outputs.prefix(1)), attributes: producer.attributes)
    try form.operation.add(NodeImport(node: node, opset: quantize.opset, state: quantize.state))
    return true
  }

  private struct Form {
    let type: String
    let operation: any OperatorImport.Type
    let inputs: [String]
  }

  private static func form(of node: OnnxNode, output: Parameters, _ quantize: NodeImport) -> Form? {
    let state = quantize.state
    guard node.inputs.count >= 2, let a = dequantized(node.inputs[0], state), a.isUniform, a.isByte,
      let b = dequantized(node.inputs[1], state), b.isByte
    else { return nil }
    let target = output.names(from: 1)
    let shapes = (state.values[node.inputs[0]]?.shape ?? [], state.values[node.inputs[1]]?.shape ?? [])
    switch node.type {
    case "Conv":
      guard shapes.0.rank == 4, b.isConstant, b.isUniform || b.axis(rank: 4) == 0,
        let bias = bias(node, a, b, outputs: shapes.1[0], state)
      else { return nil }
      return Form(
        type: "QLinearConv", operation: QLinearConvImport.self,
        inputs: a.names(from: 0) + b.names(from: 0) + target + bias)
    case "Gemm":
      guard case .int(let transposes)? = node.attributes["transB"] ?? .int(0), b.isConstant, shapes.1.rank == 2,
        b.isUniform || b.axis(rank: 2) == (transposes == 0 ? 1 : 0), node.attributes["alpha"] == nil,
        node.attributes["beta"] == nil,
        let bias = bias(node, a, b, outputs: shapes.1[transposes == 0 ? 1 : 0], state)
      else { return nil }
      return Form(
        type: "QGemm", operation: QGemmImport.self,
        inputs: a.names(from: 0) + b.names(from: 0) + (bias.isEmpty ? [""] : bias) + target)
    case "MatMul":
      guard b.isUniform || (b.isConstant && shapes.1.rank == 2 && b.axis(rank: 2) == 1) else { return nil }
      return Form(
        type: "QLinearMatMul", operation: QLinearMatMulImport.self,
        inputs: a.names(from: 0) + b.names(from: 0) + target)
    case "Add", "Mul":
      guard b.isUniform, a.type == b.type, a.type == output.type else { return nil }
      return Form(
        type: "QLinear\(node.type)", operation: node.type == "Add" ? QLinearAddImport.self : QLinearMulImport.self,
        inputs: a.names(from: 0) + b.names(from: 0) + target)
    default: return nil
    }
  }

  /// The name of the third input as 32-bit numbers, `[]` when there is none, `nil` when it is something else. Its scale has
  /// to be that of the products.
  private static func bias(
    _ node: OnnxNode, _ a: Parameters, _ b: Parameters, outputs: Int, _ state: ImportState
  ) -> [String]? {
    guard node.inputs.count > 2, !node.inputs[2].isEmpty else { return [] }
    guard let bias = dequantized(node.inputs[2], state), bias.isConstant, bias.type == .int32,
      state.values[bias.inputs[0]]?.shape == [outputs], bias.zeroPoints.allSatisfy({ $0 == 0 }),
      bias.scales.count == 1 || bias.scales.count == outputs, b.scales.count == 1 || b.scales.count == outputs
    else { return nil }
    for index in 0..<max(bias.scales.count, b.scales.count) {
      let wanted = a.scales[0] * b.scales[b.scales.count == 1 ? 0 : index]
      let found = bias.scales[bias.scales.count == 1 ? 0 : index]
      guard abs(found - wanted) <= 1e-5 * wanted else { return nil }
    }
    return [bias.inputs[0]]
  }

  /// How a value was made of whole numbers, `nil` when it was not.
  private static func dequantized(_ name: String, _ state: ImportState) -> Parameters? {
    guard let node = state.producers[name], node.type == "DequantizeLinear",
      var parameters = parameters(node.inputs, state), case .int(0)? = node.attributes["block_size"] ?? .int(0)
    else { return nil }
    guard let numbers = state.values[node.inputs[0]] else { return nil }
    parameters.type = numbers.elementType
    if case .constant = numbers { parameters.isConstant = true }
    if case .int(let axis)? = node.attributes["axis"] { parameters.axis = Int(axis) }
    return parameters
  }

  /// The constants of a `QuantizeLinear` or `DequantizeLinear` node, `nil` when they are computed.
  private static func parameters(_ inputs: [String], _ state: ImportState) -> Parameters? {
    guard inputs.count >= 2, case .constant(let scale)? = state.values[inputs[1]], scale.shape.rank <= 1,
      let scales = try? scale.floats().values, !scales.isEmpty
    else { return nil }
    guard inputs.count > 2, !inputs[2].isEmpty else {
      return Parameters(inputs: Array(inputs.prefix(2)) + [""], scales: scales, zeroPoints: [0], type: .uint8)
    }
    guard case .constant(let zero)? = state.values[inputs[2]], zero.elementType.isInteger,
      let zeroPoints = try? zero.floats().values, zeroPoints.count == 1 || zeroPoints.count == scales.count
    else { return nil }
    return Parameters(
      inputs: Array(inputs.prefix(3)), scales: scales, zeroPoints: zeroPoints, type: zero.elementType)
  }

  private struct Parameters {
    /// The names of the numbers (or values), their scale and their zero point (or nothing).
    let inputs: [String]
    let scales: [Float]
    let zeroPoints: [Float]
    var type: OnnxElementType
    var axis = 1
    var isConstant = false

    var isUniform: Bool { scales.count == 1 && zeroPoints.count == 1 }
    var isByte: Bool { type == .uint8 || type == .int8 }
    /// Whether the smallest number stands for zero.
    var startsAtZero: Bool { zeroPoints[0] == (type == .uint8 ? 0 : -128) }

    func axis(rank: Int) -> Int { axis < 0 ? axis + rank : axis }
    func names(from first: Int) -> [String] { Array(inputs[first...]) }
  }
}
