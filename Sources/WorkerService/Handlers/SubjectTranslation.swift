internal import FoundationEssentials
internal import GalleryStore
internal import Protocol

extension SubjectRecord {
  init(_ summary: SubjectSummary) throws {
    self.init(
      subject: summary.id, name: summary.name,
      metadata: try summary.metadata.map { try WireJSON.decode(JSONValue.self, from: Array($0.utf8)[...]) },
      templates: summary.templates.reduce(0) { $0 + $1.templates }, createdAt: Timestamps.text(summary.created),
      updatedAt: Timestamps.text(summary.updated))
  }
}

/// Times as the wire has them.
enum Timestamps {
  /// ISO 8601 in UTC, with milliseconds, from milliseconds since 1970.
  static func text(_ time: Timestamp) -> String {
    Date(timeIntervalSince1970: Double(time) / 1000).formatted(
      Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}
