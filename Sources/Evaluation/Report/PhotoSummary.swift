/// What became of the photos of an evaluation.
package struct PhotoSummary: Codable, Sendable, Equatable {
  /// Photos that were looked at.
  package var photos = 0
  /// Those that could not be used.
  package var failed = 0
  /// How many failed for each reason.
  package var reasons: [String: Int] = [:]
  /// Photos with more than one face.
  package var severalFaces = 0
  /// The first failures.
  package var failures: [PhotoFailure] = []

  package init() {}

  /// Counts a failure, and lists it while fewer than `listed` are.
  package mutating func add(_ failure: PhotoFailure, listed: Int) {
    failed += 1
    reasons[failure.code, default: 0] += 1
    if failures.count < listed { failures.append(failure) }
  }
}

/// A photo that could not be used.
package struct PhotoFailure: Codable, Sendable, Equatable {
  package var path: String
  package var code: String
  package var message: String

  package init(path: String, code: String, message: String) {
    self.path = path
    self.code = code
    self.message = message
  }
}
