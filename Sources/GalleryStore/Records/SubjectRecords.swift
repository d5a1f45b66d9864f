/// Milliseconds since 1970-01-01 UTC.
package typealias Timestamp = Int64

/// How many templates of one model there are.
package struct ModelCount: Sendable, Equatable {
  package let model: ModelIdentity
  package let templates: Int
}

/// How much of the gallery was made by one model.
package struct ModelTotals: Sendable, Equatable {
  package let model: ModelIdentity
  package let templates: Int
  /// Subjects with at least one template of the model.
  package let subjects: Int
}

/// A subject without its templates.
package struct SubjectSummary: Sendable, Equatable {
  package let id: String
  package let name: String?
  /// A JSON object as text.
  package let metadata: String?
  package let created: Timestamp
  package let updated: Timestamp
  /// Templates per model, models by id then sha256.
  package let templates: [ModelCount]
}

/// A stored template without its vector.
package struct TemplateSummary: Sendable, Equatable {
  package let id: Int64
  package let model: ModelIdentity
  package let quality: Double
  package let source: TemplateSource?
  package let hasCrop: Bool
  package let created: Timestamp
}

/// A subject with its templates, oldest first.
package struct SubjectDetail: Sendable, Equatable {
  package let summary: SubjectSummary
  package let templates: [TemplateSummary]
}

/// One page of the list of subjects, by id in the order of its UTF-8 bytes.
package struct SubjectPage: Sendable, Equatable {
  package let subjects: [SubjectSummary]
  /// The `after` of the next page, or `nil` when this is the last one.
  package let next: String?
  /// How many subjects the gallery has.
  package let total: Int
}

/// The size of a gallery.
package struct GalleryCounts: Sendable, Equatable {
  package let subjects: Int
  package let templates: Int
  package let models: [ModelTotals]
  package let generation: Int
}

extension SQLiteRow {
  /// A model from three columns: id, sha256, dimension.
  func model(at column: Int32) -> ModelIdentity {
    ModelIdentity(id: text(column) ?? "", sha256: text(column + 1) ?? "", dimension: int(column + 2))
  }
}
