internal import FaceModels
internal import GalleryStore
internal import Images
internal import Networks

extension Engine {
  /// Embeds the face of a kept crop; `nil` when the crop is gone, damaged, or nobody knows where its face is.
  func rebuilt(
    _ template: RebuildableTemplate, _ model: JobRecognizer, _ manifests: [String: ModelManifest],
    checkpoint: () throws -> Void
  ) throws -> RebuiltTemplate? {
    guard let crop = try gallery.keptCrop(ofTemplate: template.id) else { return nil }
    let face = crop.geometry.map { DetectedFace($0) } ?? manifests[template.model.sha256]?.faceInOwnCrop()
    guard let face else { return nil }
    let found = try LowPriority.run("fw-embed", watch: { _ in try checkpoint() }) { signals -> [Float]? in
      guard let image = try crop.picture() else { return nil }
      guard let aligned = model.embedder.align(face, in: image) else { return nil }
      let run = RunContext(pool: .serial, checkpoint: { try signals.checkpoint() })
      return try model.embedder.embed([aligned], context: run).first
    }
    guard let embedding = found else { return nil }
    // A network may answer no direction for a crop that shows nothing.
    guard embedding.allSatisfy(\.isFinite), embedding.contains(where: { $0 != 0 }) else { return nil }
    return RebuiltTemplate(origin: template.id, embedding: embedding, geometry: CropGeometry(face))
  }
}

extension KeptCrop {
  /// A kept crop is small; a file that says otherwise is not decoded.
  private static let maxPixels = 1 << 22

  /// The crop as pixels; `nil` when it is damaged.
  func picture() throws -> Image? {
    do {
      return try image.withUnsafeBytes { bytes in
        try ImageDecoder.decode(bytes, limits: DecodeLimits(maxPixels: Self.maxPixels)).image
      }
    } catch let error as ImageError {
      if error.code == .outOfMemory { throw error }
      return nil
    }
  }
}
