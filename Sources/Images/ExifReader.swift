/// Finds the orientation tag in JPEG and PNG files. Everything is bounds-checked, and whatever is odd reads as upright:
/// metadata never makes a picture undecodable.
///
/// Sources: Exif 2.32 section 4.5 (APP1), TIFF 6.0 section 2, PNG third edition section 11.3.4.5 (eXIf).
enum ExifReader {
  /// The orientation a JPEG or PNG states.
  static func orientation(_ bytes: UnsafeRawBufferPointer, _ format: ImageFormat) -> Orientation {
    let block =
      switch format {
      case .jpeg: jpegBlock(ByteReader(bytes: bytes))
      case .png: pngBlock(ByteReader(bytes: bytes))
      case .webp, .heic, .avif, .gif, .bmp, .tiff, .unknown: UnsafeRawBufferPointer?.none
      }
    guard let block, let value = orientationTag(block) else { return .upright }
    return Orientation(rawValue: value) ?? .upright
  }

  /// The TIFF block of the first `Exif` APP1 segment before the pixels.
  private static func jpegBlock(_ reader: ByteReader) -> UnsafeRawBufferPointer? {
    let identifier: [UInt8] = [0x45, 0x78, 0x69, 0x66, 0, 0]
    var offset = 2
    while let first = reader.byte(offset), let marker = reader.byte(offset + 1) {
      // Anything before 0xFF is stray, and any number of 0xFF may precede a marker.
      guard first == 0xFF, marker != 0xFF, marker != 0 else {
        offset += 1
        continue
      }
      if marker == 0x01 || (0xD0...0xD8).contains(marker) {
        offset += 2
        continue
      }
      // End of image, or start of scan: what follows is pixels.
      guard marker != 0xD9, marker != 0xDA, let length = reader.uint16(offset + 2), length >= 2 else { return nil }
      if marker == 0xE1, length >= 8, reader.matches(identifier, at: offset + 4) {
        return reader.slice(offset + 10, length - 8)
      }
      offset += 2 + length
    }
    return nil
  }

  /// The data of the first `eXIf` chunk, which may follow the pixels.
  private static func pngBlock(_ reader: ByteReader) -> UnsafeRawBufferPointer? {
    var offset = 8
    while let length = reader.uint32(offset), length <= 0x7FFF_FFFF {
      if reader.matches("eXIf".utf8, at: offset + 4) { return reader.slice(offset + 8, length) }
      if reader.matches("IEND".utf8, at: offset + 4) { return nil }
      offset += 12 + length
    }
    return nil
  }

  /// The value of tag 0x0112 in the first directory of a TIFF block.
  private static func orientationTag(_ block: UnsafeRawBufferPointer) -> Int? {
    var reader = ByteReader(bytes: block)
    guard let order = reader.uint16(0), order == 0x4949 || order == 0x4D4D else { return nil }
    reader.littleEndian = order == 0x4949
    guard reader.uint16(2) == 42, let directory = reader.uint32(4), let entries = reader.uint16(directory) else {
      return nil
    }
    for entry in 0..<entries {
      let offset = directory + 2 + 12 * entry
      guard let tag = reader.uint16(offset), let type = reader.uint16(offset + 2) else { return nil }
      guard tag == 0x0112 else { continue }
      // SHORT as the standard says; LONG and BYTE, as some writers do.
      return switch type {
      case 3: reader.uint16(offset + 8)
      case 4: reader.uint32(offset + 8)
      case 1: reader.byte(offset + 8)
      default: nil
      }
    }
    return nil
  }
}
