internal import Decisions
internal import Evaluation
internal import GalleryStore
internal import Training

/// A classifier trained in memory on the enrolled photos of an evaluation, as `train` makes it without augmentations; it judges
/// itself by nothing, since the probes do.
struct TrialHead: Sendable {
  let head: SoftmaxHead
  let curve: [TrainingPoint]

  /// Subjects are numbered from 1 in the order of `people`; people without an embedding have no class.
  ///
  /// `nil` when fewer than two people are left, or the training does not come to a sound end.
  init?(_ people: [[[Float]]], _ model: ModelIdentity, checkpoint: () throws -> Void) throws {
    let known = people.enumerated().filter { !$0.element.isEmpty }
    guard known.count >= 2 else { return nil }
    let rows = known.enumerated().flatMap { row, person in person.element.map { _ in row } }
    var settings = TrainingSettings()
    settings.augmentations = []
    let trained = try withoutActuallyEscaping(checkpoint) { checkpoint -> (head: SoftmaxHead, curve: [EpochRecord])? in
      let recipe = HeadRecipe(
        modelDigest: model.sha256, slots: known.map { Int64($0.offset) + 1 }, settings: settings, samples: rows.count,
        checkpoint: checkpoint)
      do {
        return try recipe.cleanHead(known.flatMap(\.element), rows)
      } catch is TrainingError {
        return nil
      }
    }
    guard let trained else { return nil }
    head = trained.head
    curve = trained.curve.map { TrainingPoint(epoch: $0.epoch, loss: $0.loss, accuracy: $0.accuracy) }
  }
}
