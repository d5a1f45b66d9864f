internal import FaceModels
package import Networks

/// In what precision models are run.
package struct PrecisionPolicy: Sendable, Hashable {
  /// For every model that admits it; `nil` is what each manifest says.
  package var wanted: Precision?
  /// Whether models that it was not measured with, or that it harms, take it too.
  package var isForced: Bool

  package init(wanted: Precision? = nil, isForced: Bool = false) {
    self.wanted = wanted
    self.isForced = isForced
  }

  func choice(for manifest: ModelManifest) -> ModelManifest.PrecisionChoice {
    manifest.precision(wanted: wanted, isForced: isForced)
  }
}
