internal import Decisions
internal import Evaluation
internal import GalleryStore
internal import Training

/// A classifier trained in memory on the enrolled photos of an evaluation.
struct TrialHead: Sendable {
  /// Epochs on the embeddings of the photos as they are.
  private static let epochs = 60

  let head: SoftmaxHead
  let curve: [TrainingPoint]

  /// Subjects are numbered from 1 in the order of `people`; people without an embedding have no class.
  ///
  /// `nil` when fewer than two people are left, or the training does not come to a sound end. Calibrated as `train` does.
  init?(_ people: [[[Float]]], _ model: ModelIdentity, checkpoint: () throws -> Void) throws {
    let known = people.enumerated().filter { !$0.element.isEmpty }
    guard known.count >= 2 else { return nil }
    let slots = known.map { Int64($0.offset) + 1 }
    let all = known.map(\.element)
    guard let trained = try Self.train(all, slots, model, checkpoint) else { return nil }
    curve = trained.curve
    let rows = all.enumerated().flatMap { index, photos in photos.map { _ in index } }
    let photos = all.flatMap { $0 }
    head = try HeadCrossFit.calibrated(trained.head, embeddings: photos, rows: rows, seed: 1) { teaching in
      var part = [[[Float]]](repeating: [], count: all.count)
      for index in teaching { part[rows[index]].append(photos[index]) }
      return try Self.train(part, slots, model, checkpoint)?.head
    }
  }

  private static func train(
    _ people: [[[Float]]], _ slots: [Int64], _ model: ModelIdentity, _ checkpoint: () throws -> Void
  ) throws -> (head: SoftmaxHead, curve: [TrainingPoint])? {
    let samples = people.flatMap { $0.flatMap { $0 } }
    let labels = people.enumerated().flatMap { index, photos in photos.map { _ in index } }
    var curve: [TrainingPoint] = []
    do {
      var trainer = try HeadTrainer(
        modelDigest: model.sha256, dimension: model.dimension, slots: slots, samples: samples, labels: labels)
      for epoch in 1...epochs {
        try checkpoint()
        let result = try trainer.epoch(embeddings: samples, labels: labels)
        curve.append(TrainingPoint(epoch: epoch, loss: result.loss, accuracy: result.accuracy))
      }
      return (try trainer.head(), curve)
    } catch is TrainingError {
      return nil
    }
  }
}
