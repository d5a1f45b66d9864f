internal import FoundationEssentials
package import Protocol

/// Which models were activated, so that a restarted worker comes back with them and `models.rollback` finds the way back.
package struct ActivationRecord: Codable, Sendable, Equatable {
  /// One role's models by id: the one in use, and those before it, the latest last.
  package struct Line: Codable, Sendable, Equatable {
    var active: String?
    var previous: [String]

    init(active: String? = nil, previous: [String] = []) {
      self.active = active
      self.previous = previous
    }

    /// Notes that `id` replaces `current`.
    mutating func activate(_ id: String, replacing current: String) {
      if id != current { previous = Array((previous + [current]).suffix(ActivationRecord.bound)) }
      active = id
    }
  }

  var detector = Line()
  var recognizer = Line()

  /// Models that can be gone back to, of each role.
  static let bound = 16
  /// The file's name in the data folder.
  static let fileName = "active-models.json"

  subscript(role: ModelRole) -> Line {
    get { role == .detector ? detector : recognizer }
    set { if role == .detector { detector = newValue } else { recognizer = newValue } }
  }

  /// What is remembered in a file; nothing when there is no such file.
  ///
  /// - Throws: `storageFailed` when there is a file that cannot be read: a worker that came up with other models than the
  ///   ones its gallery was made with would know nobody.
  package static func read(_ path: String) throws(WireError) -> ActivationRecord {
    guard FileManager.default.fileExists(atPath: path) else { return ActivationRecord() }
    do {
      var record = try JSONDecoder().decode(
        ActivationRecord.self, from: Data(contentsOf: URL(filePath: path)))
      record.detector.previous = record.detector.previous.suffix(bound)
      record.recognizer.previous = record.recognizer.previous.suffix(bound)
      return record
    } catch {
      throw WireError(
        .storageFailed,
        "\(path), which says which models were activated, cannot be read. Remove it to start with the default models.",
        retry: .never)
    }
  }

  /// Writes the file whole, readable for its owner only.
  package func write(_ path: String) throws(WireError) {
    let bytes: [UInt8]
    do {
      bytes = try WireJSON.encode(self)
    } catch {
      throw WireError(.internal, "The activated models could not be written as JSON.")
    }
    try DurableFile.write(bytes, to: path, mode: 0o600)
  }
}
