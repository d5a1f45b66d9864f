/// Embeddings as stored: float32, little-endian, back to back.
enum EmbeddingCoding {
  static func encode(_ values: [Float]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: values.count * 4) { bytes, count in
      let raw = UnsafeMutableRawBufferPointer(bytes)
      for (index, value) in values.enumerated() {
        raw.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: index * 4, as: UInt32.self)
      }
      count = values.count * 4
    }
  }

  /// Reads `bytes.count / 4` values into memory of that many.
  static func decode(_ bytes: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>) {
    for index in 0..<min(values.count, bytes.count / 4) {
      let bits = bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
      values[index] = Float(bitPattern: UInt32(littleEndian: bits))
    }
  }

  /// Scales a vector to length 1; `false` when it is shorter than `leastLength`, or holds a value that is not finite.
  static func normalize(_ values: UnsafeMutableBufferPointer<Float>, leastLength: Double = 1e-12) -> Bool {
    var sum = 0.0
    for value in values { sum += Double(value) * Double(value) }
    let length = sum.squareRoot()
    guard length.isFinite, length >= leastLength else { return false }
    let scale = 1 / length
    for index in values.indices { values[index] = Float(Double(values[index]) * scale) }
    return true
  }
}
