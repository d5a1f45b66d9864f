/// Where a template's picture came from, for recognising the same picture when it is enrolled again.
package struct TemplateSource: Hashable, Sendable {
  /// SHA-256 of the image's bytes as sent, 64 lower-case hexadecimal digits.
  package let sha256: String
  /// Which face of the image: any stable text such as a rounded box; empty for the only face.
  package let region: String

  package init(sha256: String, region: String = "") {
    self.sha256 = sha256
    self.region = region
  }
}

/// A template to be stored.
package struct NewTemplate: Sendable {
  /// As the model gave it; of the model's dimension, finite, not all zero. Stored unchanged, normalised for search.
  package let embedding: [Float]
  /// Quality of the sample, 0 to 1.
  package let quality: Double
  package let source: TemplateSource?
  /// A picture of the face, kept for re-embedding by a later model.
  package let crop: KeptCrop?

  package init(embedding: [Float], quality: Double, source: TemplateSource? = nil, crop: KeptCrop? = nil) {
    self.embedding = embedding
    self.quality = quality
    self.source = source
    self.crop = crop
  }
}

/// Templates to be added to one subject, which is created when missing.
package struct Enrollment: Sendable {
  package let subject: String
  /// The display name; `nil` leaves what is stored.
  package let name: String?
  /// A JSON object as text, at most 16 KiB; `nil` leaves what is stored.
  package let metadata: String?
  package let model: ModelIdentity
  package let templates: [NewTemplate]
  /// Whether a gallery that so far has templates of other models only may take these: for re-embedding.
  package let allowsNewModel: Bool

  package init(
    subject: String, name: String? = nil, metadata: String? = nil, model: ModelIdentity, templates: [NewTemplate],
    allowsNewModel: Bool = false
  ) {
    self.subject = subject
    self.name = name
    self.metadata = metadata
    self.model = model
    self.templates = templates
    self.allowsNewModel = allowsNewModel
  }
}

/// What an enrollment did.
package struct EnrollmentResult: Sendable, Equatable {
  package let subject: String
  /// Whether the subject is new.
  package let created: Bool
  /// The ids of the added templates, in the order given.
  package let added: [Int64]
  /// Positions, in the enrollment, of templates whose source the subject already has for this model.
  package let alreadyEnrolled: [Int]
  /// How many templates of this model the subject has now.
  package let templates: Int
}
