internal import FoundationEssentials
package import Tensors

extension Safetensors {
  /// The bytes of a file with these tensors: floats as F32, whole numbers as I64, and `metadata` as text by name.
  ///
  /// The same tensors and metadata always give the same bytes. The header is padded with spaces to whole multiples of
  /// 8 bytes, so that a reader may map the numbers.
  ///
  /// Throws: ``WeightFileError`` `unsupported` when a name is not valid for a header (`__metadata__`).
  package static func encode(_ tensors: NamedTensors, metadata: [String: String] = [:]) throws(WeightFileError)
    -> [UInt8]
  {
    var entries: [String: WrittenEntry] = [:]
    var data: [UInt8] = []
    // Whole numbers first: theirs are the wider elements, and the order keeps every run aligned to its element.
    for name in tensors.integerNames {
      guard let tensor = tensors.integers(name) else { continue }
      let begin = data.count
      for value in tensor.values { withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) } }
      entries[name] = WrittenEntry(dtype: "I64", shape: tensor.shape.dimensions, data_offsets: [begin, data.count])
    }
    for name in tensors.names {
      guard let tensor = tensors[name] else { continue }
      let begin = data.count
      tensor.withUnsafeBuffer { values in
        data.reserveCapacity(data.count + values.count * 4)
        for value in values {
          withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
        }
      }
      entries[name] = WrittenEntry(dtype: "F32", shape: tensor.shape.dimensions, data_offsets: [begin, data.count])
    }
    guard entries[SafetensorsHeader.metadataKey] == nil else {
      throw WeightFileError(.unsupported, "A tensor may not be called \(SafetensorsHeader.metadataKey).")
    }
    var header = try json(WrittenHeader(entries: entries, metadata: metadata))
    header.append(contentsOf: repeatElement(0x20, count: (8 - header.count % 8) % 8))
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header + data
  }

  private static func json(_ header: WrittenHeader) throws(WeightFileError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(header))
    } catch {
      throw WeightFileError(.unsupported, "The header cannot be written as JSON.")
    }
  }
}

/// One tensor of a header that is being written; members as the format calls them.
private struct WrittenEntry: Encodable {
  let dtype: String
  let shape: [Int]
  // swift-format-ignore: AlwaysUseLowerCamelCase
  let data_offsets: [Int]
}

private struct WrittenHeader: Encodable {
  let entries: [String: WrittenEntry]
  let metadata: [String: String]

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    if !metadata.isEmpty { try container.encode(metadata, forKey: Name(stringValue: SafetensorsHeader.metadataKey)) }
    for (name, entry) in entries { try container.encode(entry, forKey: Name(stringValue: name)) }
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
