import Foundation
import Testing

@testable import GalleryStore

/// A folder of its own for one test, gone with the last reference.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "gallery-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  var gallery: String { path + "/faces.sqlite" }
}

/// A seeded generator (SplitMix64), so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// A vector of length 1.
  mutating func direction(_ dimension: Int) -> [Float] {
    let values = (0..<dimension).map { _ in Float.random(in: -1...1, using: &self) }
    let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return values.map { $0 / length }
  }

  /// A vector of length 1 near another.
  mutating func direction(near center: [Float], spread: Float) -> [Float] {
    let noise = direction(center.count)
    let values = zip(center, noise).map { $0 + spread * $1 }
    let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return values.map { $0 / length }
  }
}

/// A model with embeddings of `dimension` numbers; `letter` tells models apart.
func model(_ dimension: Int = 8, letter: Character = "a") -> ModelIdentity {
  ModelIdentity(id: "model-\(letter)", sha256: String(repeating: letter, count: 64), dimension: dimension)
}

/// A source whose digest is made from a number.
func source(_ number: Int, region: String = "") -> TemplateSource {
  let digits = String(number, radix: 16)
  return TemplateSource(sha256: String(repeating: "0", count: 64 - digits.count) + digits, region: region)
}

extension SQLiteGallery {
  /// Enrolls without a key.
  @discardableResult
  func enroll(
    _ subject: String, _ embeddings: [[Float]], model: ModelIdentity, name: String? = nil, metadata: String? = nil,
    sources: [TemplateSource?] = [], crop: [UInt8]? = nil, key: IdempotencyKey? = nil, allowsNewModel: Bool = false
  ) throws -> WriteOutcome<EnrollmentResult> {
    let templates = embeddings.enumerated().map { index, embedding in
      NewTemplate(
        embedding: embedding, quality: 0.9, source: sources.indices.contains(index) ? sources[index] : nil,
        crop: crop.map { KeptCrop(image: $0) })
    }
    return try write(key: key) { transaction in
      let result = try transaction.enroll(
        Enrollment(
          subject: subject, name: name, metadata: metadata, model: model, templates: templates,
          allowsNewModel: allowsNewModel))
      return (result, Array("\(subject): \(result.added.count)".utf8))
    }
  }

  /// Erases without a key.
  @discardableResult
  func remove(_ subject: String, key: IdempotencyKey? = nil) throws -> WriteOutcome<RemovalReceipt> {
    try write(key: key) { transaction in
      (try transaction.remove(subject), Array("done".utf8))
    }
  }
}

/// Expects a gallery error of a code and returns it.
@discardableResult
func expectError<Result>(
  _ code: GalleryError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Result
) -> GalleryError? {
  do {
    _ = try body()
    Issue.record("expected \(code), nothing was thrown", sourceLocation: sourceLocation)
  } catch let error as GalleryError {
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    #expect(error.message.hasSuffix("."), "a full sentence: \(error.message)", sourceLocation: sourceLocation)
    return error
  } catch {
    Issue.record("expected \(code), got \(error)", sourceLocation: sourceLocation)
  }
  return nil
}

/// The permission bits of a file.
func mode(_ path: String) throws -> Int {
  let attributes = try FileManager.default.attributesOfItem(atPath: path)
  return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
}

extension IdempotencyKey {
  init(_ key: String, method: String = "enroll", request: String = "r") {
    self.init(key: key, method: method, fingerprint: Array(request.utf8))
  }
}

/// Runs `body` on as many threads at the same time, and returns when all are done.
func inParallel(_ threads: Int, _ body: @escaping @Sendable (Int) -> Void) {
  let group = DispatchGroup()
  for index in 0..<threads {
    group.enter()
    Thread {
      body(index)
      group.leave()
    }.start()
  }
  group.wait()
}
