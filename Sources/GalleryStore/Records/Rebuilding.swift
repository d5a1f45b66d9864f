/// A template of another model whose kept crop can be embedded anew.
package struct RebuildableTemplate: Sendable, Equatable {
  package let id: Int64
  /// The model that made it, which says how a crop without geometry was aligned.
  package let model: ModelIdentity
}

/// A template made anew from a kept crop.
package struct RebuiltTemplate: Sendable {
  /// The template whose crop was embedded.
  package let origin: Int64
  package let embedding: [Float]
  /// Where the face is in the crop; stored where the crop has no geometry yet.
  package let geometry: CropGeometry?

  package init(origin: Int64, embedding: [Float], geometry: CropGeometry?) {
    self.origin = origin
    self.embedding = embedding
    self.geometry = geometry
  }
}

/// How far a gallery is from serving a model.
package struct RebuildState: Sendable, Equatable {
  /// Subjects with templates of the model.
  package let subjects: Int
  /// Templates of other models that have no counterpart of this one.
  package let missingTemplates: Int
  /// How many subjects have templates of other models only.
  package let missingSubjectCount: Int
  /// Their ids, in the order of their bytes; at most as many as were asked for.
  package let missingSubjects: [String]
}

/// What dropping the templates of other models took away.
package struct DropReceipt: Sendable, Equatable {
  package let subjects: Int
  package let templates: Int
}
