internal import FaceModels
internal import Protocol

/// Which models may be used by their licence.
package enum LicencePolicy: String, Sendable, CaseIterable {
  /// All.
  case any
  /// Those whose manifest says that commercial use is allowed (`--require-licence commercial`).
  case commercial

  /// Why a model may not be used, `nil` when it may.
  func refusal(of manifest: ModelManifest) -> String? {
    guard self == .commercial, manifest.licence.commercialUse != "allowed" else { return nil }
    return
      "The \(manifest.role.rawValue) \(manifest.id) may not be used: its licence is \(manifest.licence.name), with "
      + "commercial use \"\(manifest.licence.commercialUse)\", and --require-licence commercial asks for \"allowed\"."
  }

  /// Throws `modelInvalid` with the licence in its details when the model may not be used.
  func check(_ manifest: ModelManifest, alternatives: String = "") throws(WireError) {
    guard let refusal = refusal(of: manifest) else { return }
    throw WireError(
      .modelInvalid, refusal + alternatives,
      details: [
        "licence": [
          "name": .string(manifest.licence.name), "commercialUse": .string(manifest.licence.commercialUse),
          "required": .string(rawValue),
        ]
      ])
  }
}
