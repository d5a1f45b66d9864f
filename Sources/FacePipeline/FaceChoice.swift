package import FaceModels

/// Which of several faces a caller means.
package enum FaceChoice: Sendable, Equatable {
  /// The one with the largest box.
  case largest
  /// The one whose center is nearest to the image's.
  case center
  /// The one that overlaps this box most, if it does by a third or more.
  case box(x: Double, y: Double, width: Double, height: Double)

  /// The index of the chosen face, `nil` when none qualifies.
  ///
  /// Units: pixels of the image the faces were found in, `width` x `height`.
  package func pick(_ faces: [DetectedFace], width: Double, height: Double) -> Int? {
    switch self {
    case .largest:
      return faces.indices.max { faces[$0].width * faces[$0].height < faces[$1].width * faces[$1].height }
    case .center:
      func distance(_ face: DetectedFace) -> Double {
        let x = face.x + face.width / 2 - width / 2
        let y = face.y + face.height / 2 - height / 2
        return x * x + y * y
      }
      return faces.indices.min { distance(faces[$0]) < distance(faces[$1]) }
    case .box(let x, let y, let boxWidth, let boxHeight):
      func overlap(_ face: DetectedFace) -> Double {
        let shared =
          max(0, min(face.x + face.width, x + boxWidth) - max(face.x, x))
          * max(0, min(face.y + face.height, y + boxHeight) - max(face.y, y))
        let union = face.width * face.height + boxWidth * boxHeight - shared
        return union > 0 ? shared / union : 0
      }
      return faces.indices.filter { overlap(faces[$0]) >= 1.0 / 3 }.max { overlap(faces[$0]) < overlap(faces[$1]) }
    }
  }
}
