/// A trained classifier head as the gallery knows it; its weights are a file, named by ``id`` and ``sha256``.
package struct HeadRecord: Sendable, Equatable {
  /// The name of its folder: hexadecimal digits.
  package let id: String
  /// The model whose embeddings it classifies, as templates are bound to it.
  package let modelSHA256: String
  /// The SHA-256 of its file, 64 lower-case hexadecimal digits.
  package var sha256: String
  /// The numbers of the subjects it knows.
  package var slots: [Int64]
  /// What was measured when it was trained, as JSON; nothing of a subject.
  package let report: String
  /// When it was stored.
  package let created: Timestamp

  package init(
    id: String, modelSHA256: String, sha256: String, slots: [Int64], report: String, created: Timestamp = 0
  ) {
    self.id = id
    self.modelSHA256 = modelSHA256
    self.sha256 = sha256
    self.slots = slots
    self.report = report
    self.created = created
  }
}

/// What undoing the last swap of a head did.
package struct HeadRollback: Sendable, Equatable {
  /// The head that is gone.
  package let undone: HeadRecord
  /// The head in use now, `nil` when there was none before.
  package let active: HeadRecord?
}

/// A template that a training can learn from.
package struct TrainableTemplate: Sendable, Equatable {
  package let id: Int64
  /// The number of its subject.
  package let subject: Int64
  /// The template whose kept crop shows the same face, `nil` when none was kept.
  package let cropTemplate: Int64?
  /// The model that made the template that the crop was kept for: where a crop without geometry shows the face.
  package let cropModelSHA256: String?
  /// Whether its embedding is of the model that was asked for.
  package let isOfModel: Bool
}

/// What a training sees of a gallery, of one moment.
package struct TrainingSnapshot: Sendable {
  package let generation: Int
  /// By subject, then id.
  package let templates: [TrainableTemplate]
  /// The number of the subject whose faces are nobody's, when there is one.
  package let negatives: Int64?
}
