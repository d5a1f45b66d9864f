import Decisions
import FaceModels
import Foundation
import Images
import Networks
import Synchronization
import Tensors
import Testing
import Training

@Suite struct TrainingRunTests {
  private static let set = Result { TrainingSet(subjects: try TinyRecognizer.people(5, photos: 6)) }

  /// Stops a job at a call of its checkpoint.
  private final class Fuse: Sendable {
    struct Blown: Error {}
    private let left: Mutex<Int>
    init(_ calls: Int) { left = Mutex(calls) }
    func burn() throws {
      let isOver = left.withLock { left in
        left -= 1
        return left < 0
      }
      if isOver { throw Blown() }
    }
  }

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "run-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test func aHeadLearnsReportsAndIsAccepted() throws {
    var events: [TrainingProgress] = []
    var settings = TinyRecognizer.settings(.head, clean: 15, augmented: 3)
    settings.contactSheet = true
    let outcome = try TinyRecognizer.run(try Self.set.get(), settings, report: { events.append($0) })
    #expect(outcome.head.slots == [1, 2, 3, 4, 5])
    #expect(outcome.head.modelDigest == TinyRecognizer.digest && outcome.head.dimension == 12)
    #expect(outcome.tuned == nil && outcome.embeddings.isEmpty)
    let report = outcome.report
    #expect(report.accepted && report.reasons.isEmpty && !report.resumed)
    #expect(report.subjects == 5 && report.heldOut == 5 && report.samples == 25 && report.unusable == 0)
    #expect(report.strangers == .synthetic)
    #expect(
      report.curve.map(\.phase) == [TrainingProgress.Phase](repeating: .clean, count: 15) + [
        .augmented, .augmented, .augmented,
      ])
    let clean = report.curve.filter { $0.phase == .clean }
    // The embeddings of a network with random weights lie close together, so that `unknown` often comes first.
    #expect(clean[14].loss < clean[0].loss)
    let sheet = try #require(outcome.contactSheet)
    #expect(sheet.width > 10 * TinyRecognizer.side)
    // Phases in order, epochs counted from 1, estimates that end near nothing.
    let phases = events.map(\.phase)
    #expect(phases.first == .prepare && phases.last == .judge)
    #expect(zip(phases, phases.dropFirst()).count { $0 != $1 } == 3)
    #expect(events.filter { $0.phase == .clean }.allSatisfy { (1...15).contains($0.epoch) && $0.epochs == 15 })
    #expect(events.filter { $0.phase == .clean }.allSatisfy { $0.loss != nil && $0.learningRate != nil })
    #expect(events.allSatisfy { $0.imagesPerSecond >= 0 && ($0.secondsLeft ?? 0) >= 0 })
    #expect((events.last?.secondsLeft ?? 99) < 1)
  }

  @Test func anAcceptedHeadIsFittedToAllCrops() throws {
    let set = try Self.set.get()
    let settings = TinyRecognizer.settings(.head, clean: 6, augmented: 2)
    let outcome = try TinyRecognizer.run(set, settings)
    #expect(outcome.report.accepted)
    let judged = outcome.head.judgedHead
    // On a network of random weights strangers may get names more often then, and the head stays as it was judged.
    #expect((outcome.head.judged != nil) == outcome.report.refitted)
    #expect((judged.weights != outcome.head.weights) == outcome.report.refitted)
    #expect(judged.judged == nil && judged.slots == outcome.head.slots)
    // The figures are of the head that did not know the held-out crops: without them it is the same.
    let split = HeldOutSplit(set, share: settings.heldOutShare)
    var alone = settings
    alone.heldOutShare = 0
    let taught = TrainingSet(
      subjects: zip(set.subjects, split.teaching).map { TrainingSubject(number: $0.number, samples: $1) })
    let without = try TinyRecognizer.run(taught, alone)
    #expect(!without.report.refitted && without.head.judged == nil)
    #expect(without.head.weights == judged.weights && without.head.temperature == judged.temperature)
    // What is judged later against it starts from there, too.
    var next = settings
    next.cleanEpochs = 1
    let again = try TinyRecognizer.run(
      TrainingSet(subjects: set.subjects, previousHead: outcome.head), next)
    let same = try TinyRecognizer.run(TrainingSet(subjects: set.subjects, previousHead: judged), next)
    #expect(again.report.before == outcome.report.after && again.head.judgedHead == same.head.judgedHead)
  }

  @Test func theSameSeedGivesTheSameHeadOnAnyNumberOfThreads() throws {
    let settings = TinyRecognizer.settings(.head, clean: 3, augmented: 2)
    let heads = try [1, 1, 3].map { try TinyRecognizer.run(try Self.set.get(), settings, lanes: $0).head }
    #expect(heads[0] == heads[1])
    #expect(heads[0] == heads[2])
    var other = settings
    other.seed = 2
    #expect(try TinyRecognizer.run(try Self.set.get(), other).head != heads[0])
  }

  @Test func aResumedRunEndsWithTheSameHead() throws {
    let set = try Self.set.get()
    let settings = TinyRecognizer.settings(.head, clean: 4, augmented: 4)
    let whole = try TinyRecognizer.run(set, settings)
    try withFolder { folder in
      // Stopped after 100, 200, 300... further checks until it gets to the end.
      var calls = 40
      var outcome: TrainingOutcome?
      var stops = 0
      while outcome == nil, stops < 40 {
        let fuse = Fuse(calls)
        do {
          outcome = try TinyRecognizer.run(set, settings, folder: folder, checkpoint: { try fuse.burn() })
        } catch is Fuse.Blown {
          stops += 1
          calls += 20 + calls / 4
        }
      }
      #expect(stops > 2)
      #expect(outcome?.head == whole.head)
      #expect(outcome?.report.resumed == true)
      #expect(outcome?.report.curve == whole.report.curve)
      // Until the outcome is safe the checkpoint stays, and ends in the same without another epoch.
      nonisolated(unsafe) var phases: Set<TrainingProgress.Phase> = []
      let again = try TinyRecognizer.run(set, settings, folder: folder, report: { phases.insert($0.phase) })
      #expect(again.head == whole.head && again.report == outcome?.report)
      #expect(!phases.contains(.clean) && !phases.contains(.augmented))
      CheckpointFolder(folder).clear()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test func aDamagedOrForeignCheckpointIsNotGoneOnFrom() throws {
    let set = try Self.set.get()
    // Enough for all crops and some epochs.
    let calls = 75
    let settings = TinyRecognizer.settings(.head, clean: 6, augmented: 0)
    let whole = try TinyRecognizer.run(set, settings)
    try withFolder { folder in
      let fuse = Fuse(calls)
      #expect(throws: Fuse.Blown.self) {
        try TinyRecognizer.run(set, settings, folder: folder, checkpoint: { try fuse.burn() })
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix("safetensors") }
      try #require(!files.isEmpty)
      for file in files {
        let place = URL(fileURLWithPath: folder + "/" + file)
        var bytes = try Data(contentsOf: place)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: place)
      }
      let outcome = try TinyRecognizer.run(set, settings, folder: folder)
      #expect(!outcome.report.resumed && outcome.head == whole.head)
    }
    try withFolder { folder in
      let fuse = Fuse(calls)
      _ = try? TinyRecognizer.run(set, settings, folder: folder, checkpoint: { try fuse.burn() })
      var other = settings
      other.seed = 9
      let outcome = try TinyRecognizer.run(set, other, folder: folder)
      #expect(!outcome.report.resumed)
    }
  }

  @Test func labelsThatMeanNothingAreRefused() throws {
    // Every subject gets photos of all people.
    let people = try TinyRecognizer.people(6, photos: 12)
    let mixed = (0..<6).map { row in
      TrainingSubject(number: Int64(row + 1), samples: (0..<12).map { people[($0 + row) % 6].samples[$0] })
    }
    let outcome = try TinyRecognizer.run(
      TrainingSet(subjects: mixed), TinyRecognizer.settings(.head, clean: 10, augmented: 0))
    #expect(!outcome.report.accepted)
    #expect(outcome.report.reasons.contains { $0.code == .noBetterThanChance || $0.code == .accuracyFell })
    #expect(outcome.report.reasons.allSatisfy { $0.message.hasSuffix(".") })
  }

  @Test func aWorseHeadDoesNotTakeOverFromAGoodOne() throws {
    let set = TrainingSet(subjects: try TinyRecognizer.people(5, photos: 20))
    var settings = TinyRecognizer.settings(.head, clean: 20, augmented: 0)
    settings.learningRate = 0.02
    let good = try TinyRecognizer.run(set, settings)
    #expect(good.report.accepted)
    settings.cleanEpochs = 1
    settings.optimizer = .sgd
    settings.learningRate = 1
    settings.gradientClip = 1e9
    settings.weightDecay = 1
    let again = TrainingSet(subjects: set.subjects, previousHead: good.head)
    let bad = try TinyRecognizer.run(again, settings)
    #expect(bad.report.before.accuracy == good.report.after.accuracy)
    #expect((bad.report.after.accuracy ?? 1) >= (bad.report.before.accuracy ?? 0) || !bad.report.accepted)
  }

  @Test func withoutCropsEmbeddingsDo() throws {
    let set = try Self.set.get()
    let embedder = try TinyRecognizer.network().embedder()
    let crops = CropEmbedder(
      alignment: TinyRecognizer.network().alignment, store: CropStore(budget: ByteBudget(1 << 24)),
      context: RunContext(pool: .serial))
    let bare = try set.subjects.map { subject -> TrainingSubject in
      let embeddings = try crops.embeddings(subject.samples, .clean, embedder: embedder) { _ in }
      return TrainingSubject(
        number: subject.number,
        samples: zip(subject.samples, embeddings).map {
          TrainingSample(id: $0.id, crop: nil, face: nil, embedding: $1)
        })
    }
    let settings = TinyRecognizer.settings(.head, clean: 3, augmented: 0)
    let outcome = try TinyRecognizer.run(TrainingSet(subjects: bare), settings)
    let whole = try TinyRecognizer.run(set, settings)
    #expect(outcome.head == whole.head)
    // A network cannot be trained on them.
    #expect(throws: TrainingError.self) {
      try TinyRecognizer.run(TrainingSet(subjects: bare), TinyRecognizer.settings(.full, clean: 1, augmented: 0))
    }
  }

  @Test func whatCannotBeUsedIsCountedAndNobodyIsAnError() throws {
    let good = try TinyRecognizer.people(3, photos: 4)
    let broken = (0..<3).map { TrainingSample(id: Int64(1000 + $0), crop: [9, 9, 9], face: Pictures.face) }
    let set = TrainingSet(subjects: good + [TrainingSubject(number: 77, samples: broken)])
    let outcome = try TinyRecognizer.run(set, TinyRecognizer.settings(.head, clean: 1, augmented: 0))
    #expect(outcome.report.unusable == 3 && outcome.head.slots == [1, 2, 3])
    for bad in [
      TrainingSet(subjects: []), TrainingSet(subjects: [TrainingSubject(number: 1, samples: broken)]),
      TrainingSet(subjects: [good[0], good[0]]),
    ] {
      #expect(throws: TrainingError.self) {
        try TinyRecognizer.run(bad, TinyRecognizer.settings(.head, clean: 1, augmented: 0))
      }
    }
  }

  @Test func settingsOutOfRangeAreNamed() {
    func field(_ change: (inout TrainingSettings) -> Void) -> String? {
      var settings = TrainingSettings()
      change(&settings)
      do {
        try settings.check()
        return nil
      } catch { return error.field }
    }
    #expect(field { _ in } == nil)
    #expect(field { $0.batch = 0 } == "batch")
    #expect(field { $0.learningRate = .nan } == "learningRate")
    #expect(field { $0.labelSmoothing = 1 } == "labelSmoothing")
    #expect(field { $0.gradientClip = -1 } == "gradientClip")
    #expect(field { $0.augmentations = ["sparkle"] } == "augmentations")
    #expect(field { $0.heldOutShare = 0.6 } == "heldOutShare")
    #expect(field { $0.byteBudget = 5 } == "byteBudget")
    #expect(field { $0.cleanEpochs = -1 } == "cleanEpochs")
    #expect(field { ($0.cleanEpochs, $0.augmentedEpochs) = (0, 0) } == "cleanEpochs")
  }
}
