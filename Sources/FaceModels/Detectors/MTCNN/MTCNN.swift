internal import CKernels
internal import Glibc
package import Images
internal import Networks
import Tensors
package import WeightFiles

/// The MTCNN cascade: a pyramid of proposals, refined on 24-pixel crops, decided with landmarks on 48-pixel crops.
///
/// Follows facenet-pytorch 2.6.0 step by step (pyramid, area resize, thresholds 0.6 / 0.7 / 0.7, suppression), so that its
/// boxes and landmarks are the same; only the order of the work and the memory differ. Faces below 12 pixels are not looked
/// for, whatever size is asked for. Reference: Zhang et al. 2016.
package final class MTCNN: FaceDetector {
  let proposal: ProposalNetwork
  let refinement: InferencePlan
  let output: InferencePlan

  private static let pyramidFactor = 0.709
  private static let proposalThreshold: Float = 0.6
  private static let refinementThreshold: Float = 0.7
  private static let outputThreshold: Float = 0.7
  /// Candidates kept after the first stage, best first: an image of noise must not keep the worker busy for minutes.
  private static let candidateLimit = 20_000
  fileprivate static let isa = fk_detect_isa()
  /// Rows of the first network's answer in one piece of work: few enough to give up soon, and enough to be worth the rows
  /// above them that have to be computed once more.
  private static let (leastStrip, largestStrip) = (16, 128)
  /// Pieces of first-stage work for each thread, so that all end at about the same time.
  private static let piecesPerLane = 4

  /// Builds the cascade from the three state dicts; throws ``ModelError`` when they hold something else.
  package init(proposal: NamedTensors, refinement: NamedTensors, output: NamedTensors) throws {
    self.proposal = try ProposalNetwork(proposal)
    self.refinement = try InferencePlan(CascadeNetworks.refinement(refinement), example: [[1, 3, 24, 24]])
    self.output = try InferencePlan(CascadeNetworks.output(output), example: [[1, 3, 48, 48]])
  }

  package let certainScore = 0.9
  /// The first network looks at squares of 12 pixels; smaller faces would need an enlarged picture.
  private static let smallestFace = 12.0

  package func detect(_ image: Image, minFaceSize: Double, context: RunContext) throws -> [DetectedFace] {
    let proposed = try propose(image, minFaceSize: max(minFaceSize, Self.smallestFace), context: context)
    try context.checkpoint()
    let refined = try refine(proposed, image, context)
    try context.checkpoint()
    return try decide(refined, image, context)
  }

  // MARK: First stage

  private typealias Level = ProposalNetwork.Level

  private static func pyramid(_ image: Image, minFaceSize: Double) -> [Level] {
    var scale = 12 / minFaceSize
    var shorter = Double(min(image.width, image.height)) * scale
    var levels: [Level] = []
    while shorter >= 12 {
      let level = Level(
        scale: scale, width: Int(Double(image.width) * scale + 1), height: Int(Double(image.height) * scale + 1))
      levels.append(level)
      scale *= pyramidFactor
      shorter *= pyramidFactor
    }
    return levels
  }

  /// Some rows of the first network's answer for a level.
  private struct Strip {
    let level: Int
    let rows: Range<Int>
  }

  /// The levels' rows in pieces of about the same cost for `lanes` threads.
  private static func strips(_ levels: [Level], lanes: Int) -> [Strip] {
    let places = levels.reduce(0) { $0 + $1.rows * $1.columns }
    let target = max(1, places / (lanes * piecesPerLane))
    return levels.indices.flatMap { index -> [Strip] in
      let level = levels[index]
      guard level.rows > 0, level.columns > 0 else { return [] }
      let wanted = lanes > 1 ? min(level.rows * level.columns / target, level.rows / leastStrip) : 1
      let count = max(1, wanted, (level.rows + largestStrip - 1) / largestStrip)
      // The kernel computes four rows at a time; pieces of whole groups give the same however many threads there are.
      let share = ((level.rows + count - 1) / count + 3) / 4 * 4
      return stride(from: 0, to: level.rows, by: share).map { start in
        Strip(level: index, rows: start..<min(level.rows, start + share))
      }
    }
  }

  private func propose(_ image: Image, minFaceSize: Double, context: RunContext) throws -> [SquareBox] {
    let levels = Self.pyramid(image, minFaceSize: minFaceSize)
    let strips = Self.strips(levels, lanes: context.pool.lanes)
    let found = try parallelMap(strips.count, context) { index in
      let strip = strips[index]
      return self.proposals(image, levels[strip.level], rows: strip.rows)
    }
    var best: [Proposal] = []
    for index in levels.indices {
      let ofLevel = zip(strips, found).filter { $0.0.level == index }.flatMap(\.1)
      best += NonMaximumSuppression.nearlySquare(ofLevel.map(\.box), threshold: 0.5).map { ofLevel[$0] }
    }
    let kept = NonMaximumSuppression.nearlySquare(best.map(\.box), threshold: 0.7).prefix(Self.candidateLimit)
    return kept.map { best[$0].box.moved(by: best[$0].offsets, extra: 0).squared }
  }

  private struct Proposal {
    var box: SquareBox
    var offsets: (Float, Float, Float, Float)
  }

  /// What the first network says about some rows of its answer for one level.
  private func proposals(_ image: Image, _ level: Level, rows: Range<Int>) -> [Proposal] {
    let scale = Float(level.scale)
    return proposal.places(image, level, rows: rows, threshold: Self.proposalThreshold).map { place in
      let (x, y) = (Float(place.column * 2), Float(place.row * 2))
      let box = SquareBox(
        x1: ((x + 1) / scale).rounded(.down), y1: ((y + 1) / scale).rounded(.down),
        x2: ((x + 12) / scale).rounded(.down), y2: ((y + 12) / scale).rounded(.down), score: place.score)
      return Proposal(box: box, offsets: place.offsets)
    }
  }

  /// The softmax of two outputs, second one.
  private static func probability(_ outputs: UnsafePointer<Float>) -> Float {
    1 / (1 + expf(outputs[0] - outputs[1]))
  }

  // MARK: Second and third stage

  private func refine(_ boxes: [SquareBox], _ image: Image, _ context: RunContext) throws -> [SquareBox] {
    let answers = try run(refinement, side: 24, outputs: 6, batch: 32, boxes, image, context)
    let passed = answers.filter { $0.box.score > Self.refinementThreshold }
    let kept = NonMaximumSuppression.nearlySquare(passed.map(\.box), threshold: 0.7)
    return kept.map { index in
      let values = passed[index].values
      return passed[index].box.moved(by: (values[2], values[3], values[4], values[5]), extra: 1).squared
    }
  }

  private func decide(_ boxes: [SquareBox], _ image: Image, _ context: RunContext) throws -> [DetectedFace] {
    let answers = try run(output, side: 48, outputs: 16, batch: 8, boxes, image, context)
    // Sound weights move an edge or a landmark by less than a box; what others answer must not become a coordinate.
    let passed = answers.filter { answer in
      answer.box.score > Self.outputThreshold && answer.values[2...].allSatisfy { abs($0) < 100 }
    }
    let final = passed.map { answer in
      let values = answer.values
      return answer.box.moved(by: (values[2], values[3], values[4], values[5]), extra: 1)
    }
    return NonMaximumSuppression.bySmallerArea(final, threshold: 0.7).map { index in
      let (box, before, values) = (final[index], passed[index].box, passed[index].values)
      let width = before.x2 - before.x1 + 1
      let height = before.y2 - before.y1 + 1
      return DetectedFace(
        x: Double(box.x1), y: Double(box.y1), width: Double(box.x2 - box.x1), height: Double(box.y2 - box.y1),
        score: Double(box.score),
        landmarks: (0..<5).map { point in
          Point(
            x: Double(width * values[6 + point] + before.x1 - 1), y: Double(height * values[11 + point] + before.y1 - 1)
          )
        })
    }
  }

  private struct Answer {
    var box: SquareBox
    var values: [Float]
  }

  /// Runs a crop network over boxes; the answer's box carries the new score. Boxes outside the image are dropped.
  private func run(
    _ plan: InferencePlan, side: Int, outputs: Int, batch: Int, _ boxes: [SquareBox], _ image: Image,
    _ context: RunContext
  ) throws -> [Answer] {
    let crops = boxes.compactMap { box in
      box.clipped(width: image.width, height: image.height).map { (box: box, region: $0) }
    }
    let lanes = context.pool.lanes
    // As many pieces for each thread, of at most `batch` crops, all about equal.
    let wanted = lanes * max(1, (crops.count + lanes * batch - 1) / (lanes * batch))
    let share = max(1, (crops.count + wanted - 1) / wanted)
    let pieces = (crops.count + share - 1) / share
    let answers = try parallelMap(pieces, context) { piece in
      let members = crops[piece * share..<min(crops.count, (piece + 1) * share)]
      return try plan.run(
        [members.count, 3, side, side], pool: .serial,
        fill: { input in
          for (slot, crop) in members.enumerated() {
            let region = crop.region
            image.fillResized(
              region.x, region.y, region.width, region.height, into: input.pixel(slot, 0, 0), width: side, height: side,
              rows: 0..<side)
          }
        },
        read: { results in
          let rows = results.image(0)
          return members.enumerated().map { slot, crop in
            let values = rows.pixel(slot, 0, 0)
            var box = crop.box
            box.score = Self.probability(values)
            return Answer(box: box, values: Array(UnsafeBufferPointer(start: values, count: outputs)))
          }
        })
    }
    return answers.flatMap { $0 }
  }
}

extension Image {
  /// Writes rows of the area-resized region as floats, (x - 127.5) / 128, three channels a pixel.
  fileprivate func fillResized(
    _ x: Int, _ y: Int, _ regionWidth: Int, _ regionHeight: Int, into target: UnsafeMutablePointer<Float>, width: Int,
    height: Int, rows: Range<Int>
  ) {
    Workspace.with(regionWidth * 3 + 1) { sums in
      pixels.withUnsafeBufferPointer { source in
        fk_area_resize_rgb8(
          MTCNN.isa, source.baseAddress, self.width * 3, Int32(x), Int32(y), Int32(regionWidth), Int32(regionHeight),
          target,
          Int32(width), Int32(height), 127.5, 0.0078125, Int32(rows.lowerBound), Int32(rows.upperBound), sums)
      }
    }
  }
}
