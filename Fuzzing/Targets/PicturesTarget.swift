internal import Images

/// What must hold of any picture that decodes.
enum PictureCheck {
  /// Few pixels, so that rounds are quick. An allocation is at most four bytes a pixel, and a decoder's own tables.
  static let limits = DecodeLimits(maxPixels: 1 << 18, maxSide: 4096, maxWorkingBytes: 16 << 20)

  /// Decodes at full and at reduced size.
  static func run(_ bytes: [UInt8]) throws {
    let header = bytes.withUnsafeBytes { buffer in
      Result { () throws(ImageError) in try ImageDecoder.header(of: buffer) }
    }
    guard let full = try decode(bytes, minimumShortSide: nil) else { return }
    let stored = try header.get()
    try FuzzFinding.unless(full.scale == 1, "a full decoding is scaled")
    let swaps = stored.orientation.swapsSides
    try FuzzFinding.unless(
      full.image.width == (swaps ? stored.height : stored.width)
        && full.image.height == (swaps ? stored.width : stored.height), "header and picture differ in size")
    if stored.format == .jpeg, let reduced = try decode(bytes, minimumShortSide: 8) {
      let expected = [full.fullWidth, full.fullHeight].map { Int((Double($0) * reduced.scale).rounded(.up)) }
      try FuzzFinding.unless(
        expected == [reduced.image.width, reduced.image.height], "a reduced picture has another size than it says")
    }
    // PNG keeps every pixel; a JPEG of them at least its size.
    guard full.image.pixels.count <= 3 << 14 else { return }
    let png = try ImageDecoder.decode(ImageEncoder.png(full.image))
    try FuzzFinding.unless(png.image.pixels == full.image.pixels, "a picture is another after it was written and read")
    let jpeg = try ImageDecoder.decode(ImageEncoder.jpeg(full.image, quality: 50))
    try FuzzFinding.unless(
      jpeg.image.width == full.image.width && jpeg.image.height == full.image.height, "a JPEG has another size")
  }

  private static func decode(_ bytes: [UInt8], minimumShortSide: Int?) throws -> DecodedImage? {
    do {
      let decoded = try ImageDecoder.decode(bytes, limits: limits, minimumShortSide: minimumShortSide)
      try FuzzFinding.unless(decoded.fullWidth * decoded.fullHeight <= limits.maxPixels, "a picture over the limits")
      return decoded
    } catch let error as ImageError {
      try FuzzFinding.unless(error.message.hasSuffix("."), "an error is no sentence: \(error)")
      try FuzzFinding.unless(error.code != .badGeometry, "a file's fault is the caller's: \(error)")
      return nil
    }
  }
}
