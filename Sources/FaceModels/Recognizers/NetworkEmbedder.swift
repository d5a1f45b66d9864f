internal import CKernels
package import Images
package import Networks
import Tensors

/// Any network from an aligned RGB crop to an embedding.
package final class NetworkEmbedder: FaceEmbedder {
  package let embeddingLength: Int
  /// Whether the network gives the same for crops together as for each alone, so that they may run together.
  package let batches: Bool
  let plan: InferencePlan
  /// Which of the network's outputs is the embedding.
  private let output: Int
  /// Whether each crop's numbers lie in one piece, at one pixel of the output.
  private let isPixel: Bool
  private let preprocessing: Preprocessing
  let alignment: Alignment
  private let finish: EmbeddingFinish
  /// Crops run together: enough to use weights more than once while they are in cache.
  private static let batch = 8

  /// How 8-bit RGB becomes network input.
  package struct Preprocessing: Sendable, Hashable {
    /// Subtracted, red, green, blue.
    package var mean: [Float]
    /// Multiplied after, red, green, blue.
    package var scale: [Float]
    /// Whether the network wants blue first.
    package var blueFirst: Bool

    package init(mean: [Float], scale: [Float], blueFirst: Bool) {
      self.mean = mean
      self.scale = scale
      self.blueFirst = blueFirst
    }

    private static let isa = fk_detect_isa()

    /// Writes a crop as image `slot` of an input of its size.
    func write(_ crop: Image, to input: PlanImage, _ slot: Int) {
      for row in 0..<crop.height {
        crop.pixels.withUnsafeBufferPointer { pixels in
          guard let start = pixels.baseAddress else { return }
          fk_normalize_rgb8(
            Self.isa, start + row * crop.width * 3, crop.width, mean, scale, blueFirst ? 1 : 0,
            input.pixel(slot, row, 0))
        }
      }
    }
  }

  /// Wraps `graph`, whose first output with `embeddingLength` numbers for a crop of the alignment's size is the embedding,
  /// whatever its other dimensions; without a length the first output is taken as it is.
  ///
  /// - Parameter triesBatches: whether to find out if the network takes several crops at once; else it is known to.
  /// - Throws: ``ModelError`` when there is no such output; ``GraphError``.
  package init(
    _ graph: Graph, embeddingLength: Int?, preprocessing: Preprocessing, alignment: Alignment,
    finish: EmbeddingFinish = EmbeddingFinish(), triesBatches: Bool = false, precision: Precision = .float32,
    ranges: ActivationRanges? = nil
  ) throws {
    let input: Shape = [1, 3, alignment.height, alignment.width]
    let known = try graph.shapes(inputs: [input])
    let shapes = graph.outputs.compactMap { known[$0] }
    let fitting = embeddingLength.map { length in shapes.firstIndex { $0.count == length } } ?? shapes.indices.first
    guard let index = fitting else {
      let found = shapes.map(String.init(describing:)).joined(separator: ", ")
      throw ModelError(
        .invalid,
        "The network does not give \(embeddingLength ?? 0) numbers for a crop of \(input); its outputs are \(found).",
        field: "embeddingLength")
    }
    guard preprocessing.mean.count == 3, preprocessing.scale.count == 3 else {
      throw ModelError(.invalid, "A recognizer's mean and scale need three values each.", field: "input")
    }
    let shape = shapes[index]
    output = index
    isPixel = shape.rank == 2 || (shape.rank == 4 && shape[2] == 1 && shape[3] == 1)
    self.embeddingLength = shape.count
    self.preprocessing = preprocessing
    self.alignment = alignment
    self.finish = finish
    let plan = try InferencePlan(graph, example: [input], precision: precision, ranges: ranges)
    self.plan = plan
    batches = triesBatches ? Self.takesBatches(plan, input: input, output: index) : shape.rank > 0 && shape[0] == 1
  }

  /// Whether two different crops together give what each gives alone: files exported for one image may say "1" anywhere
  /// inside, and some would even mix their images up without a complaint.
  private static func takesBatches(_ plan: InferencePlan, input: Shape, output: Int) -> Bool {
    let count = input.count
    let values = (0..<2 * count).map { Float(($0 &* 7919 &+ ($0 / count) &* 104_729) % 1009) / 504.5 - 1 }
    let singles = [values[..<count], values[count...]].map { Tensor(shape: input, values: Array($0)) }
    let pair = Tensor(shape: [2, input[1], input[2], input[3]], values: values)
    guard let together = try? plan.run(pair)[output], let apart = try? singles.map({ try plan.run($0)[output] }) else {
      return false
    }
    let expected = apart.flatMap(\.values)
    guard together.shape.rank == apart[0].shape.rank, together.shape.rank > 0, together.shape[0] == 2,
      together.shape.count == expected.count
    else { return false }
    let range = expected.map(abs).max() ?? 0
    return zip(together.values, expected).allSatisfy { abs($0 - $1) <= 1e-4 * range }
  }

  package var mirrorsCrops: Bool { finish.mirrors }

  package func align(_ face: DetectedFace, in image: Image) -> Image? {
    alignment.crop(face, from: image)
  }

  package func embed(_ aligned: [Image], context: RunContext) throws -> [[Float]] {
    for crop in aligned where crop.width != alignment.width || crop.height != alignment.height {
      throw ModelError(.invalid, "A crop of \(crop.width)x\(crop.height) does not fit this recognizer.")
    }
    let lanes = context.pool.lanes
    guard aligned.count >= 2, lanes >= 2 else {
      return try aligned.flatMap { try run([$0], pool: context.pool) }
    }
    let share = min(Self.batch, (aligned.count + lanes - 1) / lanes)
    var embeddings: [[Float]] = []
    // A round is one batch for each thread; between rounds the caller may give up.
    for start in stride(from: 0, to: aligned.count, by: share * lanes) {
      try context.checkpoint()
      let round = aligned[start..<min(aligned.count, start + share * lanes)]
      let pieces = stride(from: round.startIndex, to: round.endIndex, by: share).map {
        Array(round[$0..<min(round.endIndex, $0 + share)])
      }
      embeddings += try parallelMap(pieces.count, context) { try self.run(pieces[$0], pool: .serial) }.flatMap { $0 }
    }
    return embeddings
  }

  private func run(_ crops: [Image], pool: WorkPool) throws -> [[Float]] {
    let raw = try networkOutputs(crops, pool: pool)
    guard finish.mirrors else { return raw.map { finish.complete($0, mirrored: nil) } }
    let mirrored = try networkOutputs(crops.map { $0.flippedHorizontally() }, pool: pool)
    return zip(raw, mirrored).map { finish.complete($0, mirrored: $1) }
  }

  private func networkOutputs(_ crops: [Image], pool: WorkPool) throws -> [[Float]] {
    guard batches || crops.count < 2 else { return try crops.flatMap { try networkOutputs([$0], pool: pool) } }
    return try plan.run(
      [crops.count, 3, alignment.height, alignment.width], pool: pool,
      fill: { input in
        for (slot, crop) in crops.enumerated() { preprocessing.write(crop, to: input, slot) }
      },
      read: { outputs in
        guard isPixel else {
          let values = outputs.tensor(output).values
          return crops.indices.map { Array(values[$0 * embeddingLength..<($0 + 1) * embeddingLength]) }
        }
        let values = outputs.image(output)
        return crops.indices.map {
          Array(UnsafeBufferPointer(start: values.pixel($0, 0, 0), count: embeddingLength))
        }
      })
  }
}
