import Decisions
import Foundation
import Testing

@testable import Training

@Suite("Training of heads")
struct HeadTrainerTests {
  static let digest = String(repeating: "ab", count: 32)

  /// People as clusters on the sphere. Shape: people x each x dimension.
  static func people(_ count: Int, each: Int, dimension: Int = 32, spread: Float = 0.8, seed: UInt64 = 5)
    -> (samples: [Float], labels: [Int])
  {
    var random = SeededRandom(seed: seed)
    func direction() -> [Float] {
      let values = (0..<dimension).map { _ in random.bell() }
      let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return values.map { $0 / length }
    }
    var (samples, labels): ([Float], [Int]) = ([], [])
    for person in 0..<count {
      let center = direction()
      for _ in 0..<each {
        let noise = direction()
        let values = zip(center, noise).map { $0 + spread * $1 }
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        samples += values.map { $0 / length }
        labels.append(person)
      }
    }
    return (samples, labels)
  }

  static func trainer(
    _ set: (samples: [Float], labels: [Int]), people: Int, options: HeadTrainer.Options = .init(),
    previous: SoftmaxHead? = nil
  ) throws -> HeadTrainer {
    try HeadTrainer(
      modelDigest: digest, dimension: 32, slots: (0..<people).map { Int64($0 + 10) }, samples: set.samples,
      labels: set.labels, options: options, previous: previous)
  }

  @Test func theLossFallsAndEveryoneIsTold() throws {
    let set = Self.people(12, each: 6)
    var trainer = try Self.trainer(set, people: 12)
    let first = try trainer.epoch(embeddings: set.samples, labels: set.labels)
    var last = first
    for _ in 0..<30 { last = try trainer.epoch(embeddings: set.samples, labels: set.labels) }
    #expect(last.loss < first.loss * 0.8)
    // Some samples lie where the made-up strangers do; among the people all are told apart.
    #expect(last.accuracy > 0.7)
    let head = try trainer.head()
    #expect(head.slots == (10..<22).map { Int64($0) } && head.modelDigest == Self.digest)
    for (sample, label) in set.labels.enumerated() {
      let seen = head.probabilities(of: Array(set.samples[sample * 32..<(sample + 1) * 32]))
      #expect(seen?.best?.slot == Int64(label + 10))
    }
  }

  @Test func strangersAreMostlyUnknown() throws {
    let set = Self.people(20, each: 5)
    var trainer = try Self.trainer(set, people: 20)
    for _ in 0..<40 { _ = try trainer.epoch(embeddings: set.samples, labels: set.labels) }
    let head = try trainer.head()
    let strangers = Self.people(200, each: 1, seed: 77)
    let named = (0..<200).count { index in
      let seen = head.probabilities(of: Array(strangers.samples[index * 32..<(index + 1) * 32]))
      return (seen?.best?.probability ?? 0) > (seen?.unknown ?? 1)
    }
    #expect(named < 40)
  }

  @Test func theSameSeedGivesTheSameBytesAndACopyGoesOn() throws {
    let set = Self.people(5, each: 4)
    var a = try Self.trainer(set, people: 5)
    var b = try Self.trainer(set, people: 5)
    for _ in 0..<3 {
      _ = try a.epoch(embeddings: set.samples, labels: set.labels)
      _ = try b.epoch(embeddings: set.samples, labels: set.labels)
    }
    var copy = try JSONDecoder().decode(HeadTrainer.self, from: JSONEncoder().encode(b))
    for _ in 0..<3 {
      _ = try a.epoch(embeddings: set.samples, labels: set.labels)
      _ = try copy.epoch(embeddings: set.samples, labels: set.labels)
    }
    #expect(try a.head().encoded() == copy.head().encoded())
    var options = HeadTrainer.Options()
    options.seed = 2
    var other = try Self.trainer(set, people: 5, options: options)
    for _ in 0..<6 { _ = try other.epoch(embeddings: set.samples, labels: set.labels) }
    #expect(try other.head().encoded() != a.head().encoded())
  }

  @Test func realNegativesBecomeUnknown() throws {
    let set = Self.people(6, each: 5)
    let negatives = Self.people(1, each: 20, spread: 0.3, seed: 9)
    var with = try Self.trainer(set, people: 6)
    var without = with
    for _ in 0..<60 {
      _ = try with.epoch(
        embeddings: set.samples + negatives.samples, labels: set.labels + Array(repeating: 6, count: 20))
      _ = try without.epoch(embeddings: set.samples, labels: set.labels)
    }
    let probe = Array(negatives.samples[0..<32])
    let (a, b) = (try with.head().probabilities(of: probe), try without.head().probabilities(of: probe))
    #expect(try #require(a).unknown > 0.9)
    #expect(try #require(a).unknown >= #require(b).unknown)
  }

