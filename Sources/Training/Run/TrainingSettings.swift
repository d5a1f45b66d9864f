/// What a training job is asked to do. Everything that changes its outcome is in here or in the ``TrainingSet``.
package struct TrainingSettings: Codable, Sendable, Equatable {
  /// What is trained.
  package enum Scope: String, Codable, Sendable, CaseIterable {
    /// The softmax layer over the embeddings of the frozen network.
    case head
    /// The last block of the network too.
    case tail
    /// The whole network too.
    case full
  }

  /// How weights follow their gradients.
  package enum OptimizerKind: String, Codable, Sendable, CaseIterable {
    case adam
    case adamw
    case sgd
  }

  package var scope: Scope = .head
  /// Of shuffling, augmentation draws and first weights: the same seed, set and settings give the same head.
  package var seed: UInt64 = 1
  /// Passes over the crops as they are; `nil` is the scope's default.
  package var cleanEpochs: Int?
  /// Passes over augmented crops, drawn anew each time; `nil` is the scope's default for the size of the set.
  package var augmentedEpochs: Int?
  /// The first step's; `nil` is 1e-3, 5e-4 where a head is trained further or a last block is tuned, 2e-5 for a whole network.
  package var learningRate: Double?
  /// Crops in one step.
  package var batch = 32
  /// Of a network. The rows of a head always follow Adam and are drawn back to their subjects' means, see ``HeadTrainer``.
  package var optimizer = OptimizerKind.adam
  /// The share of probability that the target gives to the other classes, from 0 to below 1.
  package var labelSmoothing: Double = 0
  /// The largest global norm of a step's gradients in a network; `nil` does not clip.
  package var gradientClip: Double? = 1
  /// Of a network.
  package var weightDecay: Double = 0
  /// Prefixes of parameter names that stay as they are, in addition to what the scope freezes.
  package var freeze: [String] = []
  /// Whether batch norm keeps the statistics it came with; `nil`: yes, unless each batch is large enough to have its own.
  package var freezesBatchNorm: Bool?
  /// Names of ``AugmentationPipeline/names``; `nil` is all of them, an empty list is none.
  package var augmentations: [String]?
  /// The share of each subject's crops that are not trained on, so that they can judge: 0 to 0.5.
  package var heldOutShare: Double = 0.2
  /// What decoded crops and cached features may take together, in bytes.
  package var byteBudget = 256 << 20
  /// Whether to draw a contact sheet of the augmentations.
  package var contactSheet = false

  package init() {}

  /// - Throws: ``TrainingError`` `badSettings` with the name of the first setting that cannot be used.
  package func check() throws(TrainingError) {
    func require(_ holds: Bool, _ field: String, _ rule: String) throws(TrainingError) {
      if !holds { throw TrainingError(.badSettings, "The training setting \(field) must be \(rule).", field: field) }
    }
    try require((0...Self.maxEpochs).contains(cleanEpochs ?? 0), "cleanEpochs", "0 to \(Self.maxEpochs)")
    try require((0...Self.maxEpochs).contains(augmentedEpochs ?? 0), "augmentedEpochs", "0 to \(Self.maxEpochs)")
    try require(
      cleanEpochs != 0 || augmentedEpochs != 0, "cleanEpochs", "above 0 where there are no augmented epochs")
    if let rate = learningRate { try require(rate > 0 && rate <= 1, "learningRate", "above 0 and at most 1") }
    try require((1...Self.maxBatch).contains(batch), "batch", "1 to \(Self.maxBatch)")
    try require(labelSmoothing >= 0 && labelSmoothing < 1, "labelSmoothing", "at least 0 and below 1")
    if let clip = gradientClip { try require(clip > 0 && clip.isFinite, "gradientClip", "above 0") }
    try require(weightDecay >= 0 && weightDecay <= 1, "weightDecay", "0 to 1")
    try require(heldOutShare >= 0 && heldOutShare <= 0.5, "heldOutShare", "0 to 0.5")
    try require(byteBudget >= Self.leastByteBudget, "byteBudget", "at least \(Self.leastByteBudget)")
    try require(freeze.count <= 1000, "freeze", "at most 1000 prefixes")
    for name in augmentations ?? [] {
      try require(
        AugmentationPipeline.names.contains(name), "augmentations",
        "among \(AugmentationPipeline.names.joined(separator: ", "))")
    }
  }

  package static let maxEpochs = 1000
  package static let maxBatch = 1024
  package static let leastByteBudget = 1 << 20
}
