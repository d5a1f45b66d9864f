import CImageCodecs

/// Writes pictures as JPEG and PNG files.
package enum ImageEncoder {
  /// The picture as a baseline JPEG.
  ///
  /// - Parameter quality: 1 to 100, as libjpeg counts; values outside are clamped. From 90 on colour keeps its full
  ///   resolution, so that thin coloured lines stay sharp.
  ///
  /// Throws: `encodingFailed` when a side is longer than 65,500 pixels, `outOfMemory`.
  package static func jpeg(_ image: Image, quality: Int = 90) throws(ImageError) -> [UInt8] {
    let quality = min(max(quality, 1), 100)
    let fullChroma: Int32 = quality >= 90 ? 1 : 0
    return try encode(image, .jpeg, guess: image.pixels.count / 4) { rgb, width, height, out, capacity, size, message in
      fic_jpeg_encode(rgb, width, height, Int32(clamping: quality), fullChroma, out, capacity, size, message)
    }
  }

  /// The picture as a 24-bit PNG.
  ///
  /// Throws: `encodingFailed`, `outOfMemory`.
  package static func png(_ image: Image) throws(ImageError) -> [UInt8] {
    try encode(image, .png, guess: image.pixels.count, fic_png_encode)
  }

  private typealias Encoder = (
    UnsafePointer<UInt8>?, UInt32, UInt32, UnsafeMutablePointer<UInt8>?, Int, UnsafeMutablePointer<Int>?,
    UnsafeMutablePointer<fic_message>?
  ) -> fic_status

  /// Calls `encoder` with room for `guess` bytes and more, and with four times as much until the file fits.
  private static func encode(
    _ image: Image, _ format: ImageFormat, guess: Int, _ encoder: Encoder
  ) throws(ImageError) -> [UInt8] {
    let largest = image.pixels.count * 4 + 65_536
    var capacity = guess + 65_536
    while true {
      var outcome = (status: fic_status.bufferFull, message: "")
      let file = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
        var written = 0
        outcome = CodecCall.run { message in
          image.pixels.withUnsafeBufferPointer { rgb in
            encoder(
              rgb.baseAddress, UInt32(clamping: image.width), UInt32(clamping: image.height), output.baseAddress,
              capacity, &written, message)
          }
        }
        count = outcome.status == .ok ? written : 0
      }
      if outcome.status == .bufferFull, capacity < largest {
        capacity = min(capacity * 4, largest)
        continue
      }
      if let error = CodecCall.encodingError(outcome.status, outcome.message, format) { throw error }
      return file
    }
  }
}
