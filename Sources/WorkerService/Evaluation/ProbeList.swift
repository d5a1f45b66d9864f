internal import Evaluation
internal import Protocol

/// What every rule said of every probe, as lines of text.
struct ProbeList: Sendable {
  private let photos: [String]
  private let names: [String]
  private let probes: [Int32?]
  private let measured: [RuleTrials.Measured]

  init(set: IdentificationSet, outcomes: [RuleTrials.Measured]) {
    photos = set.probes.map(\.photo.shown)
    names = set.people.map(\.name)
    probes = set.probes.map(\.person)
    measured = outcomes
  }

  var bytes: [UInt8] {
    var csv = CSVText(["photo", "person", "rule", "first", "score", "named", "probability", "rank"])
    func name(_ person: Int32?) -> String {
      guard let person, names.indices.contains(Int(person)) else { return "" }
      return names[Int(person)]
    }
    for rule in measured {
      for (index, outcome) in rule.outcomes.enumerated() where photos.indices.contains(index) {
        csv.add([
          photos[index], name(outcome.person), rule.rule.rawValue, name(outcome.best),
          outcome.score.isFinite ? "\(outcome.score)" : "", name(outcome.named),
          outcome.probability.map { "\($0)" } ?? "", outcome.rank.map { "\($0)" } ?? "",
        ])
      }
    }
    return csv.bytes
  }
}
