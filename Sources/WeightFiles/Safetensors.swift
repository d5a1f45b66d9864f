/// Reads safetensors files: a length (8 bytes), a JSON header, then the tensors' bytes without gaps.
/// Reference: the format description of huggingface/safetensors.
package enum Safetensors {
  /// No header is longer, in bytes.
  package static let maximumHeaderBytes = 8 << 20

  /// The tensors of a file, in the order in which their bytes lie.
  ///
  /// F32, F16, BF16 and F64 become float32; BOOL, U8 and I8 to I64 are kept as integers; others are `unsupported`.
  /// Throws: ``WeightFileError``, for any bytes that are not a sound file.
  package static func read(_ bytes: [UInt8]) throws(WeightFileError) -> NamedTensors {
    var reader = ByteReader(bytes)
    let length = try reader.size64()
    guard length <= maximumHeaderBytes else {
      throw WeightFileError(.tooLarge, "The header of \(length) bytes is longer than \(maximumHeaderBytes).")
    }
    let header = try reader.range(length)
    guard bytes[header].first == 0x7b else {
      throw WeightFileError(.badMagic, "The file is not a safetensors file: its header does not begin with a brace.")
    }
    var tensors = NamedTensors()
    var budget = TensorBudget(fileBytes: bytes.count)
    var expected = 0
    for entry in try SafetensorsHeader.decode(bytes[header]) {
      guard entry.begin == expected, entry.end >= entry.begin, entry.end <= reader.remaining else {
        throw WeightFileError(
          entry.end > reader.remaining ? .truncated : .badStructure,
          "Tensor \(quoted(entry.name)) claims bytes \(entry.begin) to \(entry.end) of \(reader.remaining), "
            + "with \(expected) due next.")
      }
      expected = entry.end
      let type = try entry.type()
      guard try entry.byteCount(type) == entry.end - entry.begin else {
        throw WeightFileError(
          .badStructure, "Tensor \(quoted(entry.name)) of shape \(entry.shape) does not fit its part of the file.")
      }
      let view = StoredTensor(type: type, offset: 0, dimensions: entry.shape, strides: nil)
      let part = (reader.position + entry.begin)..<(reader.position + entry.end)
      try view.unpack(bytes, storage: part, as: entry.name, budget: &budget, into: &tensors)
    }
    guard expected == reader.remaining else {
      throw WeightFileError(.badStructure, "\(reader.remaining - expected) bytes at the end belong to no tensor.")
    }
    return tensors
  }

  /// The text by name that a file carries beside its tensors; empty where it has none, or is not sound.
  package static func metadata(_ bytes: [UInt8]) -> [String: String] {
    var reader = ByteReader(bytes)
    guard let length = try? reader.size64(), length <= maximumHeaderBytes, let header = try? reader.range(length)
    else { return [:] }
    return SafetensorsHeader.metadata(bytes[header])
  }
}
