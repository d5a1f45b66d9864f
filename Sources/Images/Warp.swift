internal import CKernels

/// Resampling of a picture along a transform, chiefly to cut aligned faces out of photos.
package enum Warp {
  /// A `width` x `height` picture in which each pixel (x, y) shows what lies at `transform`'s inverse of (x, y).
  ///
  /// Whole coordinates are pixel centres and samples are interpolated bilinearly, as OpenCV's `warpAffine` does, but in
  /// floating point (OpenCV rounds positions to 1/32 pixel). Everything outside of the picture is `fill`, which also
  /// blends into the last half pixel of its rim. A transform without an inverse gives `fill` alone.
  ///
  /// - Parameters:
  ///   - transform: from the picture's coordinates to the result's.
  ///   - fill: the value of all three channels outside.
  ///   - antialias: averages whole blocks of pixels first when the transform shrinks to half or less. Off by default,
  ///     because the reference pipelines of most recognizers sample without it.
  package static func similarity(
    _ image: Image, _ transform: SimilarityTransform, width: Int, height: Int, fill: UInt8 = 0, antialias: Bool = false
  ) -> Image {
    precondition(width > 0 && height > 0, "[Warp.similarity] \(width)x\(height)")
    guard let inverse = transform.inverse else {
      return Image(width: width, height: height, pixels: [UInt8](repeating: fill, count: width * height * 3))
    }
    if antialias, inverse.scale >= 2,
      let (smaller, path) = shrunk(image, inverse, width: width, height: height)
    {
      return sample(smaller, AffineTransform(path), width, height, fill)
    }
    return sample(image, AffineTransform(inverse), width, height, fill)
  }

  /// The same along any affine transform, without averaging; outside of the picture its nearest pixel goes on.
  ///
  /// A transform without an inverse gives black alone.
  package static func affine(_ image: Image, _ transform: AffineTransform, width: Int, height: Int) -> Image {
    precondition(width > 0 && height > 0, "[Warp.affine] \(width)x\(height)")
    guard let inverse = transform.inverse else {
      return Image(width: width, height: height, pixels: [UInt8](repeating: 0, count: width * height * 3))
    }
    return sample(image, inverse, width, height, nil)
  }

  private static let isa = fk_detect_isa()

  /// Samples `image` at `path` of each pixel of the result; without `fill` the picture's rim goes on outside.
  private static func sample(
    _ image: Image, _ path: AffineTransform, _ width: Int, _ height: Int, _ fill: UInt8?
  ) -> Image {
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { output, count in
      image.pixels.withUnsafeBufferPointer { input in
        var warp = fk_warp(
          pixels: input.baseAddress, w: Int32(image.width), h: Int32(image.height),
          path: (path.xx, path.xy, path.tx, path.yx, path.yy, path.ty), goes_on: fill == nil ? 1 : 0, fill: fill ?? 0)
        fk_warp_rgb8(isa, &warp, output.baseAddress, Int32(width), Int32(height))
      }
      count = width * height * 3
    }
    return Image(width: width, height: height, pixels: pixels)
  }

  /// The part of the picture that the result shows, averaged over square blocks of as many pixels a side as one step in
  /// the result covers, with the path into it; `nil` when the result shows nothing of the picture.
  private static func shrunk(
    _ image: Image, _ path: SimilarityTransform, width: Int, height: Int
  ) -> (image: Image, path: SimilarityTransform)? {
    let corners = [(0, 0), (width, 0), (0, height), (width, height)].map {
      path.apply(Point(x: Double($0.0), y: Double($0.1)))
    }
    let (xs, ys) = (corners.map(\.x), corners.map(\.y))
    guard let minX = xs.min(), let maxX = xs.max(), let minY = ys.min(), let maxY = ys.max(), path.scale < 65_536,
      minX < Double(image.width), minY < Double(image.height), maxX > 0, maxY > 0
    else { return nil }
    let block = Int(path.scale)
    // A margin of two blocks, so that the rim is interpolated from real neighbours.
    let left = Int(max(minX, 0)) / block * block - 2 * block
    let top = Int(max(minY, 0)) / block * block - 2 * block
    let right = Int(min(maxX, Double(image.width))) + 2 * block
    let bottom = Int(min(maxY, Double(image.height))) + 2 * block
    let part = image.cropped(
      x: max(left, 0), y: max(top, 0), width: right - max(left, 0), height: bottom - max(top, 0))
    let columns = max(part.width / block, 1)
    let rows = max(part.height / block, 1)
    let small = part.cropped(x: 0, y: 0, width: columns * block, height: rows * block)
      .resized(width: columns, height: rows)
    // The centre of small pixel i lies at block * i + (block - 1) / 2 of the part.
    let size = Double(block)
    let shift = (size - 1) / 2
    return (
      small,
      SimilarityTransform(
        a: path.a / size, b: path.b / size, tx: (path.tx - Double(max(left, 0)) - shift) / size,
        ty: (path.ty - Double(max(top, 0)) - shift) / size)
    )
  }
}
