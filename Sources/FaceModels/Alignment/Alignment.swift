package import Images

/// How a face is cut out for a recognizer.
package struct Alignment: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// A similarity transform takes the five landmarks to these points of the crop (Umeyama 1991).
    case template([Point])
    /// The detector's box, grown by `margin` pixels of the crop in all, resized by area.
    case box(margin: Int)
  }

  package var kind: Kind
  /// Size of the crop in pixels.
  package var width: Int
  package var height: Int

  package init(kind: Kind, width: Int, height: Int) {
    self.kind = kind
    self.width = width
    self.height = height
  }

  /// ArcFace's points for 112 x 112, as insightface publishes them.
  package static let arcFaceTemplate = [
    Point(x: 38.2946, y: 51.6963), Point(x: 73.5318, y: 51.5014), Point(x: 56.0252, y: 71.7366),
    Point(x: 41.5493, y: 92.3655), Point(x: 70.7299, y: 92.2041),
  ]

  /// Where MTCNN's points fall in dlib's own 150 x 150 chip (median over 1,500 photos of LFW's development set).
  package static let dlibTemplate = [
    Point(x: 48.20, y: 46.55), Point(x: 102.84, y: 46.54), Point(x: 75.32, y: 78.91), Point(x: 51.48, y: 106.13),
    Point(x: 99.63, y: 106.20),
  ]

  /// The crop; `nil` when the landmarks are degenerate or the box lies outside of the image.
  package func crop(_ face: DetectedFace, from image: Image) -> Image? {
    switch kind {
    case .template(let points):
      guard let transform = SimilarityTransform.estimate(from: face.landmarks, to: points) else { return nil }
      return Warp.similarity(image, transform, width: width, height: height, antialias: true)
    case .box(let margin):
      guard let part = part(face, margin, in: image) else { return nil }
      return image.cropped(x: part.x, y: part.y, width: part.width, height: part.height)
        .resized(width: width, height: height)
    }
  }

  /// Where the image's pixels go in the crop: what ``crop(_:from:)`` shows, but for the averaging of large images.
  package func transform(_ face: DetectedFace, in image: Image) -> AffineTransform? {
    switch kind {
    case .template(let points):
      return SimilarityTransform.estimate(from: face.landmarks, to: points).map { AffineTransform($0) }
    case .box(let margin):
      guard let part = part(face, margin, in: image) else { return nil }
      let (x, y) = (Double(width) / Double(part.width), Double(height) / Double(part.height))
      // Whole coordinates are pixel centers; edges, not centers, of part and crop lie on each other.
      return AffineTransform(
        xx: x, xy: 0, tx: x * (0.5 - Double(part.x)) - 0.5, yx: 0, yy: y, ty: y * (0.5 - Double(part.y)) - 0.5)
    }
  }

  /// The part of the image that a box crop shows; `nil` when it lies outside.
  private func part(
    _ face: DetectedFace, _ margin: Int, in image: Image
  ) -> (x: Int, y: Int, width: Int, height: Int)? {
    // facenet-pytorch's extract_face: the margin is given in pixels of the crop.
    let growX = Double(margin) * face.width / Double(max(width - margin, 1))
    let growY = Double(margin) * face.height / Double(max(height - margin, 1))
    let edges = [
      face.x - growX / 2, face.y - growY / 2, face.x + face.width + growX / 2, face.y + face.height + growY / 2,
    ]
    guard edges.allSatisfy({ abs($0) < 1e9 }) else { return nil }
    let left = max(Int(edges[0]), 0)
    let top = max(Int(edges[1]), 0)
    let right = min(Int(edges[2]), image.width)
    let bottom = min(Int(edges[3]), image.height)
    guard right > left, bottom > top, right > 0, bottom > 0 else { return nil }
    return (left, top, right - left, bottom - top)
  }
}
