package import Images

/// The crop of a face that is kept so that recognizers to come can cut their own out of it: no model's, with room for
/// every template in use.
///
/// 224 pixels a side, upright, the eyes 56 apart. Over the 1,549 LFW development photos ArcFace's, dlib's and
/// reidentification-retail-0095's crops lie at least 16 pixels inside, MTCNN's box (facenet's crop) at least 4.
package enum FaceCrop {
  /// The longest side of a crop, in pixels.
  package static let side = 224
  /// A face is not enlarged more than this, since pixels that were not there only cost room; its crop is smaller then.
  static let largestEnlargement = 1.5
  /// The shortest side of a crop.
  static let leastSide = 64

  /// Where the landmarks go in a crop of ``side``; the proportions are those of ArcFace's template.
  static let template = [
    Point(x: 84, y: 98.6), Point(x: 140, y: 98.4), Point(x: 112.2, y: 130.5), Point(x: 89.2, y: 163.3),
    Point(x: 135.6, y: 163),
  ]
  /// Where MTCNN's box lies around these landmarks: the median over the LFW development photos.
  private static let box = (x: 47.2, y: 35.5, width: 125.1, height: 166.0)
  /// Where the landmarks lie in MTCNN's box, as fractions of its sides: median over the same photos.
  private static let pointsOfBox = [
    (0.287, 0.391), (0.746, 0.383), (0.520, 0.588), (0.320, 0.758), (0.727, 0.754),
  ]

  /// Cuts a face out, with the face in the crop's pixels; `nil` when the landmarks are degenerate.
  ///
  /// The box in the crop is upright and as large as in the image, around the same place of the face.
  package static func cut(_ face: DetectedFace, from image: Image) -> (image: Image, face: DetectedFace)? {
    guard let whole = SimilarityTransform.estimate(from: face.landmarks, to: template), whole.scale.isFinite else {
      return nil
    }
    let wanted = Double(side) * min(1, largestEnlargement / max(whole.scale, 1e-9))
    let size = min(side, max(leastSide, Int(wanted.rounded(.up))))
    let factor = Double(size) / Double(side)
    guard
      let transform = SimilarityTransform.estimate(
        from: face.landmarks, to: template.map { Point(x: $0.x * factor, y: $0.y * factor) })
    else { return nil }
    let center = transform.apply(Point(x: face.x + face.width / 2, y: face.y + face.height / 2))
    let (width, height) = (face.width * transform.scale, face.height * transform.scale)
    let inside = DetectedFace(
      x: center.x - width / 2, y: center.y - height / 2, width: width, height: height, score: face.score,
      landmarks: face.landmarks.map { transform.apply($0) })
    return (Warp.similarity(image, transform, width: size, height: size, antialias: true), inside)
  }

  /// The face in a crop that a recognizer's own alignment made, as galleries kept before; `nil` when the template is
  /// degenerate.
  ///
  /// The landmarks of a face cut by box, and the box of one cut by landmarks, are those of an average face.
  static func faceInOwnCrop(of alignment: Alignment) -> DetectedFace? {
    switch alignment.kind {
    case .template(let points):
      guard let transform = SimilarityTransform.estimate(from: template, to: points) else { return nil }
      let center = transform.apply(Point(x: box.x + box.width / 2, y: box.y + box.height / 2))
      let (width, height) = (box.width * transform.scale, box.height * transform.scale)
      return DetectedFace(
        x: center.x - width / 2, y: center.y - height / 2, width: width, height: height, score: 1, landmarks: points)
    case .box(let margin):
      let (width, height) = (Double(alignment.width - margin), Double(alignment.height - margin))
      let (left, top) = (Double(margin) / 2, Double(margin) / 2)
      return DetectedFace(
        x: left, y: top, width: width, height: height, score: 1,
        landmarks: pointsOfBox.map { Point(x: left + $0.0 * width, y: top + $0.1 * height) })
    }
  }
}

extension ModelManifest {
  /// The face in a crop that this recognizer's alignment made; `nil` when the manifest describes none.
  package func faceInOwnCrop() -> DetectedFace? {
    guard let rule = alignment, let alignment = try? Alignment(rule, id) else { return nil }
    return FaceCrop.faceInOwnCrop(of: alignment)
  }
}