  @Test(arguments: [1, 2]) func fewPeopleWithOnePhotoTrain(people: Int) throws {
    let set = Self.people(people, each: 1)
    var trainer = try Self.trainer(set, people: people)
    for _ in 0..<20 { _ = try trainer.epoch(embeddings: set.samples, labels: set.labels) }
    let seen = try #require(try trainer.head().probabilities(of: Array(set.samples[0..<32])))
    #expect(seen.best?.slot == 10)
  }

  @Test func aPreviousHeadIsWhereRowsBegin() throws {
    let set = Self.people(4, each: 4)
    let old = try SoftmaxHead(
      modelDigest: Self.digest, dimension: 32, slots: [11], weights: Array(repeating: 1, count: 64), bias: [0, 0])
    let (fresh, warm) = (try Self.trainer(set, people: 4), try Self.trainer(set, people: 4, previous: old))
    #expect(Array(fresh.rows[0..<32]) == Array(warm.rows[0..<32]))
    #expect(Array(fresh.rows[32..<64]) != Array(warm.rows[32..<64]))
  }

  @Test func setsThatDoNotFitAreRefused() throws {
    let set = Self.people(2, each: 2)
    #expect(throws: TrainingError.self) { try Self.trainer(set, people: 3) }
    #expect(throws: TrainingError.self) { try Self.trainer((samples: [], labels: []), people: 0) }
    var trainer = try Self.trainer(set, people: 2)
    #expect(throws: TrainingError.self) { try trainer.epoch(embeddings: set.samples, labels: [0]) }
    #expect(throws: TrainingError.self) { try trainer.epoch(embeddings: set.samples, labels: [0, 0, 1, 9]) }
    #expect(throws: TrainingError.self) { try trainer.epoch(embeddings: [], labels: []) }
  }

  @Test func thirtyPeopleOfTwentyCropsTakeSeconds() throws {
    let set = Self.people(30, each: 20)
    var trainer = try Self.trainer(set, people: 30)
    let start = ContinuousClock.now
    for _ in 0..<2 { _ = try trainer.epoch(embeddings: set.samples, labels: set.labels) }
    // Unoptimized; 60 epochs of the release build take well under a second.
    #expect(ContinuousClock.now - start < .seconds(60))
  }

  // MARK: Calibration

