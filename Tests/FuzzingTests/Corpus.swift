import Foundation
import FuzzTargets

/// The seeds and words that are committed for a target.
struct Corpus {
  let seeds: [(name: String, bytes: [UInt8])]
  /// Bytes worth putting in, from the target's dictionary.
  let words: [[UInt8]]

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  init(_ target: FuzzTarget) throws {
    var files = try Self.files("Fuzzing/Corpus/\(target.name)", [""])
    for fixtures in target.fixtures { files += try Self.files(fixtures.folder, fixtures.suffixes) }
    seeds = try files.map { ($0.lastPathComponent, Array(try Data(contentsOf: $0))) }
      .filter { $0.bytes.count <= target.maxBytes }
    let dictionary = Self.root.appending(path: "Fuzzing/Dictionaries/\(target.name).dict")
    words = ((try? String(contentsOf: dictionary, encoding: .utf8)) ?? "").split(separator: "\n").compactMap(Self.word)
  }

  /// The names in a folder of the repository.
  static func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path())
  }

  private static func files(_ folder: String, _ suffixes: [String]) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: root.appending(path: folder), includingPropertiesForKeys: nil)
      .filter { file in suffixes.contains { $0.isEmpty || file.lastPathComponent.hasSuffix($0) } }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
  }

  /// A line of a dictionary as libFuzzer reads it: `name="text with \xNN, \\ and \""`.
  private static func word(_ line: Substring) -> [UInt8]? {
    guard !line.hasPrefix("#"), let start = line.firstIndex(of: "\""), line.hasSuffix("\"") else { return nil }
    var rest = line[line.index(after: start)...].dropLast().utf8[...]
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let next = rest.popFirst() else {
        bytes.append(byte)
        continue
      }
      if next == UInt8(ascii: "x"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(next)
      }
    }
    return bytes.isEmpty ? nil : bytes
  }
}
