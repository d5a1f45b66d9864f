internal import CKernels
package import Images
package import Networks
import Tensors

/// Any network from an aligned RGB crop to an embedding.
package final class NetworkEmbedder: FaceEmbedder {
  package let embeddingLength: Int
  private let plan: InferencePlan
  private let preprocessing: Preprocessing
  private let alignment: Alignment
  private let normalizes: Bool
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
  }

  /// Wraps `graph`; throws ``ModelError`` when it does not give `embeddingLength` floats for crops of the alignment's size.
  package init(
    _ graph: Graph, embeddingLength: Int, preprocessing: Preprocessing, alignment: Alignment, normalizes: Bool = true
  ) throws {
    let input: Shape = [1, 3, alignment.height, alignment.width]
    let output = graph.outputs.first
    let shapes = try graph.shapes(inputs: [input])
    guard let output, let shape = shapes[output], shape == [1, embeddingLength] else {
      throw ModelError(.invalid, "The network does not give \(embeddingLength) floats for a \(input) crop.")
    }
    guard preprocessing.mean.count == 3, preprocessing.scale.count == 3 else {
      throw ModelError(.invalid, "A recognizer's mean and scale need three values each.")
    }
    self.embeddingLength = embeddingLength
    self.preprocessing = preprocessing
    self.alignment = alignment
    self.normalizes = normalizes
    plan = try InferencePlan(graph, example: [input])
  }

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
    try plan.run(
      [crops.count, 3, alignment.height, alignment.width], pool: pool,
      fill: { input in
        for (slot, crop) in crops.enumerated() {
          for row in 0..<crop.height {
            crop.pixels.withUnsafeBufferPointer { pixels in
              guard let start = pixels.baseAddress else { return }
              fk_normalize_rgb8(
                start + row * crop.width * 3, crop.width, preprocessing.mean, preprocessing.scale,
                preprocessing.blueFirst ? 1 : 0, input.pixel(slot, row, 0))
            }
          }
        }
      },
      read: { outputs in
        let values = outputs.image(0)
        return crops.indices.map { slot in
          let row = UnsafeBufferPointer(start: values.pixel(slot, 0, 0), count: embeddingLength)
          guard normalizes else { return Array(row) }
          let length = row.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
          return row.map { $0 / max(length, 1e-12) }
        }
      })
  }
}
