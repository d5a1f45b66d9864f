internal import FoundationEssentials

/// The JSON header of a safetensors file: an object with an entry for each tensor, and `__metadata__`, text by name.
struct SafetensorsHeader: Decodable {
  /// One tensor of the header.
  struct Entry {
    let name: String
    let typeName: String
    /// Dimensions, outermost first.
    let shape: [Int]
    /// First byte and one past the last, counted from the end of the header.
    let begin: Int
    let end: Int

    /// How the elements are stored.
    func type() throws(WeightFileError) -> ElementType {
      switch typeName {
      case "F16": .float16
      case "BF16": .bfloat16
      case "F32": .float32
      case "F64": .float64
      case "BOOL": .bool
      case "U8": .uint8
      case "I8": .int8
      case "I16": .int16
      case "I32": .int32
      case "I64": .int64
      default:
        throw WeightFileError(.unsupported, "Tensor \(quoted(name)) has elements of type \(quoted(typeName)).")
      }
    }

    /// The bytes the tensor takes by its shape.
    func byteCount(_ type: ElementType) throws(WeightFileError) -> Int {
      var bytes = type.size
      for dimension in shape {
        let (next, overflow) = bytes.multipliedReportingOverflow(by: dimension)
        guard !overflow, dimension >= 0 else {
          throw WeightFileError(.tooLarge, "The shape \(shape) of tensor \(quoted(name)) is out of range.")
        }
        bytes = next
      }
      return bytes
    }
  }

  /// The key that is no tensor but text by name.
  static let metadataKey = "__metadata__"

  private let entries: [Entry]
  private let metadata: [String: String]

  /// The entries of `header` in the order in which their bytes lie.
  static func decode(_ header: ArraySlice<UInt8>) throws(WeightFileError) -> [Entry] {
    do {
      return try JSONDecoder().decode(SafetensorsHeader.self, from: Data(header)).entries
        .sorted { ($0.begin, $0.end, $0.name) < ($1.begin, $1.end, $1.name) }
    } catch {
      throw WeightFileError(.badStructure, "The header is not the JSON of a safetensors file.")
    }
  }

  /// The text by name of `header`; empty where there is none, or none of the right form: no tensor depends on it.
  static func metadata(_ header: ArraySlice<UInt8>) -> [String: String] {
    (try? JSONDecoder().decode(SafetensorsHeader.self, from: Data(header)).metadata) ?? [:]
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    let text = container.allKeys.first { $0.stringValue == Self.metadataKey }
    metadata = text.flatMap { try? container.decode([String: String].self, forKey: $0) } ?? [:]
    entries = try container.allKeys.filter { $0.stringValue != Self.metadataKey }.map { key in
      let fields = try container.nestedContainer(keyedBy: Field.self, forKey: key)
      let offsets = try fields.decode([Int].self, forKey: .offsets)
      guard offsets.count == 2 else {
        throw DecodingError.dataCorruptedError(
          forKey: .offsets, in: fields, debugDescription: "Two offsets are needed.")
      }
      return Entry(
        name: key.stringValue, typeName: try fields.decode(String.self, forKey: .type),
        shape: try fields.decode([Int].self, forKey: .shape), begin: offsets[0], end: offsets[1])
    }
  }

  private enum Field: String, CodingKey {
    case type = "dtype"
    case shape
    case offsets = "data_offsets"
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
