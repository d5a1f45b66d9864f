/// The kind of picture file that some bytes are, told from their first bytes alone.
package enum ImageFormat: String, Equatable, Sendable, CaseIterable {
  case jpeg, png, webp, heic, avif, gif, bmp, tiff, unknown

  /// What people call the format.
  package var name: String {
    switch self {
    case .jpeg: "JPEG"
    case .png: "PNG"
    case .webp: "WebP"
    case .heic: "HEIC"
    case .avif: "AVIF"
    case .gif: "GIF"
    case .bmp: "BMP"
    case .tiff: "TIFF"
    case .unknown: "unknown"
    }
  }

  /// Sniffs the format. A JPEG needs two bytes, a PNG its eight-byte signature.
  package static func sniff(_ bytes: UnsafeRawBufferPointer) -> ImageFormat {
    let reader = ByteReader(bytes: bytes)
    if reader.matches([0xFF, 0xD8]) { return .jpeg }
    if reader.matches(pngSignature) { return .png }
    if reader.matches("RIFF".utf8), reader.matches("WEBP".utf8, at: 8) { return .webp }
    if reader.matches("GIF87a".utf8) || reader.matches("GIF89a".utf8) { return .gif }
    if [[0x49, 0x49, 42, 0], [0x49, 0x49, 43, 0], [0x4D, 0x4D, 0, 42], [0x4D, 0x4D, 0, 43]].contains(where: {
      reader.matches($0)
    }) {
      return .tiff
    }
    // "BM" alone is too common; the length of the header that follows must be one that exists.
    if reader.matches("BM".utf8), let header = ByteReader(bytes: bytes, littleEndian: true).uint32(14),
      [12, 16, 40, 52, 56, 64, 108, 124].contains(header)
    {
      return .bmp
    }
    return sniffBrand(reader) ?? .unknown
  }

  static let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// ISO base media files (ISO/IEC 14496-12): a `ftyp` box with a major brand, a version and compatible brands.
  private static func sniffBrand(_ reader: ByteReader) -> ImageFormat? {
    guard reader.matches("ftyp".utf8, at: 4), let size = reader.uint32(0) else { return nil }
    let end = min(size, reader.count, 256)
    let offsets = [8] + Array(stride(from: 16, to: max(16, end - 3), by: 4))
    if ["avif", "avis"].contains(where: { brand in offsets.contains { reader.matches(brand.utf8, at: $0) } }) {
      return .avif
    }
    let heicBrands = ["heic", "heix", "hevc", "hevx", "heim", "heis", "hevm", "hevs", "mif1", "msf1"]
    return heicBrands.contains { brand in offsets.contains { reader.matches(brand.utf8, at: $0) } } ? .heic : nil
  }
}
