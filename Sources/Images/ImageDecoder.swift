import CImageCodecs

/// What a picture may cost; checked against its header before anything of its size is allocated.
package struct DecodeLimits: Equatable, Sendable {
  /// The most pixels a picture may have, as stored.
  package var maxPixels: Int
  /// The longest side a picture may have, in pixels.
  package var maxSide: Int
  /// The most bytes libjpeg may hold beside the pixels, chiefly the coefficients of progressive JPEGs.
  package var maxWorkingBytes: Int

  package init(maxPixels: Int = 40_000_000, maxSide: Int = 65_500, maxWorkingBytes: Int = 512 << 20) {
    self.maxPixels = maxPixels
    self.maxSide = maxSide
    self.maxWorkingBytes = maxWorkingBytes
  }

  /// Throws: `tooLarge` when a picture of this size is over the limits, `badGeometry` when a side is not positive.
  func check(width: Int, height: Int) throws(ImageError) {
    guard width > 0, height > 0 else {
      throw ImageError(.badGeometry, "A picture cannot be \(width) x \(height) pixels.")
    }
    guard width <= maxSide, height <= maxSide else {
      throw ImageError(
        .tooLarge, "The picture is \(width) x \(height) pixels; no side may be longer than \(maxSide).")
    }
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    guard !overflow, pixels <= maxPixels else {
      throw ImageError(
        .tooLarge, "The picture is \(width) x \(height) pixels; at most \(maxPixels) pixels are accepted.")
    }
  }
}

/// A decoded picture and how it relates to the one that was sent.
package struct DecodedImage: Sendable {
  /// The upright picture, at `scale` times its full size.
  package let image: Image
  package let format: ImageFormat
  /// Width of the upright picture before scaling, in pixels.
  package let fullWidth: Int
  /// Height of the upright picture before scaling, in pixels.
  package let fullHeight: Int
  /// 1, 1/2, 1/4 or 1/8. A point of `image` divided by it is a point of the full picture (pixel edges, not centres).
  package let scale: Double
}

/// Turns JPEG and PNG files, and raw pixels, into upright pictures.
///
/// - JPEG: baseline and progressive; grey, colour, CMYK and YCCK (inverted ink, as Adobe writes it). Colour profiles are
///   ignored. A JPEG with damaged or missing image data is an error, never a grey-bottomed picture; harmless oddities
///   (stray bytes between segments, unknown versions) are not. One exception: a single-scan JPEG that lacks nothing but
///   its end-of-image marker, as some cameras write it, decodes.
/// - PNG: all colour types and depths, interlaced too. Transparency is blended over white in the stored values, 16 bits
///   are rounded to 8, gamma and profiles are ignored. A wrong checksum in any needed chunk, or a missing end, is an
///   error.
package enum ImageDecoder {
  /// Reads a picture's header: format, size as stored, orientation.
  ///
  /// Throws: `unsupported` for other picture formats, `undecodable` for anything else.
  package static func header(of bytes: UnsafeRawBufferPointer) throws(ImageError) -> ImageHeader {
    try ImageHeader(bytes)
  }

  /// Decodes a JPEG or PNG.
  ///
  /// - Parameter minimumShortSide: lets a JPEG be decoded at 1/2, 1/4 or 1/8 of its size, whichever is smallest while
  ///   its short side keeps at least this many pixels. `nil` decodes at full size. The limits hold for the full size.
  ///
  /// Throws: `unsupported`, `tooLarge`, `undecodable` or `outOfMemory`.
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, limits: DecodeLimits = DecodeLimits(), minimumShortSide: Int? = nil
  ) throws(ImageError) -> DecodedImage {
    let header = try ImageHeader(bytes)
    try limits.check(width: header.width, height: header.height)
    let denominator =
      header.format == .jpeg ? Self.denominator(min(header.width, header.height), minimumShortSide) : 1
    let width = (header.width + denominator - 1) / denominator
    let height = (header.height + denominator - 1) / denominator
    let stored = try pixels(bytes, header.format, width, height, denominator, limits)
    let swaps = header.orientation.swapsSides
    return DecodedImage(
      image: header.orientation.upright(stored), format: header.format,
      fullWidth: swaps ? header.height : header.width, fullHeight: swaps ? header.width : header.height,
      scale: 1 / Double(denominator))
  }

  /// `decode` for bytes in an array.
  package static func decode(
    _ bytes: [UInt8], limits: DecodeLimits = DecodeLimits(), minimumShortSide: Int? = nil
  ) throws(ImageError) -> DecodedImage {
    try bytes.withUnsafeBytes { buffer in
      Result { () throws(ImageError) in
        try decode(buffer, limits: limits, minimumShortSide: minimumShortSide)
      }
    }.get()
  }

  private static func denominator(_ shortSide: Int, _ minimum: Int?) -> Int {
    guard let minimum else { return 1 }
    return [8, 4, 2].first { (shortSide + $0 - 1) / $0 >= max(minimum, 1) } ?? 1
  }

  /// How many scans a progressive JPEG may have: usual files have about 10; each costs a pass over the whole picture.
  private static func maxScans(_ pixels: Int) -> Int {
    min(500, max(50, 2_000_000_000 / max(pixels, 1)))
  }

  private static func pixels(
    _ bytes: UnsafeRawBufferPointer, _ format: ImageFormat, _ width: Int, _ height: Int, _ denominator: Int,
    _ limits: DecodeLimits
  ) throws(ImageError) -> Image {
    let size = width * height * 3
    var outcome = (status: fic_status.truncated, message: "")
    let pixels = [UInt8](unsafeUninitializedCapacity: size) { output, count in
      guard let input = bytes.bindMemory(to: UInt8.self).baseAddress, let rgb = output.baseAddress else { return }
      outcome = CodecCall.run { message in
        if format == .png {
          return fic_png_decode(input, bytes.count, UInt32(clamping: width), UInt32(clamping: height), rgb, message)
        }
        var request = fic_jpeg_request(
          denominator: Int32(clamping: denominator), width: UInt32(clamping: width), height: UInt32(clamping: height),
          max_memory: max(0, limits.maxWorkingBytes),
          max_scans: Int32(clamping: maxScans(width * height * denominator * denominator)))
        return fic_jpeg_decode(input, bytes.count, &request, rgb, message)
      }
      count = outcome.status == .ok ? size : 0
    }
    if let error = CodecCall.decodingError(outcome.status, outcome.message, format) { throw error }
    return Image(width: width, height: height, pixels: pixels)
  }
}
