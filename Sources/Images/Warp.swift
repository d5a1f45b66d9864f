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

  /// Samples `image` at `path` of each pixel of the result; without `fill` the picture's rim goes on outside.
  private static func sample(
    _ image: Image, _ path: AffineTransform, _ width: Int, _ height: Int, _ rim: UInt8?
  ) -> Image {
    let (goesOn, fill) = (rim == nil, rim ?? 0)
    let (limitX, limitY) = (Double(image.width), Double(image.height))
    let (lastX, lastY) = (image.width - 1, image.height - 1)
    let rowLength = image.width * 3
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { output, count in
      image.pixels.withUnsafeBufferPointer { input in
        guard let source = input.baseAddress, var target = output.baseAddress else { return }
        for y in 0..<height {
          let startX = path.tx + path.xy * Double(y)
          let startY = path.ty + path.yy * Double(y)
          for x in 0..<width {
            var sourceX = path.xx * Double(x) + startX
            var sourceY = path.yx * Double(x) + startY
            if goesOn {
              sourceX = min(max(sourceX, 0), Double(lastX))
              sourceY = min(max(sourceY, 0), Double(lastY))
            }
            // Also false for what is not a number, so that the conversions below cannot trap.
            guard sourceX > -1, sourceX < limitX, sourceY > -1, sourceY < limitY else {
              target.update(repeating: fill, count: 3)
              target += 3
              continue
            }
            let left = Int(sourceX + 1) - 1
            let top = Int(sourceY + 1) - 1
            let right = Float(sourceX - Double(left))
            let down = Float(sourceY - Double(top))
            if left >= 0, top >= 0, left < lastX, top < lastY {
              let upper = source + top * rowLength + left * 3
              let lower = upper + rowLength
              let (w00, w10) = ((1 - right) * (1 - down), right * (1 - down))
              let (w01, w11) = ((1 - right) * down, right * down)
              target[0] = mix(upper[0], upper[3], lower[0], lower[3], w00, w10, w01, w11)
              target[1] = mix(upper[1], upper[4], lower[1], lower[4], w00, w10, w01, w11)
              target[2] = mix(upper[2], upper[5], lower[2], lower[5], w00, w10, w01, w11)
            } else {
              blendedRim(source, image, left, top, right, down, fill, target)
            }
            target += 3
          }
        }
      }
      count = width * height * 3
    }
    return Image(width: width, height: height, pixels: pixels)
  }

  /// Four neighbours with their weights, rounded.
  @inline(__always)
  private static func mix(
    _ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, _ wa: Float, _ wb: Float, _ wc: Float, _ wd: Float
  ) -> UInt8 {
    UInt8(truncatingIfNeeded: Int32(Float(a) * wa + Float(b) * wb + Float(c) * wc + Float(d) * wd + 0.5))
  }

  /// A sample of which at least one neighbour lies outside of the picture.
  private static func blendedRim(
    _ source: UnsafePointer<UInt8>, _ image: Image, _ left: Int, _ top: Int, _ right: Float, _ down: Float,
    _ fill: UInt8, _ target: UnsafeMutablePointer<UInt8>
  ) {
    for channel in 0..<3 {
      func pixel(_ x: Int, _ y: Int) -> Float {
        guard x >= 0, y >= 0, x < image.width, y < image.height else { return Float(fill) }
        return Float(source[(y * image.width + x) * 3 + channel])
      }
      let upper = pixel(left, top) * (1 - right) + pixel(left + 1, top) * right
      let lower = pixel(left, top + 1) * (1 - right) + pixel(left + 1, top + 1) * right
      target[channel] = UInt8(upper * (1 - down) + lower * down + 0.5)
    }
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
