extension FuzzTarget {
  /// PNG files as they are, and again with every chunk's checksum put right, without which hardly any damage gets past
  /// the first look.
  static let png = FuzzTarget("png", maxBytes: 8192, largestAllocation: 32) { bytes in
    try PictureCheck.run(bytes)
    let repaired = PNGChecksums.repaired(bytes)
    if repaired != bytes { try PictureCheck.run(repaired) }
  }
}

/// The checksums of a PNG's chunks.
enum PNGChecksums {
  /// The file with the checksum of each chunk that lies within it made right.
  static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    var start = 8
    while start + 12 <= bytes.count {
      let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - start - 12 else { break }
      let end = start + 8 + length
      let sum = checksum(bytes[start + 4..<end])
      for place in 0..<4 { bytes[end + place] = UInt8(truncatingIfNeeded: sum >> UInt32(24 - 8 * place)) }
      start = end + 4
    }
    return bytes
  }

  /// CRC-32 of every value of a byte, as PNG defines it.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
  }

  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    ~bytes.reduce(UInt32.max) { crc, byte in table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8) }
  }
}
