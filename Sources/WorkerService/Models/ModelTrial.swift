internal import FaceModels
internal import Images
internal import Networks
internal import Protocol

/// One run of a model on a drawn picture, before it is trusted with photos: at the start, at an import, at a swap.
enum ModelTrial {
  private static let side = 160

  /// A smooth gradient without anything that looks like a face.
  private static let picture = Image(
    width: side, height: side,
    pixels: (0..<side * side * 3).map { UInt8(truncatingIfNeeded: ($0 % (side * 3)) / 3 + $0 / (side * 3)) })

  /// Throws ``ModelError`` `invalid` when the detector answers numbers that are none, or is sure of a face where none is.
  static func run(_ detector: any FaceDetector, id: String, pool: WorkPool) throws {
    let faces = try detector.detect(picture, minFaceSize: 20, context: RunContext(pool: pool))
    for face in faces {
      let numbers = [face.x, face.y, face.width, face.height, face.score] + face.landmarks.flatMap { [$0.x, $0.y] }
      guard numbers.allSatisfy(\.isFinite) else {
        throw ModelError(.invalid, "The detector \(id) answered numbers that are not finite for a drawn picture.")
      }
      guard face.score < detector.certainScore else {
        throw ModelError(.invalid, "The detector \(id) found a face in an empty picture.")
      }
    }
  }

  /// Throws ``ModelError`` `invalid` when the recognizer does not give a steady embedding of its length.
  ///
  /// - Parameter isUnit: whether embeddings have length 1.
  static func run(_ embedder: any FaceEmbedder, id: String, isUnit: Bool, pool: WorkPool) throws {
    let eyes = [(0.35, 0.38), (0.65, 0.38), (0.5, 0.56), (0.38, 0.75), (0.62, 0.75)]
    let face = DetectedFace(
      x: 20, y: 20, width: 120, height: 120, score: 1,
      landmarks: eyes.map { Point(x: $0.0 * Double(side), y: $0.1 * Double(side)) })
    guard let aligned = embedder.align(face, in: picture) else {
      throw ModelError(.invalid, "Five ordinary landmarks could not be aligned for the recognizer \(id).")
    }
    let context = RunContext(pool: pool)
    let embeddings = try (0..<2).flatMap { _ in try embedder.embed([aligned], context: context) }
    guard embeddings.count == 2, embeddings.allSatisfy({ $0.count == embedder.embeddingLength }) else {
      throw ModelError(.invalid, "The recognizer \(id) does not give \(embedder.embeddingLength) numbers.")
    }
    guard embeddings.joined().allSatisfy(\.isFinite) else {
      throw ModelError(.invalid, "The recognizer \(id) answered numbers that are not finite for a drawn picture.")
    }
    let length = embeddings[0].reduce(Float(0)) { $0 + $1 * $1 }
    guard embeddings[0] == embeddings[1], isUnit ? abs(length - 1) < 1e-3 : length > 0 else {
      throw ModelError(.invalid, "The recognizer \(id) does not give a steady \(isUnit ? "unit " : "")vector.")
    }
  }
}
