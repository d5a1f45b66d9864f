package import FaceModels
package import Images
package import Networks

/// A face with what the stages found out about it so far.
package struct AnalyzedFace: Sendable {
  /// In pixels of the image that was analyzed.
  package var face: DetectedFace
  package var quality: FaceQuality
  /// The recognizer's crop; `nil` when the landmarks are degenerate.
  package var aligned: Image?
  /// The face as a vector, once it was embedded.
  package var embedding: [Float]?
}

/// What a caller asks of detection.
package struct FaceOptions: Sendable, Equatable {
  /// Shorter side in pixels of the smallest face to look for.
  package var minFaceSize: Double
  /// Only the largest faces, when there are more.
  package var maxFaces: Int?

  package init(minFaceSize: Double = 20, maxFaces: Int? = nil) {
    self.minFaceSize = minFaceSize
    self.maxFaces = maxFaces
  }
}

/// The stages of recognition in the order of the data: detect, align and judge, embed.
///
/// Each is a function from value to value; the caller decides which to run and measures them.
package struct Pipeline: Sendable {
  package let detector: any FaceDetector
  package let embedder: any FaceEmbedder

  package init(detector: any FaceDetector, embedder: any FaceEmbedder) {
    self.detector = detector
    self.embedder = embedder
  }

  /// Finds the faces, largest first.
  package func detect(_ image: Image, options: FaceOptions, context: RunContext) throws -> [DetectedFace] {
    let found = try detector.detect(image, minFaceSize: options.minFaceSize, context: context)
    let sorted = found.sorted { ($0.width * $0.height, $0.score) > ($1.width * $1.height, $1.score) }
    return options.maxFaces.map { Array(sorted.prefix($0)) } ?? sorted
  }

  /// Cuts each face out for the recognizer and judges its quality, several faces at a time.
  package func analyze(
    _ faces: [DetectedFace], in image: Image, context: RunContext = RunContext(pool: .serial)
  ) throws -> [AnalyzedFace] {
    try parallelMap(faces.count, context) { index in
      let face = faces[index]
      let aligned = self.embedder.align(face, in: image)
      return AnalyzedFace(
        face: face, quality: QualityCheck.measure(face, in: image, aligned: aligned), aligned: aligned, embedding: nil)
    }
  }

  /// Adds the embedding of every face that could be aligned.
  package func embed(_ faces: [AnalyzedFace], context: RunContext) throws -> [AnalyzedFace] {
    let usable = faces.indices.filter { faces[$0].aligned != nil }
    let embeddings = try embedder.embed(usable.compactMap { faces[$0].aligned }, context: context)
    var result = faces
    for (index, embedding) in zip(usable, embeddings) { result[index].embedding = embedding }
    return result
  }
}
