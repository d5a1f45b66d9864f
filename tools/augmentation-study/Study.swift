import Decisions
import FaceModels
import Foundation
import Networks
import Training

/// The arguments of the program: names with one value each.
struct Options: Sendable {
  let values: [String: String]

  init(_ arguments: ArraySlice<String>) {
    var (values, rest): ([String: String], _) = ([:], arguments)
    while let name = rest.popFirst() { values[name] = rest.popFirst() ?? "" }
    self.values = values
  }
}

/// Variants of training, each measured over several draws of enrolled photos.
struct Study {
  let collection: Collection
  let recognizer: RecognizerNetwork
  let recognizerID: String
  let half: String
  let photos: Int
  let seeds: UInt64
  let pool: WorkPool
  let showsTimes: Bool
  let showsCalibration: Bool

  /// The settings of a variant: `clean`, `augmented`, `only:a+b` or `without:a+b` of augmentations, `epochs:N`.
  private func settings(_ variant: String, seed: UInt64) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.seed = seed
    settings.heldOutShare = 0
    let parts = variant.split(separator: ":").map(String.init)
    let names = parts.dropFirst().first?.split(separator: "+").map(String.init) ?? []
    switch parts[0] {
    case "clean": settings.augmentations = []
    case "only": settings.augmentations = names
    case "without": settings.augmentations = AugmentationPipeline.names.filter { !names.contains($0) }
    case "epochs": settings.augmentedEpochs = Int(parts[1])
    default: break
    }
    return settings
  }

  func run(variants: [String]) throws {
    var lines: [String: [Outcome]] = [:]
    var order: [String] = []
    func note(_ name: String, _ outcome: Outcome) {
      if lines[name] == nil { order.append(name) }
      lines[name, default: []].append(outcome)
    }
    for seed in 1...max(1, seeds) {
      let trial = Trial(collection: collection, recognizer: recognizer, photos: photos, seed: seed)
      note("gallery", trial.measure(rule(trial, nil, GalleryRule(threshold: -1))))
      note("hybrid, no head", trial.measure(rule(trial, nil, RuleVerdicts.hybrid)))
      for variant in variants {
        let (head, ends) = try trial.train(settings(variant, seed: seed), pool: pool)
        if showsTimes {
          let text = ends.sorted { $0.value < $1.value }.map {
            "\($0.key.rawValue) \(($0.value * 100).rounded() / 100)"
          }
          print("{\"variant\":\"\(variant)\",\"secondsAtEnd\":\"\(text.joined(separator: ", "))\"}")
        }
        note(
          "classifier, " + variant,
          trial.measure { probe in
            head.probabilities(of: probe)?.best.map { ($0.slot, Double($0.probability)) }
          })
        note("hybrid, " + variant, trial.measure(rule(trial, head, RuleVerdicts.hybrid)))
        if showsCalibration { print(CalibrationCheck(trial: trial, head: head).line(variant, seed: seed)) }
      }
    }
    for name in order { print(describe(name, lines[name] ?? [])) }
  }

  /// What a rule says by the enrolled photos, and a head.
  private func rule(
    _ trial: Trial, _ head: SoftmaxHead?, _ maker: any DecisionMaker
  ) -> ([Float]) -> (subject: Int64, score: Double)? {
    let verdicts = RuleVerdicts(
      numbers: collection.people.indices.map { Int64($0 + 1) }, templates: trial.templates, modelDigest: Trial.digest,
      head: head, rule: maker)
    return { probe in
      let verdict = verdicts.verdict(probe)
      return verdict.subject.map { ($0, verdict.score) }
    }
  }

  private func describe(_ name: String, _ outcomes: [Outcome]) -> String {
    func mean(_ value: (Outcome) -> Double) -> Double {
      (outcomes.reduce(0) { $0 + value($1) } / Double(max(1, outcomes.count)) * 10_000).rounded() / 100
    }
    func spread(_ value: (Outcome) -> Double) -> Double {
      let center = outcomes.reduce(0) { $0 + value($1) } / Double(max(1, outcomes.count))
      let square = outcomes.reduce(0) { $0 + (value($1) - center) * (value($1) - center) }
      return ((square / Double(max(1, outcomes.count - 1))).squareRoot() * 10_000).rounded() / 100
    }
    func share(_ kind: Degradation) -> Double {
      mean { Double($0.right[kind] ?? 0) / Double(max(1, $0.total[kind] ?? 1)) }
    }
    return "{\"recognizer\":\"\(recognizerID)\",\"half\":\"\(half)\",\"rule\":\"\(name)\",\"seeds\":\(outcomes.count),"
      + "\"probes\":\(outcomes.first?.probes ?? 0),\"accuracy\":\(mean(\.accuracy)),\"accuracySpread\":\(spread(\.accuracy)),"
      + "\"blur\":\(share(.blur)),\"dark\":\(share(.dark)),\"rotated\":\(share(.rotated)),\"together\":\(share(.together)),"
      + "\"fnir\":\(mean(\.fnir)),\"fnirSpread\":\(spread(\.fnir)),"
      + "\"wrongName\":\(mean { Double($0.wrong) / Double(max(1, $0.probes)) })}"
  }
}
