package import FaceModels
package import Images

/// How good a picture of a face is for recognition: one score and named reasons.
package struct FaceQuality: Sendable, Equatable {
  /// What is wrong with a face, worst first is not implied.
  package enum Reason: String, Sendable, CaseIterable {
    /// Out of focus, or shaken.
    case blurred
    /// Too few pixels.
    case small
    /// Underexposed.
    case dark
    /// Overexposed.
    case bright
    /// Turned too far to the side, up or down.
    case profile
    /// Cut by the image's edge.
    case edge
  }

  /// 0 useless ... 1 as good as it gets: the product of the measures' scores.
  package var score: Double
  package var reasons: [Reason]
  package var pose: FacePose?
  /// Variance of the Laplacian over the aligned crop's face, in squared grey levels.
  package var sharpness: Double
  /// Mean luminance over the aligned crop's face, 0...255.
  package var brightness: Double
}

/// Measures the quality of a face: size, sharpness, brightness, pose, cut by the edge.
///
/// The limits were set on LFW development photos, which nearly all pass, and on the same photos made smaller, darker and
/// blurred; the names follow ISO/IEC 29794-5's components where it has them.
package enum QualityCheck {
  /// Shorter side of the box in pixels below which a face is `small`.
  package static let smallestSide = 40.0
  /// Laplacian variance below which a face is `blurred`.
  static let leastSharpness = 15.0
  /// Mean luminances outside of which a face is `dark` or `bright`.
  static let brightnessRange = 45.0...225.0
  /// Degrees beyond which a face is `profile`.
  static let largestYaw = 50.0
  static let largestPitch = 40.0
  /// The share of the box inside the image below which a face is cut (`edge`).
  static let leastVisible = 0.85

  /// Judges `face` of `image`; `aligned` is the recognizer's crop of it.
  package static func measure(_ face: DetectedFace, in image: Image, aligned: Image?) -> FaceQuality {
    let pose = FacePose(landmarks: face.landmarks)
    let side = min(face.width, face.height)
    let visible = visibleShare(face, image)
    // Without landmarks the pose is unknown, which is no fault, and the recognizer may have no crop: the box has one.
    let hasLandmarks = !face.landmarks.isEmpty
    let crop = aligned ?? (hasLandmarks || visible == 0 ? nil : boxCrop(face, image))
    let texture = crop.map(measureTexture) ?? (sharpness: 0, brightness: 0)
    var reasons: [FaceQuality.Reason] = []
    if texture.sharpness < leastSharpness { reasons.append(.blurred) }
    if side < smallestSide { reasons.append(.small) }
    if texture.brightness < brightnessRange.lowerBound { reasons.append(.dark) }
    if texture.brightness > brightnessRange.upperBound { reasons.append(.bright) }
    let unknown = hasLandmarks ? 90.0 : 0
    let (yaw, pitch) = (abs(pose?.yaw ?? unknown), abs(pose?.pitch ?? unknown))
    if yaw > largestYaw || pitch > largestPitch { reasons.append(.profile) }
    if visible < leastVisible { reasons.append(.edge) }
    let score =
      ramp(side, 16, 96) * ramp(texture.sharpness, 2, 150) * ramp(texture.brightness, 10, 80)
      * ramp(255 - texture.brightness, 5, 50) * ramp(90 - yaw, 15, 70) * ramp(90 - pitch, 15, 70)
      * ramp(visible, 0.4, 1) * face.score
    return FaceQuality(
      score: min(max(score, 0), 1), reasons: reasons, pose: pose, sharpness: texture.sharpness,
      brightness: texture.brightness)
  }

  /// 0 at `low` and below, 1 at `high` and above, a square root in between: the last third costs little.
  private static func ramp(_ value: Double, _ low: Double, _ high: Double) -> Double {
    (min(max((value - low) / (high - low), 0), 1)).squareRoot()
  }

  /// What the box shows, as large as recognizers' crops are, so that the limits for those hold. The box must be visible.
  private static func boxCrop(_ face: DetectedFace, _ image: Image) -> Image {
    func whole(_ value: Double) -> Int { Int(min(max(value, -1e6), 1e6).rounded()) }
    return image.cropped(x: whole(face.x), y: whole(face.y), width: whole(face.width), height: whole(face.height))
      .resized(width: 112, height: 112)
  }

  private static func visibleShare(_ face: DetectedFace, _ image: Image) -> Double {
    let width = min(face.x + face.width, Double(image.width)) - max(face.x, 0)
    let height = min(face.y + face.height, Double(image.height)) - max(face.y, 0)
    guard width > 0, height > 0, face.width > 0, face.height > 0 else { return 0 }
    return width * height / (face.width * face.height)
  }

  /// Sharpness and brightness over the middle of the crop, where the face is.
  private static func measureTexture(_ crop: Image) -> (sharpness: Double, brightness: Double) {
    let (left, top) = (crop.width / 5, crop.height / 5)
    let plane = crop.luminance(x: left, y: top, width: crop.width - 2 * left, height: crop.height - 2 * top)
    return (Sharpness.laplacianVariance(plane), plane.mean)
  }
}
