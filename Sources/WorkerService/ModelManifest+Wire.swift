internal import Digests
internal import FaceModels
internal import Protocol

extension ModelManifest {
  /// What identifies the weights: the file's SHA-256, or that of all files' digests where there are several.
  var digest: String {
    let digests = files.compactMap(\.sha256)
    if digests.count == 1 { return digests[0] }
    return SHA256.hexadecimal(Array(digests.joined(separator: "\n").utf8))
  }
}

extension ModelInfo {
  init(_ manifest: ModelManifest) {
    self.init(
      id: manifest.id, role: manifest.role.rawValue, sha256: manifest.digest, dimension: manifest.embeddingLength,
      licence: manifest.licence.name)
  }
}
