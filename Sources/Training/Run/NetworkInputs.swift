internal import FaceModels
internal import Images
internal import Networks
internal import Tensors

/// What the trained part of a network is fed: crops, or what the frozen part makes of them. The latter is kept for clean
/// crops while the byte budget lasts.
final class NetworkInputs {
  private let context: JobContext
  private let plan: InferencePlan?
  private let batches: Bool
  private let budget: ByteBudget
  private var kept: [Int64: Tensor] = [:]

  init(context: JobContext, parts: NetworkParts, embedder: NetworkEmbedder, budget: ByteBudget) throws {
    self.context = context
    self.budget = budget
    batches = embedder.batches
    let alignment = context.run.recognizer.alignment
    plan = try parts.lower.map { try InferencePlan($0, example: [[1, 3, alignment.height, alignment.width]]) }
  }

  /// How many crops' values are kept.
  var keptCount: Int { kept.count }

  /// The input for samples by their places in the set, and which of them could be used; `nil` when none could.
  func tensor(_ places: [Int], _ look: CropEmbedder.Look) throws -> (Tensor?, [Int]) {
    let samples = places.map { context.teaching.samples[$0] }
    guard let plan else {
      let crops = try context.crops.crops(samples, look)
      let used = zip(places, crops).filter { $1 != nil }.map(\.0)
      guard !used.isEmpty else { return (nil, []) }
      return (context.run.recognizer.preprocessing.tensor(crops.compactMap { $0 }), used)
    }
    let isClean = if case .clean = look { true } else { false }
    var found: [Int: Tensor] = [:]
    if isClean { for (place, sample) in zip(places, samples) { found[place] = kept[sample.id] } }
    let missing = places.filter { found[$0] == nil }
    let crops = try context.crops.crops(missing.map { context.teaching.samples[$0] }, look)
    for (place, crop) in zip(missing, crops) {
      guard let crop else { continue }
      // One crop at a time, so that a value does not depend on which others are missing.
      let value = try plan.run(context.run.recognizer.preprocessing.tensor([crop]), pool: context.pool)[0]
      try context.checkpoint()
      found[place] = value
      let id = context.teaching.samples[place].id
      if isClean, budget.take(value.count * MemoryLayout<Float>.stride) { kept[id] = value }
    }
    let used = places.filter { found[$0] != nil }
    guard let first = used.first.flatMap({ found[$0] }) else { return (nil, []) }
    let shape = Shape([used.count] + first.shape.dimensions.dropFirst())
    return (Tensor(shape: shape, values: used.flatMap { found[$0]?.values ?? [] }), used)
  }
}
