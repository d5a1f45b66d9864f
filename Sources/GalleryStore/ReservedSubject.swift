/// Subject ids with a meaning of their own.
package enum ReservedSubject {
  /// Faces that are nobody's: they are stored like a subject's, but are never a candidate, nobody's duplicate and no part of
  /// a calibration. A probe closer to one of them than to every subject is unknown, and training takes them as examples of
  /// `unknown`.
  package static let unknown = "unknown"

  /// Whether a subject is not a person.
  package static func isReserved(_ subject: String) -> Bool { subject.utf8.elementsEqual(unknown.utf8) }
}
