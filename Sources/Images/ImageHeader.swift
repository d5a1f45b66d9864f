import CImageCodecs

/// What the first bytes of a picture file say about it, read without decoding or allocating pixels.
package struct ImageHeader: Equatable, Sendable {
  /// `jpeg` or `png`.
  package let format: ImageFormat
  /// Width in pixels as stored, before the orientation is applied.
  package let width: Int
  /// Height in pixels as stored, before the orientation is applied.
  package let height: Int
  /// How the stored picture lies.
  package let orientation: Orientation

  /// Reads the header of a JPEG or PNG.
  ///
  /// Throws: `unsupported` with the format's name for other picture files, `undecodable` for anything else.
  init(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    format = ImageFormat.sniff(bytes)
    switch format {
    case .jpeg: (width, height) = try Self.jpegSize(bytes)
    case .png: (width, height) = try Self.pngSize(bytes)
    case .webp, .heic, .avif, .gif, .bmp, .tiff:
      throw ImageError(
        .unsupported, "This is a \(format.name) image; send JPEG or PNG, or raw pixels as image/x-rgb.")
    case .unknown: throw Self.unknownError(bytes)
    }
    orientation = ExifReader.orientation(bytes, format)
  }

  private static func jpegSize(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> (Int, Int) {
    var info = fic_jpeg_info()
    let (status, message) = CodecCall.run { message in
      guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return fic_status.truncated }
      return fic_jpeg_header(base, bytes.count, &info, message)
    }
    if let error = CodecCall.decodingError(status, message, .jpeg) { throw error }
    return (Int(info.width), Int(info.height))
  }

  /// A PNG begins with its signature and the IHDR chunk: length 13, type, width, height.
  private static func pngSize(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> (Int, Int) {
    let reader = ByteReader(bytes: bytes)
    guard let width = reader.uint32(16), let height = reader.uint32(20) else {
      throw ImageError(.undecodable, "The PNG data ends early (inside its header).")
    }
    guard reader.uint32(8) == 13, reader.matches("IHDR".utf8, at: 12), width > 0, height > 0 else {
      throw ImageError(.undecodable, "The PNG data is damaged (its header is invalid).")
    }
    return (width, height)
  }

  private static func unknownError(_ bytes: UnsafeRawBufferPointer) -> ImageError {
    if bytes.isEmpty { return ImageError(.undecodable, "The image is empty: it has 0 bytes.") }
    if ByteReader(bytes: bytes).matches("PNG".utf8, at: 1) {
      return ImageError(
        .undecodable, "The PNG signature is damaged, as it is after a transfer in text mode; send the bytes unchanged.")
    }
    let digits = Array("0123456789abcdef")
    let start = bytes.prefix(8).map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined(separator: " ")
    return ImageError(.undecodable, "This is no image format the worker knows; it begins with \(start).")
  }
}
