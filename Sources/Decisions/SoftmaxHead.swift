package import GalleryStore
internal import Glibc
internal import Tensors

/// The classifier: a softmax over enrolled subjects and `unknown`, on the embeddings of one recognizer. Immutable.
///
/// Subjects are known by their numbers in the gallery, which a rename keeps and nothing uses twice; no name and no id is
/// in it. The probability of row r is softmax((`weights`[r] · e + `bias`[r]) / `temperature`) for the L2-normalized
/// embedding e. Row `slots.count` is `unknown`.
package struct SoftmaxHead: Sendable, Equatable {
  /// The SHA-256 that the templates it was trained on are bound to, 64 lower-case hexadecimal digits.
  package let modelDigest: String
  /// How many numbers an embedding has.
  package let dimension: Int
  /// The numbers of the subjects, in the order of the rows. No number twice.
  package let slots: [Int64]
  /// Shape: (slots + 1) x dimension, row-major.
  package let weights: [Float]
  /// Shape: slots + 1.
  package let bias: [Float]
  /// What logits are divided by, above 0: chosen after training, so that probabilities are as often right as they say.
  package let temperature: Float
  /// What was judged before these rows were fitted to the held-out faces too; `nil` where they were not.
  package let judged: JudgedRows?
  /// The row of each subject's number.
  private let rows: [Int64: Int]

  /// Most subjects of a head; a head of 512 numbers a row then takes 134 MB.
  package static let maxSlots = 65_536

  /// Rows of the same slots from which some faces were held out, see ``SoftmaxHead/judgedHead``.
  package struct JudgedRows: Sendable, Equatable {
    package let weights: [Float]
    package let bias: [Float]
    package let temperature: Float

    package init(weights: [Float], bias: [Float], temperature: Float) {
      self.weights = weights
      self.bias = bias
      self.temperature = temperature
    }

    init(_ head: SoftmaxHead) {
      self.init(weights: head.weights, bias: head.bias, temperature: head.temperature)
    }
  }

  /// A head of its parts.
  ///
  /// - Throws: ``SoftmaxHeadError`` when their counts do not fit each other, a number is not finite, a subject has two
  ///   rows, or a temperature is not above 0.
  package init(
    modelDigest: String, dimension: Int, slots: [Int64], weights: [Float], bias: [Float], temperature: Float = 1,
    judged: JudgedRows? = nil
  ) throws(SoftmaxHeadError) {
    guard modelDigest.utf8.count == 64, modelDigest.utf8.allSatisfy({ Self.hexadecimal.contains($0) }) else {
      throw .badDigest
    }
    guard (1...ModelIdentity.maxDimension).contains(dimension), slots.count <= Self.maxSlots,
      bias.count == slots.count + 1, weights.count == bias.count * dimension
    else { throw .badShape }
    guard judged.map({ $0.bias.count == bias.count && $0.weights.count == weights.count }) ?? true else {
      throw .badShape
    }
    func isSound(_ weights: [Float], _ bias: [Float], _ temperature: Float) -> Bool {
      temperature.isFinite && temperature >= 1e-6 && temperature <= 1e6
        && weights.allSatisfy { abs($0) <= 1e6 } && bias.allSatisfy { abs($0) <= 1e9 }
    }
    guard isSound(weights, bias, temperature),
      judged.map({ isSound($0.weights, $0.bias, $0.temperature) }) ?? true
    else { throw .badNumber }
    var rows: [Int64: Int] = [:]
    for (row, slot) in slots.enumerated() {
      guard slot > 0, rows.updateValue(row, forKey: slot) == nil else { throw .badSlots }
    }
    self.modelDigest = modelDigest
    self.dimension = dimension
    self.slots = slots
    self.weights = weights
    self.bias = bias
    self.temperature = temperature
    self.judged = judged
    self.rows = rows
  }

  /// The head as it was judged: what the next one is measured against, and trained further from, by faces neither has seen.
  package var judgedHead: SoftmaxHead {
    guard let judged else { return self }
    let head = try? SoftmaxHead(
      modelDigest: modelDigest, dimension: dimension, slots: slots, weights: judged.weights, bias: judged.bias,
      temperature: judged.temperature)
    return head ?? self
  }

  /// The head with what was judged before it was fitted to all faces; with other slots, as it is.
  package func with(judged head: SoftmaxHead) -> SoftmaxHead {
    guard head.slots == slots else { return self }
    return rebuilt(slots: slots, weights: weights, bias: bias, judged: JudgedRows(head))
  }

  private static let hexadecimal = Set("0123456789abcdef".utf8)

  /// Whether it was trained on embeddings of this model.
  package func fits(_ model: ModelIdentity) -> Bool { modelDigest == model.sha256 && dimension == model.dimension }

  /// The row of a subject, or `nil` when the head does not know it.
  package func row(of slot: Int64) -> Int? { rows[slot] }

  /// The row of `unknown`.
  package var unknownRow: Int { slots.count }

  /// Log-probabilities of every row for an embedding, which is normalized here; `nil` for one that has another length,
  /// no direction, or a number that is not finite.
  package func logProbabilities(of embedding: [Float]) -> [Float]? {
    guard embedding.count == dimension else { return nil }
    var square = 0.0
    for value in embedding { square += Double(value) * Double(value) }
    guard square.isFinite, square > 1e-30 else { return nil }
    let scale = Float(1 / square.squareRoot()) / temperature
    var logits = [Float](repeating: 0, count: bias.count)
    weights.withUnsafeBufferPointer { weights in
      embedding.withUnsafeBufferPointer { embedding in
        guard let weights = weights.baseAddress, let embedding = embedding.baseAddress else { return }
        for row in logits.indices {
          logits[row] = BLAS.dot(dimension, weights + row * dimension, embedding) * scale + bias[row] / temperature
        }
      }
    }
    let highest = logits.max() ?? 0
    var sum = 0.0
    for logit in logits { sum += exp(Double(logit - highest)) }
    let normalizer = highest + Float(log(sum))
    return logits.map { $0 - normalizer }
  }

  /// What the head says of an embedding; `nil` as ``logProbabilities(of:)`` is.
  package func probabilities(of embedding: [Float]) -> HeadProbabilities? {
    logProbabilities(of: embedding).map {
      HeadProbabilities(head: self, embedding: embedding, logProbabilities: $0)
    }
  }

  /// The row of a subject at length 1; `nil` when the head does not know it, or its row has no direction.
  package func direction(of slot: Int64) -> [Float]? {
    guard let row = row(of: slot) else { return nil }
    let values = weights[row * dimension..<(row + 1) * dimension]
    let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length > 1e-12 ? values.map { $0 / length } : nil
  }
}

