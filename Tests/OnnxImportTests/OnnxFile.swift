/// Builds ONNX files byte by byte, sound or not.
struct OnnxFile {
  private(set) var bytes: [UInt8] = []

  mutating func varint(_ field: Int, _ value: Int64) {
    key(field, 0)
    number(UInt64(bitPattern: value))
  }

  mutating func message(_ field: Int, _ content: OnnxFile) {
    key(field, 2)
    number(UInt64(content.bytes.count))
    bytes += content.bytes
  }

  mutating func text(_ field: Int, _ value: String) {
    var content = OnnxFile()
    content.bytes = Array(value.utf8)
    message(field, content)
  }

  mutating func data(_ field: Int, _ value: [UInt8]) {
    var content = OnnxFile()
    content.bytes = value
    message(field, content)
  }

  mutating func float(_ field: Int, _ value: Float) {
    key(field, 5)
    for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(shift))) }
  }

  private mutating func key(_ field: Int, _ kind: UInt64) { number(UInt64(field) << 3 | kind) }

  private mutating func number(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

extension OnnxFile {
  enum Attribute {
    case int(Int64)
    case ints([Int64])
    case float(Float)
    case text(String)
  }

  static func node(
    _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [(String, Attribute)] = [],
    domain: String = ""
  ) -> OnnxFile {
    var node = OnnxFile()
    for input in inputs { node.text(1, input) }
    for output in outputs { node.text(2, output) }
    node.text(3, "\(type.lowercased())_of_\(outputs.first ?? "")")
    node.text(4, type)
    for (name, value) in attributes {
      var attribute = OnnxFile()
      attribute.text(1, name)
      switch value {
      case .int(let number):
        attribute.varint(3, number)
        attribute.varint(20, 2)
      case .ints(let numbers):
        for number in numbers { attribute.varint(8, number) }
        attribute.varint(20, 7)
      case .float(let number):
        attribute.float(2, number)
        attribute.varint(20, 1)
      case .text(let text):
        attribute.text(4, text)
        attribute.varint(20, 3)
      }
      node.message(5, attribute)
    }
    if !domain.isEmpty { node.text(7, domain) }
    return node
  }

  /// A tensor with its values as raw bytes, zeros unless given; `type` by ONNX's numbers.
  static func tensor(_ name: String, type: Int64, _ dimensions: [Int64], raw: [UInt8]) -> OnnxFile {
    var tensor = OnnxFile()
    for dimension in dimensions { tensor.varint(1, dimension) }
    tensor.varint(2, type)
    tensor.text(8, name)
    tensor.data(9, raw)
    return tensor
  }

  /// A tensor of 64-bit whole numbers.
  static func integers(_ name: String, _ values: [Int64]) -> OnnxFile {
    let raw = values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> Int64(8 * $0)) } }
    return tensor(name, type: 7, [Int64(values.count)], raw: raw)
  }

  /// A tensor of float32 zeros.
  static func zeros(_ name: String, _ dimensions: [Int64]) -> OnnxFile {
    tensor(name, type: 1, dimensions, raw: [UInt8](repeating: 0, count: Int(dimensions.reduce(4, *))))
  }

  /// A whole file with the input `x` of four dimensions, free unless `input` fixes them, and the output `y`.
  static func model(
    _ nodes: [OnnxFile], initializers: [OnnxFile] = [], opset: Int64 = 13, input: [Int64]? = nil
  ) -> [UInt8] {
    func info(_ name: String, _ dimensions: [String], fixed: [Int64]? = nil) -> OnnxFile {
      var shape = OnnxFile()
      for (index, dimension) in dimensions.enumerated() {
        var entry = OnnxFile()
        if let fixed { entry.varint(1, fixed[index]) } else { entry.text(2, dimension) }
        shape.message(1, entry)
      }
      var tensor = OnnxFile()
      tensor.varint(1, 1)
      if !dimensions.isEmpty { tensor.message(2, shape) }
      var type = OnnxFile()
      type.message(1, tensor)
      var info = OnnxFile()
      info.text(1, name)
      info.message(2, type)
      return info
    }
    var graph = OnnxFile()
    for node in nodes { graph.message(1, node) }
    graph.text(2, "graph")
    for initializer in initializers { graph.message(5, initializer) }
    graph.message(11, info("x", ["n", "c", "h", "w"], fixed: input))
    graph.message(12, info("y", []))
    var version = OnnxFile()
    version.text(1, "")
    version.varint(2, opset)
    var model = OnnxFile()
    model.varint(1, 8)
    model.message(7, graph)
    model.message(8, version)
    return model.bytes
  }
}
