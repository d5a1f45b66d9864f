import FaceModels
import Foundation
import Networks
import Tensors
import Testing
import Training

@Suite struct NetworkScopeTests {
  private static let set = Result { TrainingSet(subjects: try TinyRecognizer.people(5, photos: 8)) }

  private static let names = TinyRecognizer.network().graph.namesOfParameters

  private func settings(_ scope: TrainingSettings.Scope) -> TrainingSettings {
    var settings = TinyRecognizer.settings(scope, clean: 8, augmented: 2)
    settings.learningRate = 0.01
    return settings
  }

  @Test func theTailIsTheLastResidualBlock() throws {
    let parts = try NetworkParts(TinyRecognizer.network(), scope: .tail)
    let lower = try #require(parts.lower)
    #expect(
      Set(parts.upperParameters.keys)
        == Set(Self.names.filter { $0.hasPrefix("block2.") || $0.hasPrefix("embedding.") }))
    #expect(lower.namesOfParameters.union(parts.upperParameters.keys) == Self.names)
    // Both parts one after the other are the whole.
    var random = SeededRandom(seed: 1)
    let input = Tensor(shape: [2, 3, 24, 24], values: (0..<2 * 3 * 24 * 24).map { _ in random.bell() })
    let whole = try InferencePlan(TinyRecognizer.network().graph, example: [[1, 3, 24, 24]]).run(input)[0].values
    let middle = try InferencePlan(lower, example: [[1, 3, 24, 24]]).run(input)[0]
    let end = try InferencePlan(parts.upper, example: [middle.shape]).run(middle)[0].values
    #expect(zip(whole, end).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test(arguments: [TrainingSettings.Scope.tail, .full])
  func aNetworkLearns(_ scope: TrainingSettings.Scope) throws {
    let set = try Self.set.get()
    let outcome = try TinyRecognizer.run(set, settings(scope))
    let clean = outcome.report.curve.filter { $0.phase == .clean }
    #expect(clean.count == 8 && outcome.report.curve.count == 10)
    #expect(clean[7].loss < 0.7 * clean[0].loss)
    #expect(clean[7].accuracy >= clean[0].accuracy)
    let tuned = try #require(outcome.tuned)
    #expect(!tuned.isEmpty)
    let inTail = { (name: String) in name.hasPrefix("block2.") || name.hasPrefix("embedding.") }
    if scope == .tail { #expect(tuned.keys.allSatisfy(inTail)) }
    if scope == .full { #expect(tuned.keys.contains { $0.hasPrefix("stem.") }) }
    // Running statistics stay with a set so small.
    #expect(!tuned.keys.contains { $0.hasSuffix(".mean") || $0.hasSuffix(".variance") })
    // Embeddings are those of the tuned network, for every template.
    let ids = set.subjects.flatMap { $0.samples.map(\.id) }
    #expect(Set(outcome.embeddings.keys) == Set(ids))
    var recognizer = try TinyRecognizer.network().replacing(tuned)
    recognizer.finish.center = try #require(outcome.center)
    let crops = CropEmbedder(
      alignment: recognizer.alignment, store: CropStore(budget: ByteBudget(1 << 24)),
      context: RunContext(pool: .serial))
    let sample = set.subjects[2].samples[1]
    let again = try crops.embeddings([sample], .clean, embedder: recognizer.embedder()) { _ in }
    let expected = try #require(again[0])
    let got = try #require(outcome.embeddings[sample.id])
    #expect(zip(expected, got).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test(arguments: [TrainingSettings.Scope.tail, .full])
  func facesOfAPersonLieAsFarApartAsBefore(_ scope: TrainingSettings.Scope) throws {
    let set = try Self.set.get()
    let network = TinyRecognizer.network()
    let outcome = try TinyRecognizer.run(set, settings(scope))
    let crops = CropEmbedder(
      alignment: network.alignment, store: CropStore(budget: ByteBudget(1 << 24)),
      context: RunContext(pool: .serial))
    let samples = set.subjects.flatMap(\.samples)
    func embeddings(_ network: RecognizerNetwork) throws -> [Int64: [Float]] {
      let made = try crops.embeddings(samples, .clean, embedder: network.embedder()) { _ in }
      return Dictionary(
        uniqueKeysWithValues: try zip(samples, made).map { ($0.id, try #require($1)) })
    }
    /// The median distance of held-out faces to the mean direction of their person's other faces.
    func distance(_ embeddings: [Int64: [Float]]) throws -> Float {
      let split = HeldOutSplit(set, share: settings(scope).heldOutShare)
      let distances = try zip(split.judging, split.teaching).flatMap { judging, teaching in
        let vectors = try teaching.map { try #require(embeddings[$0.id]) }
        let sum = vectors[0].indices.map { index in vectors.reduce(0) { $0 + $1[index] } }
        let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return try judging.map { sample in
          1 - zip(try #require(embeddings[sample.id]), sum).reduce(0) { $0 + $1.0 * $1.1 } / length
        }
      }.sorted()
      return (distances[distances.count / 2] + distances[(distances.count - 1) / 2]) / 2
    }
    let before = try distance(embeddings(network))
    let bare = try network.replacing(try #require(outcome.tuned))
    var centered = bare
    centered.finish.center = try #require(outcome.center)
    let (moved, after) = (try distance(embeddings(bare)), try distance(embeddings(centered)))
    #expect(abs(after / before - 1) < 0.02, "\(before), \(moved) as trained, then \(after)")
    #expect(abs(moved / before - 1) > 0.05, "\(before), \(moved) as trained, then \(after)")
  }

  @Test func whatIsFrozenStays() throws {
    var settings = settings(.full)
    settings.freeze = ["stem.", "block1."]
    settings.cleanEpochs = 1
    settings.augmentedEpochs = 0
    let outcome = try TinyRecognizer.run(try Self.set.get(), settings)
    let tuned = try #require(outcome.tuned)
    #expect(!tuned.isEmpty && tuned.keys.allSatisfy { $0.hasPrefix("block2.") || $0.hasPrefix("embedding.") })
    settings.freeze = [""]
    #expect(throws: TrainingError.self) { try TinyRecognizer.run(try Self.set.get(), settings) }
  }

  @Test func batchStatisticsAreTakenWhenAsked() throws {
    var settings = settings(.full)
    settings.freezesBatchNorm = false
    settings.cleanEpochs = 1
    settings.augmentedEpochs = 0
    let tuned = try #require(try TinyRecognizer.run(try Self.set.get(), settings).tuned)
    #expect(tuned.keys.contains { $0.hasSuffix(".mean") } && tuned.keys.contains { $0.hasSuffix(".variance") })
  }

  @Test func aRunawayTrainingIsAnErrorOrARefusal() throws {
    var settings = settings(.full)
    settings.optimizer = .sgd
    settings.learningRate = 1
    settings.gradientClip = 1e30
    settings.cleanEpochs = 2
    settings.augmentedEpochs = 0
    do {
      // Enough crops judge that a ruined network shows.
      let set = TrainingSet(subjects: try TinyRecognizer.people(5, photos: 20))
      let outcome = try TinyRecognizer.run(set, settings)
      #expect(!outcome.report.accepted)
    } catch let error as TrainingError {
      #expect(error.code == .diverged)
    }
  }

  @Test func aSmallBudgetChangesNothingButTime() throws {
    let set = try Self.set.get()
    var settings = settings(.tail)
    settings.cleanEpochs = 2
    settings.augmentedEpochs = 1
    let large = try TinyRecognizer.run(set, settings)
    settings.byteBudget = TrainingSettings.leastByteBudget
    let small = try TinyRecognizer.run(set, settings)
    #expect(small.report.curve == large.report.curve && small.head == large.head)
  }

  @Test func aStoppedNetworkTrainingGoesOn() throws {
    struct Stop: Error {}
    let set = try Self.set.get()
    var settings = settings(.tail)
    settings.cleanEpochs = 2
    settings.augmentedEpochs = 2
    let whole = try TinyRecognizer.run(set, settings)
    let folder = NSTemporaryDirectory() + "tail-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // Reports come on the calling thread: stop once the third epoch has begun, by the next check.
    nonisolated(unsafe) var isThere = false
    #expect(throws: Stop.self) {
      try TinyRecognizer.run(
        set, settings, folder: folder, checkpoint: { if isThere { throw Stop() } },
        report: { if $0.phase == .augmented { isThere = true } })
    }
    let resumed = try TinyRecognizer.run(set, settings, folder: folder)
    #expect(resumed.report.resumed)
    #expect(resumed.report.curve == whole.report.curve)
    #expect(resumed.head == whole.head)
    #expect(resumed.tuned?.mapValues(\.values) == whole.tuned?.mapValues(\.values))
    // The last checkpoint is the whole training.
    let again = try TinyRecognizer.run(set, settings, folder: folder)
    #expect(again.head == whole.head && again.embeddings == whole.embeddings && again.report == resumed.report)
  }
}
