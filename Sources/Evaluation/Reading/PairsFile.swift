/// A list of comparisons: which two photos, and whether they show one person.
///
/// Two forms, told apart line by line:
/// - LFW's `pairs.txt`: `name i j` for two photos of one person, `name1 i name2 j` for photos of two; the photo is
///   `name/name_000i`, with the ending of an image. A first line of one or two numbers says how many pairs of each kind
///   a fold has, and of how many folds.
/// - `pathA pathB 0|1`, 1 for one person; also `true`, `false`, `same`, `different`.
///
/// Fields are separated by a tab, by a comma, or by spaces, whichever of these a line has first. Empty lines and lines that
/// begin with `#` are skipped, and so is a first line of three names without a dot and a slash: the header of a CSV file.
package struct PairsFile: Sendable {
  /// One comparison.
  package struct Pair: Sendable, Equatable {
    /// Positions in ``PairsFile/photos``.
    package var a: Int32
    package var b: Int32
    package var isSame: Bool
  }

  /// A photo, and whom it shows as far as the list says.
  package struct Photo: Sendable, Equatable {
    /// A path without an ending for LFW's form, else the path as it was written.
    package var path: String
    /// Whether an ending must be found.
    package var lacksEnding: Bool
  }

  /// What is wrong with a list.
  package struct Problem: Error, Sendable, Equatable {
    /// Without any text of the list.
    package let message: String
  }

  /// Bounds of memory.
  package struct Bounds: Sendable {
    package var pairs = 1_000_000
    package var photos = 250_000

    package init() {}
  }

  package private(set) var pairs: [Pair] = []
  /// Every photo once.
  package private(set) var photos: [Photo] = []
  /// Folds that the header states.
  package private(set) var folds: Int?

  private var positions: [String: Int32] = [:]

  /// Reads a list.
  ///
  /// - Throws: ``Problem`` naming the first line that cannot be understood.
  package init(_ bytes: [UInt8], bounds: Bounds = Bounds()) throws(Problem) {
    var number = 0
    var isFirst = true
    // The mark that some programs begin a text file with.
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: { $0 == 0x0A }) {
      number += 1
      let fields = Self.fields(line)
      guard let first = fields.first, !first.hasPrefix("#") else { continue }
      if isFirst {
        isFirst = false
        if readHeader(fields) { continue }
      }
      try read(fields, line: number, bounds)
    }
    positions = [:]
    guard !pairs.isEmpty else { throw Problem(message: "The list of pairs is empty.") }
  }

  /// Whether the first line is a header; reads LFW's.
  private mutating func readHeader(_ fields: [String]) -> Bool {
    if fields.count <= 2, fields.allSatisfy({ Int($0) != nil }) {
      if fields.count == 2, let count = Int(fields[0]), (2...1000).contains(count) { folds = count }
      return true
    }
    // A CSV's header: three names, of which no one looks like a path or a number.
    return fields.count == 3
      && fields.allSatisfy { field in
        field.contains { $0.isLetter } && !field.contains { $0 == "." || $0 == "/" }
      } && !["true", "false"].contains(fields[2].lowercased())
  }

  private mutating func read(_ fields: [String], line: Int, _ bounds: Bounds) throws(Problem) {
    let pair: (Photo, Photo, Bool)
    if fields.count == 4, let i = Self.number(fields[1]), let j = Self.number(fields[3]) {
      pair = (Self.lfw(fields[0], i), Self.lfw(fields[2], j), false)
    } else if fields.count == 3, let i = Self.number(fields[1]), let j = Self.number(fields[2]) {
      pair = (Self.lfw(fields[0], i), Self.lfw(fields[0], j), true)
    } else if fields.count == 3, let isSame = Self.answer(fields[2]) {
      pair = (Photo(path: fields[0], lacksEnding: false), Photo(path: fields[1], lacksEnding: false), isSame)
    } else {
      throw Problem(
        message: "Line \(line) of the list of pairs is neither \"name i j\", \"name1 i name2 j\" nor \"path path 0|1\"."
      )
    }
    guard pairs.count < bounds.pairs else {
      throw Problem(message: "The list has more than \(bounds.pairs) pairs.")
    }
    pairs.append(Pair(a: position(of: pair.0), b: position(of: pair.1), isSame: pair.2))
    guard photos.count <= bounds.photos else {
      throw Problem(message: "The list names more than \(bounds.photos) photos.")
    }
  }

  private mutating func position(of photo: Photo) -> Int32 {
    let key = (photo.lacksEnding ? "?" : "=") + photo.path
    if let known = positions[key] { return known }
    let position = Int32(clamping: photos.count)
    positions[key] = position
    photos.append(photo)
    return position
  }

  private static func lfw(_ name: String, _ number: Int) -> Photo {
    let digits = String(number)
    let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    return Photo(path: "\(name)/\(name)_\(padded)", lacksEnding: true)
  }

  private static func number(_ text: String) -> Int? {
    guard let value = Int(text), (0...999_999).contains(value) else { return nil }
    return value
  }

  private static func answer(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "1", "true", "same": true
    case "0", "false", "different": false
    default: nil
    }
  }

  static func fields(_ line: ArraySlice<UInt8>) -> [String] {
    let isSeparator: (UInt8) -> Bool =
      if line.contains(0x09) { { $0 == 0x09 } } else if line.contains(0x2C) { { $0 == 0x2C } } else { { $0 == 0x20 } }
    return line.split(whereSeparator: isSeparator).map { field in
      // Blanks and a carriage return around a field.
      var field = field.drop { $0 <= 0x20 }
      while let last = field.last, last <= 0x20 { field = field.dropLast() }
      if field.count >= 2, field.first == 0x22, field.last == 0x22 { field = field.dropFirst().dropLast() }
      return String(decoding: field, as: UTF8.self)
    }.filter { !$0.isEmpty }
  }
}
