/// How raw pixels are laid out: 8 bits a channel, interleaved.
package enum PixelFormat: String, Equatable, Sendable, CaseIterable {
  /// Red, green, blue: three bytes a pixel (`image/x-rgb`).
  case rgb
  /// One byte a pixel (`image/x-gray`).
  case gray

  /// Bytes a pixel takes.
  package var channels: Int {
    switch self {
    case .rgb: 3
    case .gray: 1
    }
  }
}

extension ImageDecoder {
  /// Takes raw pixels as a picture.
  ///
  /// - Parameter stride: bytes from one row to the next; without it rows follow each other directly. The last row may
  ///   leave its padding out.
  ///
  /// Throws: `badGeometry` when the numbers contradict one another or the byte count, `tooLarge` over the limits.
  package static func raw(
    _ bytes: UnsafeRawBufferPointer, pixelFormat: PixelFormat, width: Int, height: Int, stride: Int? = nil,
    limits: DecodeLimits = DecodeLimits()
  ) throws(ImageError) -> Image {
    try limits.check(width: width, height: height)
    let (row, rowOverflow) = width.multipliedReportingOverflow(by: pixelFormat.channels)
    let step = stride ?? row
    guard !rowOverflow, step >= row else {
      throw ImageError(
        .badGeometry, "A stride of \(step) bytes is shorter than a row of \(width) \(pixelFormat.rawValue) pixels.")
    }
    let (padded, paddedOverflow) = step.multipliedReportingOverflow(by: height)
    guard !paddedOverflow, bytes.count == padded || bytes.count == padded - (step - row) else {
      throw ImageError(
        .badGeometry,
        "\(width) x \(height) \(pixelFormat.rawValue) pixels in rows of \(step) bytes are not \(bytes.count) bytes.")
    }
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { output, count in
      guard let source = bytes.bindMemory(to: UInt8.self).baseAddress, let target = output.baseAddress else { return }
      for y in 0..<height {
        let from = source + y * step
        let to = target + y * width * 3
        switch pixelFormat {
        case .rgb:
          to.update(from: from, count: row)
        case .gray:
          for x in 0..<width {
            to[3 * x] = from[x]
            to[3 * x + 1] = from[x]
            to[3 * x + 2] = from[x]
          }
        }
      }
      count = width * height * 3
    }
    return Image(width: width, height: height, pixels: pixels)
  }
}
