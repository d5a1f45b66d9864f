import Decisions
import Foundation
import Training

/// How honest a head's probabilities are on photos as they are: those of the enrolled that were not enrolled, and real
/// strangers'.
struct CalibrationCheck {
  let trial: Trial
  let head: SoftmaxHead

  /// A line of JSON: mean stated probability of the first class, share of right answers and expected calibration error
  /// of both groups and of both together in equal numbers; then, for the rules `classifier` and `seed` at their own
  /// thresholds, who is missed and which strangers get a name.
  func line(_ variant: String, seed: UInt64) -> String {
    var (known, labels): ([[Float]], [Int]) = ([], [])
    for person in trial.collection.people.indices {
      let own = trial.enrolled(person)
      for (index, photo) in trial.collection.people[person].photos.enumerated() where !own.contains(index) {
        guard let face = photo[.none] ?? nil else { continue }
        known.append(face.embedding)
        labels.append(person)
      }
    }
    let strangers = trial.collection.strangers[.none] ?? []
    let nobody = strangers.map { _ in head.slots.count }
    let count = min(known.count, strangers.count)
    // Of the larger group every so manieth.
    func part<T>(_ all: [T]) -> [T] { (0..<count).map { all[$0 * all.count / max(1, count)] } }
    let both = describe(part(known) + part(strangers), part(labels) + part(nobody))
    return "{\"variant\":\"\(variant)\",\"seed\":\(seed),\"temperature\":\(head.temperature),"
      + "\"unknownBias\":\(head.bias.last ?? 0),\"known\":\(describe(known, labels)),"
      + "\"strangers\":\(describe(strangers, nobody)),\"both\":\(both),"
      + "\"classifier\":\(rule(ClassifierRule(), known, labels, strangers)),"
      + "\"seedRule\":\(rule(SeedRule(), known, labels, strangers)),"
      + "\"seedSoftmaxAlone\":\(rule(ClassifierRule(threshold: 0.7), known, labels, strangers))}"
  }

  private func describe(_ faces: [[Float]], _ labels: [Int]) -> String {
    var (stated, right) = (0.0, 0)
    for (face, label) in zip(faces, labels) {
      guard let seen = head.logProbabilities(of: face), let best = seen.indices.max(by: { seen[$0] < seen[$1] })
      else { continue }
      stated += exp(Double(seen[best]))
      right += best == label ? 1 : 0
    }
    let error = HeadCalibration.expectedError(head, embeddings: faces.flatMap { $0 }, labels: labels) ?? -1
    let count = Double(max(1, faces.count))
    return "{\"stated\":\(rounded(stated / count)),\"right\":\(rounded(Double(right) / count)),"
      + "\"error\":\(rounded(error))}"
  }

  private func rule(
    _ rule: any DecisionMaker, _ known: [[Float]], _ labels: [Int], _ strangers: [[Float]]
  ) -> String {
    let verdicts = RuleVerdicts(
      numbers: trial.collection.people.indices.map { Int64($0 + 1) }, templates: trial.templates,
      modelDigest: Trial.digest, head: head, rule: rule)
    let missed = zip(known, labels).count { verdicts.verdict($0).subject != Int64($1 + 1) }
    let named = strangers.count { verdicts.verdict($0).subject != nil }
    return "{\"fnir\":\(rounded(Double(missed) / Double(max(1, known.count)))),"
      + "\"fpir\":\(rounded(Double(named) / Double(max(1, strangers.count))))}"
  }

  private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