  @Test func calibrationMakesProbabilitiesHonest() throws {
    // Samples of eight people, each every other time taught and kept apart: what is stated of those must be right.
    let all = Self.people(8, each: 40, spread: 2.5)
    let places = all.labels.indices
    func part(_ isTaught: Bool) -> (samples: [[Float]], labels: [Int]) {
      let chosen = places.filter { ($0 % 2 == 0) == isTaught }
      return (chosen.map { Array(all.samples[$0 * 32..<($0 + 1) * 32]) }, chosen.map { all.labels[$0] })
    }
    let (taught, kept) = (part(true), part(false))
    func train(_ indices: [Int]) throws -> SoftmaxHead {
      let samples = indices.flatMap { taught.samples[$0] }
      let labels = indices.map { taught.labels[$0] }
      var trainer = try Self.trainer((samples: samples, labels: labels), people: 8)
      for _ in 0..<5 { _ = try trainer.epoch(embeddings: samples, labels: labels) }
      return try trainer.head()
    }
    let raw = try train(Array(taught.labels.indices))
    let head = try HeadCrossFit.calibrated(
      raw, embeddings: taught.samples, rows: taught.labels, seed: 5, train: train)
    let again = try HeadCrossFit.calibrated(
      raw, embeddings: taught.samples, rows: taught.labels, seed: 5, train: train)
    #expect(head == again && head.weights == raw.weights && head.temperature != raw.temperature)
    func error(_ head: SoftmaxHead) throws -> Double {
      try #require(
        HeadCalibration.expectedError(head, embeddings: kept.samples.flatMap { $0 }, labels: kept.labels))
    }
    let (before, after) = (try error(raw), try error(head))
    // Measured: 0.490, then 0.240; among the faces it is honest about there are strangers, here are none.
    #expect(after < 0.26 && after < before, "\(before), then \(after)")
  }

  @Test func fewPeopleAreCalibratedForStrangersToo() throws {
    // Five people of five samples, as a small gallery has them; asked about other samples of theirs and about as many
    // strangers. Mean of eight draws of people.
    var (before, after, named) = (0.0, 0.0, 0.0)
    for seed in 0..<8 {
      let all = Self.people(25, each: 15, spread: 1.6, seed: UInt64(100 + seed))
      let places = all.labels.indices
      func rows(_ chosen: [Int]) -> [[Float]] { chosen.map { Array(all.samples[$0 * 32..<($0 + 1) * 32]) } }
      var seen = [Int](repeating: 0, count: 25)
      let turn = all.labels.map { label in
        defer { seen[label] += 1 }
        return seen[label]
      }
      let taught = places.filter { all.labels[$0] < 5 && turn[$0] < 5 }
      let kept = places.filter { all.labels[$0] < 5 && turn[$0] >= 5 }
      let strangers = Array(places.filter { all.labels[$0] >= 5 && turn[$0] < 3 }.prefix(kept.count))
      let (samples, labels) = (rows(taught), taught.map { all.labels[$0] })
      func train(_ indices: [Int]) throws -> SoftmaxHead {
        let (samples, labels) = (indices.flatMap { samples[$0] }, indices.map { labels[$0] })
        var trainer = try Self.trainer((samples: samples, labels: labels), people: 5)
        for _ in 0..<12 { _ = try trainer.epoch(embeddings: samples, labels: labels) }
        return try trainer.head()
      }
      let raw = try train(Array(labels.indices))
      let head = try HeadCrossFit.calibrated(raw, embeddings: samples, rows: labels, seed: 5, train: train)
      func error(_ head: SoftmaxHead) throws -> Double {
        try #require(
          HeadCalibration.expectedError(
            head, embeddings: rows(kept + strangers).flatMap { $0 },
            labels: kept.map { all.labels[$0] } + strangers.map { _ in 5 }))
      }
      before += try error(raw) / 8
      after += try error(head) / 8
      named +=
        Double(
          rows(strangers).count { face in
            head.probabilities(of: face).flatMap(\.best).map { $0.probability > 0.5 } ?? false
          }) / Double(8 * strangers.count)
    }
    // Measured: 0.403, then 0.169.
    #expect(after < 0.185 && after < before / 2, "\(before), then \(after), strangers named \(named)")
  }

  @Test func temperatureAndBiasAreThoseOfTheSmallestCrossEntropy() throws {
    // One number as embedding, ±1, logits 4x for the subject and 0 for unknown. Of 100 faces with +1, 80 are the
    // subject's; of 100 with -1, 10 are. Then log(p / (1 - p)) is log(4) and log(1 / 9): a · 4 - b and -a · 4 - b.
    let head = try SoftmaxHead(modelDigest: Self.digest, dimension: 1, slots: [1], weights: [4, 0], bias: [0, 0.5])
    var calibration = HeadCalibration(classes: 2)
    for index in 0..<200 {
      let isHigh = index < 100
      let isSubject = isHigh ? index < 80 : index < 110
      // Both kinds weigh the same in all: 90 and 110 faces.
      calibration.add(
        head, [isHigh ? 1 : -1], row: isSubject ? 0 : 1, as: isSubject ? .enrolled : .negative)
    }
    let best = try #require(calibration.fit())
    let (high, low) = (log(80.0 / 90 / (20.0 / 110)), log(10.0 / 90 / (90.0 / 110)))
    #expect(abs(best.sharpness - (high - low) / 8) < 0.02)
    #expect(abs(best.bias * best.sharpness + (high + low) / 2) < 0.03)
  }

  @Test func tooFewFacesCalibrateNothing() throws {
    let set = Self.people(3, each: 1)
    var trainer = try Self.trainer(set, people: 3)
    _ = try trainer.epoch(embeddings: set.samples, labels: set.labels)
    let head = try trainer.head()
    let samples = set.labels.indices.map { Array(set.samples[$0 * 32..<($0 + 1) * 32]) }
    #expect(HeadCrossFit.calibrated(head, embeddings: samples, rows: set.labels, seed: 1) { _ in head } == head)
    #expect(HeadCalibration(classes: 4).fit() == nil)
  }

  @Test func theCalibrationErrorIsTheTextbooks() throws {
    // Two classes at probability 0.75 and 0.25 by construction; three of four right gives no error, none right gives 0.75.
    let head = try SoftmaxHead(
      modelDigest: Self.digest, dimension: 1, slots: [1], weights: [1.0986123, 0], bias: [0, 0])
    let inputs: [Float] = [1, 1, 1, 1]
    let honest = try #require(HeadCalibration.expectedError(head, embeddings: inputs, labels: [0, 0, 0, 1]))
    let wrong = try #require(HeadCalibration.expectedError(head, embeddings: inputs, labels: [1, 1, 1, 1]))
    #expect(honest < 1e-5 && abs(wrong - 0.75) < 1e-5)
    #expect(HeadCalibration.expectedError(head, embeddings: [], labels: []) == nil)
  }

  @Test func strangersOfTheCohortAreDirectionsAndNobodys() {
    let set = Self.people(6, each: 4)
    let cohort = SyntheticCohort(
      samples: set.samples, labels: set.labels, dimension: 32, centers: Self.people(6, each: 1).samples)
    var random = SeededRandom(seed: 3)
    let drawn = cohort.draw(50, &random)
    #expect(drawn.count == 50 * 32)
    for stranger in 0..<50 {
      let row = drawn[stranger * 32..<(stranger + 1) * 32]
      #expect(abs(row.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
      for sample in set.labels.indices {
        let other = set.samples[sample * 32..<(sample + 1) * 32]
        #expect(zip(row, other).reduce(0) { $0 + $1.0 * $1.1 } < 0.999)
      }
    }
  }
}