/// What a head says of one embedding.
package struct HeadProbabilities: Sendable {
  package let head: SoftmaxHead
  private let embedding: [Float]
  /// Shape: slots + 1, `unknown` last; natural logarithms.
  package let logProbabilities: [Float]

  fileprivate init(head: SoftmaxHead, embedding: [Float], logProbabilities: [Float]) {
    self.head = head
    self.embedding = embedding
    self.logProbabilities = logProbabilities
  }

  /// The cosine of the embedding to a subject's row; `nil` when the head does not know the subject.
  package func cosine(to slot: Int64) -> Float? {
    guard let direction = head.direction(of: slot) else { return nil }
    let length = embedding.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return zip(direction, embedding).reduce(0) { $0 + $1.0 * $1.1 } / max(length, 1e-20)
  }

  /// The probability of a subject; `nil` when the head does not know it.
  package func probability(of slot: Int64) -> Float? { head.row(of: slot).map { exp(logProbabilities[$0]) } }

  /// The probability that the face is nobody's of the head.
  package var unknown: Float { exp(logProbabilities[head.unknownRow]) }

  /// The most probable subject; the lower row of two equal ones. `nil` when the head has no subjects.
  package var best: (slot: Int64, probability: Float)? {
    guard let row = head.slots.indices.max(by: { logProbabilities[$0] < logProbabilities[$1] }) else { return nil }
    return (head.slots[row], exp(logProbabilities[row]))
  }
}

/// Why parts or bytes do not make a head.
package enum SoftmaxHeadError: Error, Sendable, Equatable {
  /// The model's digest is not 64 lower-case hexadecimal digits.
  case badDigest
  /// The counts do not fit each other, or exceed a limit.
  case badShape
  /// A number is not finite, or beyond what a trained head holds.
  case badNumber
  /// A subject has two rows, or a number that no subject has.
  case badSlots
  /// The bytes are no head.
  case badFile(String)
}
