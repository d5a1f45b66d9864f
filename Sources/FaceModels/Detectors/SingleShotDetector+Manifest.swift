internal import Networks
internal import OnnxImport

extension SingleShotDetector {
  /// Longer side of the largest picture looked at in its own size, unless the manifest has another.
  private static let defaultMaxSide = 2048
  /// The size pictures are fitted into where neither the manifest nor the file says: insightface's default.
  private static let defaultSide = 640

  /// The detector of a manifest with the architecture `scrfd`, `yunet` or `retinaface`, from its weight file: ONNX, or for
  /// RetinaFace a PyTorch checkpoint or safetensors file as well.
  ///
  /// Throws `invalid` when file, manifest and architecture do not agree.
  convenience init(
    _ manifest: ModelManifest, weights: [UInt8], precision: Precision = .float32
  ) throws(ModelError) {
    let decoder: any ProposalDecoder
    let thresholds: (score: Float, overlap: Float)
    // What an input of a picture's own size is rounded up to; SCRFD is always given one size, as insightface does.
    let multiple: Int?
    switch manifest.architecture {
    case "scrfd": (decoder, thresholds, multiple) = (SCRFD(), (SCRFD.scoreThreshold, SCRFD.overlapThreshold), nil)
    case "yunet": (decoder, thresholds, multiple) = (YuNet(), (YuNet.scoreThreshold, YuNet.overlapThreshold), 32)
    default:
      (decoder, thresholds, multiple) = (RetinaFace(), (RetinaFace.scoreThreshold, RetinaFace.overlapThreshold), 1)
    }
    let network: ImageNetwork
    if manifest.architecture == "retinaface", !ImageNetwork.isONNX(weights) {
      network = try RetinaFaceNetwork.network(
        try Architectures.stateDict(weights, manifest.id), precision: precision,
        ranges: try manifest.activationRanges(for: precision))
    } else {
      network = try ImageNetwork(
        onnx: weights, id: manifest.id, rule: OnnxImageRule(manifest.input), precision: precision,
        ranges: try manifest.activationRanges(for: precision))
    }
    let settings = Settings(
      letterbox: try Self.letterbox(manifest, network, ownMultiple: multiple),
      exactScale: manifest.detection?.exactScale ?? false,
      preprocessing: NetworkEmbedder.Preprocessing(manifest.input),
      scoreThreshold: manifest.detection?.scoreThreshold ?? thresholds.score,
      overlapThreshold: manifest.detection?.iouThreshold ?? thresholds.overlap,
      certainScore: max(manifest.detection?.scoreThreshold ?? 0, thresholds.score))
    try self.init(network, decoder, settings)
  }

  private static func letterbox(
    _ manifest: ModelManifest, _ network: ImageNetwork, ownMultiple: Int?
  ) throws(ModelError) -> Letterbox.Rule {
    let input = manifest.input
    func agreed(_ wanted: Int?, _ fixed: Int?, _ what: String) throws(ModelError) -> Int? {
      if let wanted, let fixed, wanted != fixed {
        throw ModelError(
          .invalid,
          "The manifest of \(manifest.id) wants an input \(what) of \(wanted); the file takes \(fixed) only.")
      }
      return wanted ?? fixed
    }
    guard network.fixedBatch ?? 1 == 1 else {
      throw ModelError(
        .invalid, "The network of \(manifest.id) takes \(network.fixedBatch ?? 0) pictures at a time, not one.")
    }
    func fixed(_ width: Int, _ height: Int, isFree: Bool) -> Letterbox.Rule {
      let small: Letterbox.SmallPictures =
        switch (manifest.detection?.enlarge, isFree) {
        case (true?, _): .enlarged
        case (_, false): .kept
        case (_, true): manifest.detection?.trim == true ? .trimmed : .halves
        }
      return .fixed(width: width, height: height, small: small)
    }
    let width = try agreed(input.width, network.fixedWidth, "width")
    let height = try agreed(input.height, network.fixedHeight, "height")
    switch (width, height) {
    case (nil, nil):
      guard let ownMultiple else { return fixed(defaultSide, defaultSide, isFree: true) }
      return .own(multiple: ownMultiple, maxSide: manifest.detection?.maxSide ?? defaultMaxSide)
    case (let width?, let height?):
      guard (32...8192).contains(width), (32...8192).contains(height) else {
        throw ModelError(.invalid, "The input of \(manifest.id), \(width) x \(height), is not within 32 ... 8192.")
      }
      let isFree = network.fixedWidth == nil && network.fixedHeight == nil
      return fixed(width, height, isFree: isFree)
    default:
      throw ModelError(
        .invalid, "The input of \(manifest.id) has only one of width and height; give both in its manifest.")
    }
  }
}
