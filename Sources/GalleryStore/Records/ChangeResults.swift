/// What a merge did.
package struct MergeResult: Sendable, Equatable {
  /// The subject that remains.
  package let subject: String
  /// The subjects that are gone.
  package let merged: [String]
  /// How many templates changed their subject.
  package let templatesMoved: Int
  /// How many templates were dropped because the remaining subject had the same picture's.
  package let duplicatesDropped: Int
  /// How many templates the remaining subject has now, of all models.
  package let templates: Int
}

/// What an erasure took away.
package struct RemovalReceipt: Sendable, Equatable {
  package let templates: Int
  package let crops: Int
  /// How many stored answers to idempotency keys spoke of the subject and were erased with it.
  package let answers: Int
}
