/// The recognizer that made an embedding. Templates of different models are never compared.
package struct ModelIdentity: Hashable, Sendable {
  /// The id in the manifest, for people; two versions of a model may share it.
  package let id: String
  /// The SHA-256 of the weight file, 64 lower-case hexadecimal digits: this is what templates are bound to.
  package let sha256: String
  /// How many numbers an embedding has.
  package let dimension: Int

  package init(id: String, sha256: String, dimension: Int) {
    self.id = id
    self.sha256 = sha256
    self.dimension = dimension
  }

  /// The largest embedding the gallery takes.
  package static let maxDimension = 4096

  func validate() throws(GalleryError) {
    try TextRules.modelID.check(id)
    guard TextRules.isSHA256(sha256) else {
      throw GalleryError(.badValue, "The model's sha256 must be 64 lower-case hexadecimal digits.")
    }
    guard (1...Self.maxDimension).contains(dimension) else {
      throw GalleryError(.badValue, "A model's dimension must be 1 to \(Self.maxDimension), not \(dimension).")
    }
  }
}
