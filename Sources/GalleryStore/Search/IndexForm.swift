/// What a search reads first.
package enum IndexForm: String, Sendable, CaseIterable {
  /// The templates as float32: no memory besides them.
  case exact
  /// A copy of the templates in bytes, a quarter of their memory more; the answers are the same.
  case compressed
  /// `compressed` once the templates take more than ``leastBytes``.
  case auto

  /// Below, the templates stay in the processor's cache, or nearly, and the copy gains little.
  static let leastBytes = 32 << 20

  func isCompressed(templateBytes: Int) -> Bool {
    switch self {
    case .exact: false
    case .compressed: true
    case .auto: templateBytes >= Self.leastBytes
    }
  }
}

/// How a gallery is searched.
package struct SearchSettings: Sendable {
  package var form = IndexForm.auto
  package var threads = SearchThreads.serial
  /// The instruction set of the kernels; `nil` for the widest there is.
  var instructionSet: GalleryKernels.InstructionSet?

  package init(form: IndexForm = .auto, threads: SearchThreads = .serial) {
    self.form = form
    self.threads = threads
  }
}
