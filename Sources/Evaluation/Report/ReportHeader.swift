/// What a report says of itself: made when, with what, from what.
package struct ReportHeader: Codable, Sendable, Equatable {
  /// A model that took part.
  package struct Model: Codable, Sendable, Equatable {
    package var role: String
    package var id: String
    package var sha256: String
    package var licence: String

    package init(role: String, id: String, sha256: String, licence: String) {
      self.role = role
      self.id = id
      self.sha256 = sha256
      self.licence = licence
    }
  }

  /// A setting, or a number of the data set.
  package struct Fact: Codable, Sendable, Equatable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package var title: String
  /// The worker's version.
  package var version: String
  /// When, as ISO 8601 in UTC.
  package var created: String
  package var models: [Model]
  package var facts: [Fact]

  package init(title: String, version: String, created: String, models: [Model], facts: [Fact]) {
    self.title = title
    self.version = version
    self.created = created
    self.models = models
    self.facts = facts
  }
}
