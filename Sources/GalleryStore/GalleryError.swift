/// Why a gallery operation failed.
///
/// Messages never hold a subject's id, name or embedding, so that they may be logged; ``subject`` carries the id apart.
package struct GalleryError: Error, Sendable, CustomStringConvertible {
  /// What went wrong, for the mapping to wire codes.
  package enum Code: Sendable, CaseIterable {
    /// The named subject is not in the gallery, or was erased.
    case subjectNotFound
    /// The new id of a subject is taken.
    case subjectExists
    /// The gallery holds templates, but none made by the model in use; or a model's facts contradict the stored ones.
    case modelMismatch
    /// The file could not be opened, read or written: disk full, no permission, locked by another process, not a gallery.
    case storageFailed
    /// The file is a gallery but its content is damaged.
    case corrupt
    /// A value of the caller is out of its range.
    case badValue
    /// An idempotency key came again with another method or other parameters.
    case keyReused
  }

  package let code: Code
  /// A full sentence for people, free of personal data.
  package let message: String
  /// What SQLite or the operating system said, when it was asked.
  package let underlying: String?
  /// Whether the same call may succeed later, as when another process holds the lock.
  package let isTransient: Bool
  /// The subject id at fault, to be told to the caller but never logged.
  package let subject: String?
  /// Of `modelMismatch`: whose templates the gallery holds, at most eight models.
  package let galleryModels: [ModelTotals]
  /// Of `modelMismatch`: the id of the model that was asked for.
  package let askedModel: String?

  init(
    _ code: Code, _ message: String, underlying: String? = nil, isTransient: Bool = false, subject: String? = nil,
    galleryModels: [ModelTotals] = [], askedModel: String? = nil
  ) {
    self.code = code
    self.message = message
    self.underlying = underlying
    self.isTransient = isTransient
    self.subject = subject
    self.galleryModels = galleryModels
    self.askedModel = askedModel
  }

  package var description: String {
    underlying.map { "\(message) (\($0))" } ?? message
  }

  static func notFound(_ subject: String) -> GalleryError {
    GalleryError(.subjectNotFound, "The gallery has no subject with this id.", subject: subject)
  }
}
