/// Writes the parts of PNG files that no encoder would make.
enum PNGFile {
  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// A file that claims a size and has hardly any pixels.
  static func bytes(width: Int, height: Int) -> [UInt8] {
    let pixels: [UInt8] = [0x78, 0x9C, 0x63, 0x60, 0x60, 0x60, 0x00, 0x00, 0x00, 0x04, 0x00, 0x01]
    return signature + chunk("IHDR", number(width) + number(height) + [8, 2, 0, 0, 0]) + chunk("IDAT", pixels)
      + chunk("IEND", [])
  }

  /// The file with an EXIF orientation, 1 to 8, stated behind its header.
  static func oriented(_ file: [UInt8], _ orientation: UInt8) -> [UInt8] {
    let headerEnd = 8 + 25
    return file.prefix(headerEnd) + chunk("eXIf", Exif.block(orientation)) + file.dropFirst(headerEnd)
  }

  private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + data
    return number(data.count) + body + number(Int(checksum(body)))
  }

  private static func number(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// CRC-32 as PNG defines it.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
    }
    return ~crc
  }
}

/// The metadata that says how a camera was held.
enum Exif {
  /// A TIFF block with nothing but the orientation.
  static func block(_ orientation: UInt8) -> [UInt8] {
    Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
  }

  /// A JPEG with an orientation stated behind its start.
  static func jpeg(_ file: [UInt8], _ orientation: UInt8) -> [UInt8] {
    let body = Array("Exif".utf8) + [0, 0] + block(orientation)
    return file.prefix(2) + [0xFF, 0xE1, 0, UInt8(body.count + 2)] + body + file.dropFirst(2)
  }
}
