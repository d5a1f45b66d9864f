/// The length and the characters allowed in one kind of text.
struct TextRules: Sendable {
  let what: String
  let bytes: ClosedRange<Int>

  /// Ids are opaque: any text without control characters.
  static let subjectID = TextRules(what: "A subject id", bytes: 1...256)
  static let name = TextRules(what: "A subject's name", bytes: 0...512)
  static let modelID = TextRules(what: "A model id", bytes: 1...256)
  static let region = TextRules(what: "A source region", bytes: 0...128)
  static let method = TextRules(what: "A method", bytes: 1...64)
  static let key = TextRules(what: "An idempotency key", bytes: 1...256)

  /// How long metadata may be, as JSON text.
  static let maxMetadataBytes = 16 * 1024

  func check(_ text: String) throws(GalleryError) {
    let count = text.utf8.count
    guard bytes.contains(count) else {
      throw GalleryError(
        .badValue, "\(what) must have \(bytes.lowerBound) to \(bytes.upperBound) bytes in UTF-8, not \(count).")
    }
    guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      throw GalleryError(.badValue, "\(what) must not contain control characters.")
    }
  }

  static func isSHA256(_ text: String) -> Bool {
    text.utf8.count == 64
      && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (0x61...0x66).contains($0) }
  }

  /// Order of ids as SQLite's binary collation has it: by UTF-8 bytes, so that no two different ids count as equal.
  static func isOrdered(_ a: String, before b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }
}
