/// Why a training job cannot go on. What the caller's checkpoint throws passes through as it is.
package struct TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: Sendable {
    /// A setting is out of its range; `field` names it.
    case badSettings
    /// There is nothing to learn from: too few people, no crop that can be decoded.
    case badSet
    /// The network has operations that cannot be trained, or does not fit its crops.
    case badNetwork
    /// The loss or a weight is no longer a finite number.
    case diverged
    /// A checkpoint cannot be written.
    case storageFailed
  }

  package let code: Code
  /// A full sentence.
  package let message: String
  /// The setting that is to blame.
  package let field: String?

  package init(_ code: Code, _ message: String, field: String? = nil) {
    self.code = code
    self.message = message
    self.field = field
  }

  package var description: String { message }
}
