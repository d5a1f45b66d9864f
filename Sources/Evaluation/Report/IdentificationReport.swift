/// All that an identification measured: what the JSON file holds and the HTML file shows.
package struct IdentificationReport: Codable, Sendable, Equatable {
  /// Somebody who was enrolled.
  package struct Person: Codable, Sendable, Equatable {
    package var name: String
    /// Photos enrolled, and those that could be used.
    package var photos: Int
    package var usable: Int

    package init(name: String, photos: Int, usable: Int) {
      self.name = name
      self.photos = photos
      self.usable = usable
    }
  }

  /// One rule, measured or not.
  package struct Rule: Codable, Sendable, Equatable {
    package var rule: String
    /// Why it was not tried.
    package var skipped: String?
    package var measures: RuleMeasures?
    /// Of known people with the right name in front, and of strangers.
    package var scores: ScoreBins?

    package init(rule: String, skipped: String? = nil, measures: RuleMeasures? = nil, scores: ScoreBins? = nil) {
      self.rule = rule
      self.skipped = skipped
      self.measures = measures
      self.scores = scores
    }
  }

  package var header: ReportHeader
  package var photos: PhotoSummary
  package var people: [Person]
  /// Photos of enrolled people and of strangers that were looked up.
  package var probes: Int
  package var strangers: Int
  package var leftOut: Int
  package var rules: [Rule]
  /// How the head that the rules used was trained; absent when none was.
  package var training: [TrainingPoint]?

  package init(
    header: ReportHeader, photos: PhotoSummary, people: [Person], probes: Int, strangers: Int, leftOut: Int,
    rules: [Rule], training: [TrainingPoint]? = nil
  ) {
    self.header = header
    self.photos = photos
    self.people = people
    self.probes = probes
    self.strangers = strangers
    self.leftOut = leftOut
    self.rules = rules
    self.training = training
  }
}

/// What one epoch of a training came to.
package struct TrainingPoint: Codable, Sendable, Equatable {
  package var epoch: Int
  package var loss: Double
  /// The share of samples that were right; absent where it was not measured.
  package var accuracy: Double?

  package init(epoch: Int, loss: Double, accuracy: Double? = nil) {
    self.epoch = epoch
    self.loss = loss
    self.accuracy = accuracy
  }
}
