import Decisions
import FaceModels
import Foundation
import Networks
import Training

/// Photos of people and strangers under every degradation.
struct Collection {
  /// For each person, for each of its photos: the clean face, then its degraded versions by kind.
  var people: [(name: String, photos: [[Degradation: PhotoFace?]])]
  /// Strangers' faces by kind, pooled.
  var strangers: [Degradation: [[Float]]]
  static let kinds: [Degradation] = [.blur, .dark, .rotated, .together]
}

/// What a head does to degraded probes.
struct Outcome {
  var probes = 0
  var right: [Degradation: Int] = [:]
  var total: [Degradation: Int] = [:]
  /// Missed at a threshold that gives 1 % of the degraded strangers a name.
  var missed = 0
  var wrong = 0

  var accuracy: Double { Double(right.values.reduce(0, +)) / Double(max(1, probes)) }
  var fnir: Double { Double(missed) / Double(max(1, probes)) }
}

/// One draw of enrolled photos, trained and measured.
struct Trial {
  let collection: Collection
  let recognizer: RecognizerNetwork
  let photos: Int
  let seed: UInt64
  /// Stands for the recognizer's.
  static let digest = String(repeating: "0", count: 64)

  /// Which photos of each person are enrolled.
  func enrolled(_ person: Int) -> Set<Int> {
    var random = SeededRandom(seed: seed, [UInt64(person)], purpose: "enrolled")
    let usable = collection.people[person].photos.indices.filter { collection.people[person].photos[$0][.none] != nil }
    return Set(random.permutation(of: usable.count).prefix(photos).map { usable[$0] })
  }

  /// Trains a head on the enrolled photos; with the seconds from the start at which each phase ended.
  func train(_ settings: TrainingSettings, pool: WorkPool) throws -> (
    head: SoftmaxHead, ends: [TrainingProgress.Phase: Double]
  ) {
    var id: Int64 = 0
    let subjects = collection.people.indices.map { person -> TrainingSubject in
      let samples = enrolled(person).sorted().compactMap { photo -> TrainingSample? in
        guard let face = collection.people[person].photos[photo][.none] ?? nil else { return nil }
        id += 1
        return TrainingSample(id: id, crop: Array(face.crop), face: face.face, embedding: face.embedding)
      }
      return TrainingSubject(number: Int64(person + 1), samples: samples)
    }
    let start = ContinuousClock.now
    func now() -> Double { (ContinuousClock.now - start) / .seconds(1) }
    var ends: [TrainingProgress.Phase: Double] = [:]
    let outcome = try TrainingRun(
      recognizer: recognizer, modelDigest: Self.digest, set: TrainingSet(subjects: subjects),
      settings: settings, folder: nil
    ).run(pool: pool, clock: now, checkpoint: {}, report: { ends[$0.phase] = now() })
    return (outcome.head, ends)
  }

  /// Identifies every photo that was not enrolled, under every degradation. A face that is not found is a miss.
  func measure(_ decide: ([Float]) -> (subject: Int64, score: Double)?) -> Outcome {
    let strangers = Collection.kinds.flatMap { collection.strangers[$0] ?? [] }
    let scores = strangers.compactMap { decide($0)?.score }.sorted(by: >)
    let named = strangers.count / 100
    let threshold = named < scores.count ? scores[named] : -.infinity
    var outcome = Outcome()
    for person in collection.people.indices {
      let own = enrolled(person)
      for (index, photo) in collection.people[person].photos.enumerated() where !own.contains(index) {
        for kind in Collection.kinds {
          outcome.probes += 1
          outcome.total[kind, default: 0] += 1
          guard let face = photo[kind] ?? nil, let answer = decide(face.embedding) else {
            outcome.missed += 1
            continue
          }
          let isRight = answer.subject == Int64(person + 1)
          if isRight { outcome.right[kind, default: 0] += 1 }
          if !isRight, answer.score > threshold { outcome.wrong += 1 }
          if !isRight || answer.score <= threshold { outcome.missed += 1 }
        }
      }
    }
    return outcome
  }

  /// The enrolled embeddings of each person.
  var templates: [[[Float]]] {
    collection.people.indices.map { person in
      enrolled(person).sorted().compactMap { (collection.people[person].photos[$0][.none] ?? nil)?.embedding }
    }
  }
}
