internal import FacePipeline
internal import Images
internal import Protocol

/// An attachment as pixels.
struct LoadedImage {
  let image: Image
  /// Full size of the upright picture.
  let size: ImageSize
  /// How many pixels of the full picture one of ``image`` is long.
  let reduction: Double
}

extension InputAttachment {
  /// Below this many pixels a face is never shrunk by decoding its picture at a lower resolution.
  private static let reducedFaceSide = 80.0

  /// Decodes the picture upright, within the limits. Large JPEGs may be decoded smaller when `minFaceSize` is so large
  /// that every face wanted still keeps enough pixels.
  func picture(_ context: RequestContext, minFaceSize: Double? = nil) throws -> LoadedImage {
    try context.measure(.decode) {
      let loaded = try load()
      let limits = DecodeLimits(maxPixels: context.limits.maxPixels)
      return try loaded.bytes.withUnsafeBytes { bytes in
        if let pixels {
          let format: PixelFormat = pixels.channels == 1 ? .gray : .rgb
          let image = try ImageDecoder.raw(
            bytes, pixelFormat: format, width: pixels.width, height: pixels.height, stride: pixels.stride)
          return LoadedImage(image: image, size: ImageSize(width: image.width, height: image.height), reduction: 1)
        }
        var shortSide: Int?
        if let minFaceSize, minFaceSize >= 2 * Self.reducedFaceSide {
          let header = try ImageDecoder.header(of: bytes)
          shortSide = Int((Double(min(header.width, header.height)) * Self.reducedFaceSide / minFaceSize).rounded(.up))
        }
        let decoded = try ImageDecoder.decode(bytes, limits: limits, minimumShortSide: shortSide)
        return LoadedImage(
          image: decoded.image, size: ImageSize(width: decoded.fullWidth, height: decoded.fullHeight),
          reduction: Double(decoded.fullWidth) / Double(decoded.image.width))
      }
    }
  }
}
