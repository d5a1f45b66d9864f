package import FoundationEssentials
internal import Glibc
package import Networks

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

  /// How a detector's proposals become faces; what is absent has the architecture's own default.
  package struct Detection: Decodable, Sendable {
    /// Faces of a lower score are not reported.
    package var scoreThreshold: Float?
    /// Of two boxes whose intersection over union is more than this, the one of lower score goes.
    package var iouThreshold: Float?
    /// Longer side in pixels to which larger pictures are reduced, where `input` has no width and height.
    package var maxSide: Int?
    /// Whether a picture's sides are scaled back each by its own factor, and not, as insightface does, both by the
    /// height's, which rounding to whole pixels made another. Absent: as insightface.
    package var exactScale: Bool?
    /// Whether a picture smaller than the input is enlarged to fit, as insightface does. Absent: no, which is quicker and
    /// keeps faces that fill a small picture.
    package var enlarge: Bool?
    /// Whether the part of the input that a picture leaves empty is cut off in quarters, which saves their time. Absent: no,
    /// every input is as large as `input` says, as insightface does. Without effect where `enlarge` is set, or where the file
    /// takes one size only.
    package var trim: Bool?
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

  /// What a reduced precision costs this model, measured.
  package struct MeasuredPrecision: Decodable, Sendable {
    /// `bf16` or `int8`; a name this program does not know is passed over.
    package var name: String
    /// Change of verification accuracy or average precision against float32, in points: negative when worse.
    package var change: Double
    package var data: String

    package init(name: String, change: Double, data: String) {
      (self.name, self.change, self.data) = (name, change, data)
    }
  }

  /// What the values of the network were on real images: what it needs to run in bytes.
  package struct MeasuredRanges: Decodable, Sendable, Hashable {
    /// The digest of the weights they were measured with, as `ready` shows it.
    package var weights: String
    package var data: String
    /// The least and the largest number of each value, by the name of the layer that makes it.
    package var values: [String: [Float]]
    /// Names of values that stay bf16.
    package var kept: [String]?

    package init(weights: String, data: String, values: [String: [Float]], kept: [String]? = nil) {
      (self.weights, self.data, self.values, self.kept) = (weights, data, values, kept)
    }
  }

  /// Ways to spend more time for better embeddings. Off unless set.
  package struct TestTime: Decodable, Sendable, Hashable {
    /// Embed the crop and its mirror image, and add both.
    package var mirror: Bool?
    /// Subtract ``ModelManifest/centerEmbedding``.
    package var center: Bool?

    package init(mirror: Bool? = nil, center: Bool? = nil) {
      self.mirror = mirror
      self.center = center
    }
  }

  /// The package that holds the files, as an index of packages knows it.
  package struct Source: Decodable, Sendable {
    package var package: String
    package var version: String
  }

  /// Where the files are officially found: the address where there is one that can be fetched, and the page about it.
  package struct Download: Decodable, Sendable {
    package var url: String?
    package var page: String?
  }

  /// The recognizer that a trained one was made from; its weight files come first.
  package struct Origin: Decodable, Sendable, Hashable {
    package var id: String
    /// The digest of its weights, as `ready` shows it.
    package var sha256: String

    package init(id: String, sha256: String) {
      self.id = id
      self.sha256 = sha256
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
  /// Whether embeddings are scaled to length 1; `true` when absent.
  package var normalize: Bool?
  package var testTime: TestTime?
  /// The mean of many embeddings, for `testTime.center`.
  package var centerEmbedding: [Float]?
  package var source: Source?
  /// Set for a recognizer that training changed: `files` is then one file of the parameters that differ.
  package var derivedFrom: Origin?
  /// Numbers of the subjects whose faces training changed it with, in the gallery of the data folder it lies in.
  package var trainedOn: [Int64]?
  package var download: Download?
  package var thresholds: [Threshold]?
  package var calibration: Calibration?
  /// The precision to run in where the processor has it; absent: float32.
  package var precision: Precision?
  /// What reduced precisions cost.
  package var precisions: [MeasuredPrecision]?
  /// What `int8` needs; `face-worker --calibrate` measures it.
  package var ranges: MeasuredRanges?

  /// The newest description this program understands.
  package static let currentSchema = 1

  /// Reads and checks a manifest; `place` names it in messages.
  package static func read(_ data: Data, place: String) throws(ModelError) -> ModelManifest {
    let manifest: ModelManifest
    do {
      manifest = try JSONDecoder().decode(ModelManifest.self, from: data)
    } catch {
      let (text, field) = explain(error)
      throw ModelError(.invalid, "\(place) is not a model manifest: \(text).", field: field)
    }
    try manifest.check(place)
    return manifest
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
