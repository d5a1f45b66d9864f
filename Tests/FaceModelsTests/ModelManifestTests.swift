import Foundation
import Testing

@testable import FaceModels

@Suite struct ModelManifestTests {
  static let committed = TestFolders.root.appending(path: "Models")

  static func names() throws -> [String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: committed.path())
    return names.filter { $0.hasSuffix(".json") && $0 != "schema.json" }.sorted()
  }

  static func committed(_ name: String) throws -> Data {
    try Data(contentsOf: committed.appending(path: name))
  }

  @Test func everyCommittedManifestIsSound() throws {
    #expect(try Self.names().count >= 3)
    for name in try Self.names() {
      let manifest = try ModelManifest.read(Self.committed(name), place: name)
      #expect(manifest.id + ".json" == name)
      #expect(!manifest.licence.name.isEmpty)
      #expect(["allowed", "forbidden", "unclear"].contains(manifest.licence.commercialUse))
      for file in manifest.files where file.bytes != nil { #expect(file.sha256 != nil, "\(name)") }
      for sha256 in manifest.files.compactMap(\.sha256) {
        #expect(sha256.count == 64 && sha256.allSatisfy { $0.isHexDigit && !$0.isUppercase })
      }
      // How a liveness model wants its crop is not acted on yet.
      if manifest.role != .liveness, let alignment = manifest.alignment { _ = try Alignment(alignment, manifest.id) }
      for pair in zip(manifest.thresholds ?? [], (manifest.thresholds ?? []).dropFirst()) {
        #expect((pair.0.fmr > pair.1.fmr) == (pair.0.score < pair.1.score), "fewer false matches need a higher score")
      }
    }
  }

  @Test func theDefaultsSayWhatTheDesignSays() throws {
    let dlib = try ModelManifest.read(Self.committed("dlib-resnet-v1.json"), place: "")
    #expect(dlib.role == .recognizer && dlib.embeddingLength == 128 && dlib.input.channels == .rgb)
    #expect(try Alignment(#require(dlib.alignment), dlib.id).kind == .template(Alignment.dlibTemplate))
    #expect(dlib.score(fmr: 1e-3) == 0.9251)
    let between = try #require(dlib.score(fmr: 2e-3))
    #expect(between > 0.9067 && between < 0.9251)
    // Beyond what was measured the score goes on rising, and never above 1.
    let rates = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-30]
    let scores = rates.compactMap { dlib.score(fmr: $0) }
    #expect(scores == scores.sorted() && scores.count == rates.count && scores.last == 1)
    let curve = try #require(dlib.calibration)
    #expect(abs(curve.probability(curve.midpoint) - 0.5) < 1e-12)
    #expect(curve.probability(0.95) > 0.99 && curve.probability(0.86) < 0.01)
    let mtcnn = try ModelManifest.read(Self.committed("mtcnn.json"), place: "")
    #expect(mtcnn.role == .detector && mtcnn.files.count == 3 && mtcnn.thresholds == nil)
  }

  /// One change to the JSON of dlib-resnet-v1: where, the new value (`nil` removes), and what the error must name
  /// (nothing for numbers that the JSON reader itself refuses, without saying where).
  struct Damage: Sendable, CustomTestStringConvertible {
    var path: [String]
    var json: String?
    var named: String
    var testDescription: String { path.joined(separator: ".") + " = " + (json ?? "absent") }

    init(_ path: String, _ json: String?, _ named: String) {
      self.path = path.split(separator: ".").map(String.init)
      self.json = json
      self.named = named
    }
  }

  private static let digits = String(repeating: "0", count: 64)

  static let damages = [
    Damage("schema", nil, "schema"), Damage("schema", "2", "schema 2"), Damage("schema", "\"1\"", "schema"),
    Damage("id", nil, "\"id\""), Damage("id", "\"\"", "the id"), Damage("id", "\"../x\"", "the id"),
    Damage("id", "\"\(String(repeating: "x", count: 200))\"", "the id"), Damage("id", "null", "\"id\""),
    Damage("role", nil, "role"), Damage("role", "\"painter\"", "role"), Damage("role", "7", "role"),
    Damage("architecture", nil, "architecture"), Damage("architecture", "[]", "architecture"),
    Damage("files", nil, "files"), Damage("files", "[]", "files"), Damage("files", "{}", "files"),
    Damage("files", "[{}]", "name"), Damage("files", "[{\"name\": \"../../secret\"}]", "secret"),
    Damage("files", "[{\"name\": \".hidden\"}]", "hidden"), Damage("files", "[{\"name\": \"\"}]", "file name"),
    Damage("files", "[{\"name\": \"a\", \"bytes\": \"many\"}]", "bytes"),
    Damage("files", "[{\"name\": \"a\", \"bytes\": 1e99}]", ""), Damage("licence", nil, "licence"),
    Damage("licence.name", nil, "licence.name"), Damage("input", nil, "input"),
    Damage("input.channels", "\"cmyk\"", "input.channels"), Damage("input.mean", "[1, 2]", "input.mean"),
    Damage("input.mean", "[1, 2, 1e99]", ""), Damage("input.scale", "\"small\"", "input.scale"),
    Damage("alignment", nil, "alignment"), Damage("alignment.kind", nil, "alignment.kind"),
    Damage("alignment.size", "0", "alignment"), Damage("alignment.size", "100000", "alignment"),
    Damage("alignment.size", "-5", "alignment"), Damage("alignment.points", "[[1, \"2\"]]", "alignment.points"),
    Damage("embeddingLength", nil, "embeddingLength"), Damage("embeddingLength", "0", "embeddingLength"),
    Damage("embeddingLength", "9000000000", "embeddingLength"),
    Damage("thresholds", "[{\"fmr\": 0.1}]", "thresholds"),
    Damage("thresholds", "[{\"fmr\": 0.1, \"score\": 3, \"data\": \"\", \"metric\": \"cosine\"}]", "threshold"),
    Damage("thresholds", "[{\"fmr\": 0, \"score\": 0.3, \"data\": \"\", \"metric\": \"cosine\"}]", "threshold"),
    Damage("thresholds", "[{\"fmr\": 0.1, \"score\": 0.3, \"data\": \"\", \"metric\": \"euclidean\"}]", "threshold"),
    Damage("precision", "\"int4\"", "precision"), Damage("precision", "16", "precision"),
    Damage("precisions", "[{\"name\": \"bf16\", \"data\": \"\"}]", "change"),
    Damage("ranges", "{\"data\": \"\", \"values\": {}}", "weights"),
    Damage("ranges", "{\"weights\": \"12\", \"data\": \"\", \"values\": {}}", "ranges"),
    Damage("ranges", "{\"weights\": \"\(digits)\", \"data\": \"\", \"values\": {\"a\": [1]}}", "ranges"),
    Damage("ranges", "{\"weights\": \"\(digits)\", \"data\": \"\", \"values\": {\"a\": [1, 0]}}", "ranges"),
    Damage("precisions", "[{\"name\": \"bf16\", \"data\": \"\", \"change\": \"little\"}]", "change"),
    Damage("calibration.slope", "-1", "calibration"), Damage("calibration.midpoint", "true", "calibration.midpoint"),
  ]

  @Test(arguments: damages)
  func aDamagedManifestIsRefusedByName(damage: Damage) throws {
    let whole = try JSONSerialization.jsonObject(with: Self.committed("dlib-resnet-v1.json"))
    let changed = try Self.replacing(whole, damage.path[...], damage.json)
    let data = try JSONSerialization.data(withJSONObject: changed)
    let error = #expect(throws: ModelError.self) { try ModelManifest.read(data, place: "here/manifest.json") }
    #expect(error?.code == .invalid)
    #expect(error?.message.contains("here/manifest.json") == true)
    #expect(damage.named.isEmpty || error?.message.contains(damage.named) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: ["", "{", "[]", "null", "\u{0}\u{1}", "{\"schema\": 1"])
  func whatIsNoManifestIsRefused(text: String) {
    #expect(throws: ModelError.self) { try ModelManifest.read(Data(text.utf8), place: "x") }
  }

  /// `value` with another member at `path`.
  private static func replacing(_ value: Any, _ path: ArraySlice<String>, _ json: String?) throws -> Any {
    guard let key = path.first else {
      return try JSONSerialization.jsonObject(with: Data((json ?? "null").utf8), options: .fragmentsAllowed)
    }
    var members = try #require(value as? [String: Any])
    if path.count == 1, json == nil {
      members[key] = nil
    } else {
      members[key] = try replacing(members[key] ?? [String: Any](), path.dropFirst(), json)
    }
    return members
  }
}
