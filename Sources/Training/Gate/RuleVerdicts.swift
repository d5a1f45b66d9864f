package import Decisions
internal import GalleryStore

/// What a rule says, by a gallery of the teaching crops and a head, exactly as `identify` comes to it.
package struct RuleVerdicts {
  private let index: GalleryIndex
  private let head: SoftmaxHead?
  private let rule: any DecisionMaker

  /// The default rule at a threshold so low that whoever comes first is named: scores are what counts.
  package static let hybrid = HybridRule(threshold: -.greatestFiniteMagnitude)

  /// - Parameters:
  ///   - numbers: the subjects.
  ///   - templates: for each, its normalized embeddings.
  ///   - head: must be of the model `modelDigest` to count; `nil` asks the gallery alone.
  package init(
    numbers: [Int64], templates: [[[Float]]], modelDigest: String, head: SoftmaxHead?,
    rule: any DecisionMaker = Self.hybrid
  ) {
    let dimension = head?.dimension ?? templates.lazy.joined().first?.count ?? 1
    index = GalleryIndex(
      model: ModelIdentity(id: "judged", sha256: modelDigest, dimension: dimension),
      subjects: zip(numbers, templates).map { number, embeddings in
        MemorySubject(number: number, id: "\(number)", embeddings: embeddings)
      })
    self.head = head
    self.rule = rule
  }

  /// The verdict on an embedding; one that is none names nobody.
  package func verdict(_ embedding: [Float]) -> Verdict {
    let face = DecisionFace(embedding: embedding, quality: 1, hasFaults: false)
    guard embedding.count == index.model.dimension, embedding.isDirection,
      let probe = try? DecisionProbe.make([face], topK: 1, index: index, head: head).first
    else { return Verdict(subject: nil, score: -1, probability: head == nil ? nil : 0) }
    let decision = rule.decide(probe)
    var verdict = Verdict(subject: decision.subject, score: Double(decision.score))
    if let seen = probe.head, let best = seen.best {
      let isSomebody = best.probability > seen.unknown
      verdict.classified = isSomebody ? best.slot : nil
      verdict.probability = Double(isSomebody ? best.probability : seen.unknown)
    }
    return verdict
  }
}
