import FaceModels
import Foundation
import Images
import Networks
import Tensors
import Testing
import Training

/// Training on the networks that people use.
@Suite struct PublishedRecognizerTests {
  @Test(arguments: ["dlib-resnet-v1", "mobilefacenet", "reidentification-retail-0095"])
  func theTailIsAPartThatCanBeTrained(_ id: String) throws {
    guard let recognizer = try InstalledModels.recognizer(id) else { return }
    let whole = try NetworkParts(recognizer, scope: .full)
    let parts = try NetworkParts(recognizer, scope: .tail)
    let lower = try #require(parts.lower)
    let count = { (parameters: [String: Tensor]) in parameters.values.reduce(0) { $0 + $1.count } }
    let share = Double(count(parts.upperParameters)) / Double(count(whole.upperParameters))
    print("\(id): the tail holds \((share * 1000).rounded() / 10) % of the parameters")
    #expect(share > 0.01 && share < 0.75)
    #expect(whole.lower == nil)
    // Both parts one after the other are the whole.
    let side = recognizer.alignment.width
    let crop = Pictures.pattern(8, side: side)
    let input = recognizer.preprocessing.tensor([crop])
    let middle = try InferencePlan(lower, example: [input.shape]).run(input)[0]
    let end = try InferencePlan(parts.upper, example: [middle.shape]).run(middle)[0].values
    let direct = try recognizer.embedder().embed([crop], context: RunContext(pool: .serial))[0]
    let length = end.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
    #expect(zip(end, direct).allSatisfy { abs($0 / length - $1) < 1e-4 })
  }

  /// Faces of four people where LFW's photos have them on average: rough, but the same for all.
  private static func people(_ photos: Int) throws -> [TrainingSubject]? {
    guard let shared = InstalledModels.shared else { return nil }
    let folder = shared.appending(path: "data/lfw-people").path()
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().prefix(4)
    let face = DetectedFace(
      x: 78, y: 70, width: 94, height: 122, score: 1,
      landmarks: [
        Point(x: 104, y: 113), Point(x: 146, y: 113), Point(x: 125, y: 137), Point(x: 108, y: 161),
        Point(x: 143, y: 161),
      ])
    return try names.enumerated().map { row, name in
      let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/" + name).sorted().prefix(photos)
      let samples = try files.enumerated().compactMap { index, file -> TrainingSample? in
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: folder + "/" + name + "/" + file)))
        guard let kept = FaceCrop.cut(face, from: try ImageDecoder.decode(bytes).image) else { return nil }
        return TrainingSample(
          id: Int64(row * 100 + index + 1), crop: try ImageEncoder.jpeg(kept.image, quality: 95), face: kept.face)
      }
      return TrainingSubject(number: Int64(row + 1), samples: samples)
    }
  }

  private static func run(_ recognizer: RecognizerNetwork, _ settings: TrainingSettings, photos: Int)
    throws -> TrainingOutcome?
  {
    guard let people = try people(photos) else { return nil }
    return try TrainingRun(
      recognizer: recognizer, modelDigest: TinyRecognizer.digest, set: TrainingSet(subjects: people),
      settings: settings, folder: nil
    ).run(pool: WorkPool(lanes: 2), clock: { 0 }, checkpoint: {}, report: { _ in })
  }

  @Test func aHeadOnDlibTellsFourPeopleApart() throws {
    guard let recognizer = try InstalledModels.recognizer("dlib-resnet-v1") else { return }
    var settings = TrainingSettings()
    settings.augmentedEpochs = 1
    guard let outcome = try Self.run(recognizer, settings, photos: 7) else { return }
    #expect(outcome.report.heldOut >= 4 && outcome.report.accepted)
    #expect((outcome.report.after.accuracy ?? 0) >= 0.75)
    #expect((outcome.report.curve.last?.accuracy ?? 0) > 0.7)
  }

  @Test func theLastBlockOfDlibLearns() throws {
    guard let recognizer = try InstalledModels.recognizer("dlib-resnet-v1") else { return }
    var settings = TrainingSettings()
    settings.scope = .tail
    settings.cleanEpochs = 3
    settings.augmentedEpochs = 0
    settings.batch = 8
    guard let outcome = try Self.run(recognizer, settings, photos: 5) else { return }
    let curve = outcome.report.curve
    #expect(curve.count == 3 && curve[2].loss < curve[0].loss)
    let tuned = try #require(outcome.tuned)
    let upper = try NetworkParts(recognizer, scope: .tail).upperParameters
    #expect(!tuned.isEmpty && tuned.keys.allSatisfy { upper[$0] != nil })
    #expect(outcome.embeddings.count == 20)
  }
}
