package import Images
package import Networks

/// A face as a detector found it.
///
/// Units: pixels of the image it was given, origin top left; the box may reach beyond the image's edges.
package struct DetectedFace: Sendable, Equatable {
  package var x: Double
  package var y: Double
  package var width: Double
  package var height: Double
  /// The detector's own score in 0...1.
  package var score: Double
  /// Left eye, right eye, nose tip, left and right mouth corner; left is left in the image.
  package var landmarks: [Point]

  package init(x: Double, y: Double, width: Double, height: Double, score: Double, landmarks: [Point]) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
    self.score = score
    self.landmarks = landmarks
  }

  /// The same face in an image `factor` times as large.
  package func scaled(by factor: Double) -> DetectedFace {
    DetectedFace(
      x: x * factor, y: y * factor, width: width * factor, height: height * factor, score: score,
      landmarks: landmarks.map { Point(x: $0.x * factor, y: $0.y * factor) })
  }
}

/// What runs a model needs from its surroundings.
package struct RunContext {
  /// Threads to share work with.
  package let pool: WorkPool
  /// Throws when the caller no longer wants the answer; called between stages and between their pieces, on any thread.
  package let checkpoint: @Sendable () throws -> Void

  package init(pool: WorkPool, checkpoint: @escaping @Sendable () throws -> Void = {}) {
    self.pool = pool
    self.checkpoint = checkpoint
  }
}

/// Answers where the faces are.
package protocol FaceDetector: Sendable {
  /// The score from which on the detector itself does not doubt that it is a face: detectors spread their scores
  /// differently.
  var certainScore: Double { get }
  /// The faces whose shorter side is about `minFaceSize` pixels or more, best score first.
  func detect(_ image: Image, minFaceSize: Double, context: RunContext) throws -> [DetectedFace]
}

/// Turns faces into embeddings.
package protocol FaceEmbedder: Sendable {
  /// Floats in an embedding.
  var embeddingLength: Int { get }
  /// Whether an embedding is that of a crop and its mirror image together.
  var mirrorsCrops: Bool { get }
  /// Cuts the face out of the image the way the network was trained to see it; `nil` when its landmarks are degenerate.
  func align(_ face: DetectedFace, in image: Image) -> Image?
  /// One embedding for each aligned face, L2-normalized unless the manifest says otherwise.
  func embed(_ aligned: [Image], context: RunContext) throws -> [[Float]]
}
