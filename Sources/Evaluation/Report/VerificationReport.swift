package import Calibration

/// All that a verification measured: what the JSON file holds and the HTML file shows.
package struct VerificationReport: Codable, Sendable, Equatable {
  /// The pairs within one group of photos.
  package struct Group: Codable, Sendable, Equatable {
    package var name: String
    package var genuine: Int
    package var impostor: Int
    /// At the known threshold; absent without pairs of the kind.
    package var falseRate: Rate?
    package var missRate: Rate?
    package var measures: CurveMeasures?
  }

  package var header: ReportHeader
  package var photos: PhotoSummary
  package var people: Int
  package var genuine: Int
  package var impostor: Int
  /// Pairs with a photo that could not be used.
  package var unusable: Int
  package var measures: CurveMeasures?
  package var accuracy: FoldAccuracy?
  /// The threshold that `verify` uses, and where it comes from.
  package var threshold: Float
  package var thresholdSource: String
  package var scores: ScoreBins?
  package var reliability: Reliability?
  package var groups: [Group]?

  /// Measures pairs.
  ///
  /// - Parameters:
  ///   - probability: what a score is said to mean; `nil` where the model does not say.
  ///   - groups: the trials of each group by its name.
  package init(
    header: ReportHeader, photos: PhotoSummary, people: Int, trials: TrialSet, folds: Int, threshold: Float,
    thresholdSource: String, groups: [(name: String, trials: TrialSet)]?, draws: Int,
    probability: (Float) -> Float?, checkpoint: () throws -> Void
  ) throws {
    self.header = header
    self.photos = photos
    self.people = people
    (genuine, impostor) = (trials.genuine.count, trials.impostor.count)
    let all = [trials.genuine, trials.impostor].joined()
    unusable = all.count { $0.score == Trial.never }
    self.threshold = threshold
    self.thresholdSource = thresholdSource
    func measure(_ trials: TrialSet) throws -> CurveMeasures? {
      try CurveMeasures.measure(
        trials, people: PeopleDraws(trials, people: people), fixed: threshold, draws: draws, checkpoint: checkpoint)
    }
    measures = try measure(trials)
    accuracy = FoldAccuracy(trials, folds: folds)
    scores = ScoreBins(genuine: trials.genuine.map(\.score), impostor: trials.impostor.map(\.score))
    reliability = Reliability(Self.statements(trials, probability))
    self.groups = try groups?.map { name, trials in
      let measures = try measure(trials)
      func rate(_ trials: [Trial], _ isError: (Trial) -> Bool) -> Rate? {
        trials.isEmpty ? nil : Rate(errors: trials.count(where: isError), of: trials.count, drawn: nil)
      }
      return Group(
        name: name, genuine: trials.genuine.count, impostor: trials.impostor.count,
        falseRate: measures?.fixed?.falseRate ?? rate(trials.impostor) { $0.score >= threshold },
        missRate: measures?.fixed?.missRate ?? rate(trials.genuine) { !($0.score >= threshold) }, measures: measures)
    }
  }

  /// What the model says of each usable pair; both kinds weigh the same, as they do in its calibration.
  private static func statements(
    _ trials: TrialSet, _ probability: (Float) -> Float?
  ) -> [Reliability.Statement] {
    [(true, trials.genuine), (false, trials.impostor)].flatMap { isRight, trials in
      let usable = trials.filter { $0.score.isFinite }
      return usable.compactMap { trial in
        probability(trial.score).map {
          Reliability.Statement(probability: Double($0), isRight: isRight, weight: 0.5 / Double(usable.count))
        }
      }
    }
  }
}
