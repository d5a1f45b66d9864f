package import FoundationEssentials
internal import Glibc

/// What a model is and how it wants to be used; never guessed from a file's shapes. `Models/README.md` has the fields.
package struct ModelManifest: Decodable, Sendable {
  package enum Role: String, Decodable, Sendable {
    case detector
    case recognizer
    case liveness
  }

  package enum Channels: String, Decodable, Sendable {
    case rgb
    case bgr
  }

  package struct File: Decodable, Sendable {
    package var name: String
    package var bytes: Int?
    package var sha256: String?
  }

  package struct Licence: Decodable, Sendable {
    package var name: String
    package var commercialUse: String
  }

  package struct Input: Decodable, Sendable {
    package var width: Int?
    package var height: Int?
    package var channels: Channels
    /// In the order of `channels`.
    package var mean: [Float]
    package var scale: Float
  }

  /// How a detector's proposals become faces; what is absent has the architecture's own default.
  package struct Detection: Decodable, Sendable {
    /// Faces of a lower score are not reported.
    package var scoreThreshold: Float?
    /// Of two boxes whose intersection over union is more than this, the one of lower score goes.
    package var iouThreshold: Float?
    /// Longer side in pixels to which larger pictures are reduced, where `input` has no width and height.
    package var maxSide: Int?
  }

  package struct AlignmentRule: Decodable, Sendable {
    package var kind: String
    package var size: Int
    package var points: [[Double]]?
    package var margin: Int?
  }

  /// A match threshold and where it comes from.
  package struct Threshold: Decodable, Sendable {
    package var fmr: Double
    package var score: Double
    package var data: String
    package var metric: String
  }

  /// A logistic curve from match score to the probability that two faces of equal prior belong to one person.
  package struct Calibration: Decodable, Sendable {
    package var slope: Double
    package var midpoint: Double
    package var data: String

    /// The probability for a score; rises with it.
    package func probability(_ score: Double) -> Double {
      1 / (1 + exp(-slope * (score - midpoint)))
    }
  }

  package var schema: Int
  package var id: String
  package var role: Role
  package var architecture: String
  package var files: [File]
  package var licence: Licence
  package var input: Input
  package var detection: Detection?
  package var alignment: AlignmentRule?
  package var embeddingLength: Int?
  package var thresholds: [Threshold]?
  package var calibration: Calibration?

  /// The newest description this program understands.
  package static let currentSchema = 1

  /// Reads and checks a manifest; `place` names it in messages.
  package static func read(_ data: Data, place: String) throws(ModelError) -> ModelManifest {
    let manifest: ModelManifest
    do {
      manifest = try JSONDecoder().decode(ModelManifest.self, from: data)
    } catch {
      throw ModelError(.invalid, "\(place) is not a model manifest: \(explain(error)).")
    }
    try manifest.check(place)
    return manifest
  }

  private func check(_ place: String) throws(ModelError) {
    func fail(_ what: String) -> ModelError { ModelError(.invalid, "\(place): \(what).") }
    guard schema == Self.currentSchema else {
      throw fail("schema \(schema) is not understood, only \(Self.currentSchema)")
    }
    guard !id.isEmpty, id.utf8.count <= 128, !id.contains("/") else {
      throw fail("the id is empty, too long or has a slash")
    }
    guard !files.isEmpty else { throw fail("it names no files") }
    for file in files where file.name.isEmpty || file.name.contains("/") || file.name.hasPrefix(".") {
      throw fail("\"\(file.name)\" is not a plain file name")
    }
    guard input.mean.count == 3, (input.mean + [input.scale]).allSatisfy(\.isFinite) else {
      throw fail("input.mean needs three numbers and input.scale one")
    }
    if let detection {
      let shares = [detection.scoreThreshold, detection.iouThreshold].compactMap { $0 }
      guard shares.allSatisfy({ (0...1).contains($0) }), (64...8192).contains(detection.maxSide ?? 64) else {
        throw fail("detection needs thresholds from 0 to 1 and a maxSide from 64 to 8192")
      }
    }
    guard role == .recognizer else { return }
    guard let alignment, (16...1024).contains(alignment.size) else {
      throw fail("a recognizer needs an alignment with a size from 16 to 1024")
    }
    guard let embeddingLength, (1...8192).contains(embeddingLength) else {
      throw fail("a recognizer needs an embeddingLength from 1 to 8192")
    }
    for threshold in thresholds ?? [] {
      guard threshold.metric == "cosine", (-1...1).contains(threshold.score), threshold.fmr > 0 else {
        throw fail("a threshold needs the metric \"cosine\", a score from -1 to 1 and an fmr above 0")
      }
    }
    if let calibration, !(calibration.slope > 0 && calibration.midpoint.isFinite) {
      throw fail("a calibration needs a slope above 0")
    }
  }

  private static func explain(_ error: any Error) -> String {
    func path(_ keys: [any CodingKey]) -> String { keys.map(\.stringValue).joined(separator: ".") }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      return "\"\(path(context.codingPath + [key]))\" is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      return "\"\(path(context.codingPath))\" has the wrong type"
    case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
      return "\"\(path(context.codingPath))\" has a value that is not known or out of range"
    default:
      return "it is not valid JSON of the described form"
    }
  }

  /// The score at which a false match rate is expected, `nil` without thresholds: between and beyond the measured ones
  /// linear in the rate's logarithm, as impostor scores' tails nearly are.
  package func score(fmr: Double) -> Double? {
    let measured = (thresholds ?? []).sorted { $0.fmr > $1.fmr }
    guard let first = measured.first else { return nil }
    guard measured.count > 1 else { return first.score }
    let upper = measured.dropFirst().firstIndex { $0.fmr <= fmr } ?? measured.count - 1
    let (a, b) = (measured[upper - 1], measured[upper])
    guard a.fmr > b.fmr else { return b.score }
    let share = (log10(a.fmr) - log10(fmr)) / (log10(a.fmr) - log10(b.fmr))
    return min(max(a.score + share * (b.score - a.score), -1), 1)
  }
}
