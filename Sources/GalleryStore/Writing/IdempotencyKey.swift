/// A caller's promise that two writes with the same key are the same write.
package struct IdempotencyKey: Sendable {
  /// Chosen by the caller, 1 to 256 bytes.
  package let key: String
  /// The method called.
  package let method: String
  /// A digest of everything that makes up the request, 1 to 64 bytes; not the request itself, for it outlives erasure.
  package let fingerprint: [UInt8]

  package init(key: String, method: String, fingerprint: [UInt8]) {
    self.key = key
    self.method = method
    self.fingerprint = fingerprint
  }

  func validate() throws(GalleryError) {
    try TextRules.key.check(key)
    try TextRules.method.check(method)
    guard (1...64).contains(fingerprint.count) else {
      throw GalleryError(.badValue, "A request's fingerprint must have 1 to 64 bytes, not \(fingerprint.count).")
    }
  }
}

/// How a write ended.
package struct WriteOutcome<Result: Sendable>: Sendable {
  /// What the body returned; `nil` when the answer was replayed and the body did not run.
  package let result: Result?
  /// The answer's bytes: this call's, or the first call's with the same key.
  package let response: [UInt8]
  /// The gallery's generation: after this write, or as it is now when replayed.
  package let generation: Int
  /// After an erasure, whether no erased byte is left in the files: pages written anew, log cut to nothing; `nil` for
  /// other writes.
  ///
  /// `false` means that another process kept reading or writing. The gallery tries again after later writes, when it is
  /// next opened, and whenever ``SQLiteGallery/finishErasure()`` is called.
  package let walTruncated: Bool?

  /// Whether the answer is a repeat of an earlier one.
  package var replayed: Bool { result == nil }
}
