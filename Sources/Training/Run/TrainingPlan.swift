/// The settings with every default filled in for a set.
package struct TrainingPlan: Sendable, Equatable {
  package let cleanEpochs: Int
  package let augmentedEpochs: Int
  package let learningRate: Double
  package let freezesBatchNorm: Bool

  /// Crops that the augmented phase of a head embeds by default, in all: about a minute of one slow thread.
  static let augmentedCrops = 6000
  /// A batch of this many crops has statistics of its own worth having.
  static let batchForStatistics = 32

  /// - Parameter samples: how many crops teach.
  package init(_ settings: TrainingSettings, samples: Int, isContinued: Bool) {
    let drawsNothing = settings.augmentations?.isEmpty ?? false
    switch settings.scope {
    case .head:
      cleanEpochs = settings.cleanEpochs ?? 40
      // Few crops are drawn more often: each draw is one more view of the person.
      augmentedEpochs =
        drawsNothing ? 0 : settings.augmentedEpochs ?? min(30, max(6, Self.augmentedCrops / max(1, samples)))
    case .tail:
      cleanEpochs = settings.cleanEpochs ?? 8
      augmentedEpochs = drawsNothing ? 0 : settings.augmentedEpochs ?? 6
    case .full:
      cleanEpochs = settings.cleanEpochs ?? 2
      augmentedEpochs = drawsNothing ? 0 : settings.augmentedEpochs ?? 4
    }
    let isFineTuning = isContinued || settings.scope != .head
    // All layers of a pretrained network together: larger steps tear apart within an epoch what millions of faces have taught.
    let usualRate = settings.scope == .full ? 2e-5 : isFineTuning ? 5e-4 : 1e-3
    learningRate = settings.learningRate ?? usualRate
    freezesBatchNorm = settings.freezesBatchNorm ?? (settings.batch < Self.batchForStatistics || samples < 1000)
  }
}
