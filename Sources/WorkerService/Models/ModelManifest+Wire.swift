internal import Digests
internal import FaceModels
internal import GalleryStore
internal import Networks
internal import Protocol

extension ModelManifest {
  /// What identifies the weights: the file's SHA-256, or that of all files' digests where there are several; of a model that
  /// training made the one it was made from counts too.
  var digest: String {
    let digests = (derivedFrom.map { [$0.sha256] } ?? []) + files.compactMap { $0.sha256?.lowercased() }
    if digests.count == 1 { return digests[0] }
    return SHA256.hexadecimal(Array(digests.joined(separator: "\n").utf8))
  }
}

extension ModelManifest {
  /// What templates are bound to: the weights and, where they change embeddings, the test-time options. Templates made
  /// with and without them are not to be compared.
  var templateDigest: String {
    let options = testTime ?? TestTime()
    guard options.mirror == true || options.center == true else { return digest }
    var text = "\(digest)\nmirror \(options.mirror == true)"
    if options.center == true {
      text += "\ncenter " + (centerEmbedding ?? []).map { String($0.bitPattern, radix: 16) }.joined(separator: " ")
    }
    return SHA256.hexadecimal(Array(text.utf8))
  }

  /// Bytes of all files, `nil` when a size is missing or the sum is out of range.
  var totalBytes: Int? {
    var sum = 0
    for file in files {
      guard let bytes = file.bytes, bytes >= 0 else { return nil }
      let (next, overflow) = sum.addingReportingOverflow(bytes)
      guard !overflow else { return nil }
      sum = next
    }
    return sum
  }
}

extension ModelIdentity {
  /// A recognizer as templates are bound to it.
  init(_ manifest: ModelManifest) {
    self.init(id: manifest.id, sha256: manifest.templateDigest, dimension: manifest.embeddingLength ?? 0)
  }
}

extension ModelDescription {
  /// A model as `models.list` shows it; `reason` says why it is not usable.
  init(_ manifest: ModelManifest, precision: ModelManifest.PrecisionChoice, active: Bool, reason: String?) {
    let isComplete = manifest.files.allSatisfy { $0.sha256 != nil }
    var input: ImageSize?
    if let width = manifest.input.width, let height = manifest.input.height {
      input = ImageSize(width: width, height: height)
    }
    let source = manifest.source
    let download = manifest.download
    self.init(
      id: manifest.id, role: ModelRole(manifest.role), architecture: manifest.architecture,
      sha256: isComplete ? manifest.digest : nil, dimension: manifest.embeddingLength,
      licence: ModelLicence(name: manifest.licence.name, commercialUse: manifest.licence.commercialUse),
      source: source == nil && download == nil
        ? nil
        : ModelSource(
          package: source?.package, version: source?.version, url: download?.url, page: download?.page),
      bytes: manifest.totalBytes, input: input,
      thresholds: manifest.thresholds?.map { ModelThreshold(fmr: $0.fmr, score: $0.score, data: $0.data) },
      precision: precision.precision.rawValue, precisionReason: precision.reason, active: active, usable: reason == nil,
      reason: reason)
  }
}

extension ModelRole {
  init(_ role: ModelManifest.Role) {
    switch role {
    case .detector: self = .detector
    case .recognizer: self = .recognizer
    case .liveness: self = .liveness
    }
  }
}

extension ModelInfo {
  init(_ manifest: ModelManifest, precision: ModelManifest.PrecisionChoice) {
    self.init(
      id: manifest.id, role: manifest.role.rawValue, sha256: manifest.digest, dimension: manifest.embeddingLength,
      licence: manifest.licence.name, precision: precision.precision.rawValue, precisionReason: precision.reason)
  }
}
