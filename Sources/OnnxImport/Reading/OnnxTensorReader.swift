import Tensors

/// Reads a `TensorProto`: dimensions, type and values in any of the places the format allows.
struct OnnxTensorReader {
  let budget: ReadingBudget

  func named(_ message: ProtobufReader) throws(OnnxError) -> (name: String, tensor: OnnxTensor) {
    try budget.spend(160)
    var reader = message
    var (name, code, isExternal) = ("", Int64(0), false)
    var (dimensions, integers): ([Int64], [Int64]) = ([], [])
    var (floats, doubles): ([Float], [Float]) = ([], [])
    var raw: OnnxBytes?
    var hasStrings = false
    while let field = try reader.next() {
      switch field.number {
      case 1: try field.append(to: &dimensions, budget)
      case 2: code = try field.int64()
      case 3: throw OnnxError(.unsupported, "The ONNX file has a tensor in segments; none is known to write them.")
      case 4: try field.append(to: &floats, budget)
      case 5, 7, 11: try field.append(to: &integers, budget)
      case 6: hasStrings = true
      case 8: name = try field.text(budget)
      case 9: raw = try field.bytes()
      case 10: try field.append(doublesTo: &doubles, budget)
      case 13: isExternal = true
      case 14: isExternal = try field.int64() == 1 || isExternal
      default: break
      }
    }
    let shown = OnnxNode.shown(name)
    guard !isExternal else {
      throw OnnxError(
        .unsupported,
        "The ONNX file keeps weights (\"\(shown)\") in another file; save it with all weights inside "
          + "(onnx.save_model(model, path, save_as_external_data=False)).")
    }
    guard let elementType = Int(exactly: code).flatMap(OnnxElementType.init) else {
      throw OnnxError(.unsupported, "The tensor \"\(shown)\" has the element type \(code), which is not known.")
    }
    guard let shape = Self.shape(dimensions) else {
      throw OnnxError(
        .invalid,
        "The tensor \"\(shown)\" has impossible dimensions (\(dimensions.prefix(8).map(String.init).joined(separator: "x")))."
      )
    }
    if hasStrings || elementType == .string {
      return (name, OnnxTensor([], shape: [0], elementType: .string))
    }
    if let raw {
      do {
        return (name, try OnnxTensor(raw: raw, shape: shape, elementType: elementType))
      } catch {
        throw OnnxError(error.code, "\(error.message) It is \"\(shown)\".")
      }
    }
    return (name, try tensor(shown, shape, elementType, integers: integers, floats: floats, doubles: doubles))
  }

  private func tensor(
    _ name: String, _ shape: Shape, _ type: OnnxElementType, integers: [Int64], floats: [Float], doubles: [Float]
  ) throws(OnnxError) -> OnnxTensor {
    func check(_ count: Int) throws(OnnxError) {
      guard count == shape.count else {
        throw OnnxError(.invalid, "The tensor \"\(name)\" of \(shape) has \(count) values.")
      }
    }
    switch type {
    case .float:
      try check(floats.count)
      return OnnxTensor(Tensor(shape: shape, values: floats))
    case .double:
      try check(doubles.count)
      return OnnxTensor(Tensor(shape: shape, values: doubles), elementType: .double)
    case .float16, .bfloat16:
      // Their bits are stored as whole numbers.
      try check(integers.count)
      let values = integers.map { bits in
        let bits = UInt16(truncatingIfNeeded: bits)
        return type == .float16 ? OnnxElementType.half(bits) : Float(bitPattern: UInt32(bits) << 16)
      }
      return OnnxTensor(Tensor(shape: shape, values: values), elementType: type)
    case .uint8, .int8, .uint16, .int16, .int32, .int64, .bool, .uint32, .uint64:
      try check(integers.count)
      return OnnxTensor(integers, shape: shape, elementType: type)
    case .string:
      throw OnnxError(.unsupported, "The tensor \"\(name)\" holds strings.")
    }
  }

  /// Largest number of elements of one tensor: 2 GiB of float32.
  private static let maxElements = 1 << 29

  private static func shape(_ dimensions: [Int64]) -> Shape? {
    guard dimensions.count <= 16 else { return nil }
    return Shape(untrusted: dimensions.map { Int($0) }, limit: maxElements)
  }
}
