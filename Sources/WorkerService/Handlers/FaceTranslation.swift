internal import FaceModels
internal import FacePipeline
internal import Images
internal import Protocol

extension Face {
  /// A face as the wire has it; `reduction` takes it to pixels of the full picture.
  init(_ analyzed: AnalyzedFace, reduction: Double, showsEmbedding: Bool = false) {
    let face = analyzed.face.scaled(by: reduction)
    let points = face.landmarks.map { Point(x: Float($0.x), y: Float($0.y)) }
    let landmarks =
      points.count == 5
      ? Landmarks(leftEye: points[0], rightEye: points[1], nose: points[2], leftMouth: points[3], rightMouth: points[4])
      : nil
    let pose = analyzed.quality.pose
    self.init(
      box: Box(x: Float(face.x), y: Float(face.y), width: Float(face.width), height: Float(face.height)),
      score: Float(face.score),
      landmarks: landmarks,
      pose: landmarks.map { _ in
        Pose(yaw: Float(pose?.yaw ?? 0), pitch: Float(pose?.pitch ?? 0), roll: Float(pose?.roll ?? 0))
      },
      quality: Quality(score: Float(analyzed.quality.score), reasons: analyzed.quality.reasons.map(\.rawValue)),
      embedding: showsEmbedding ? analyzed.embedding : nil)
  }
}

extension FaceOptions {
  init(minFaceSize: Int?, maxFaces: Int?) {
    self.init(minFaceSize: minFaceSize.map(Double.init) ?? 20, maxFaces: maxFaces)
  }
}
