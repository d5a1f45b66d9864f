internal import Glibc
internal import Tensors

/// Decodes RetinaFace as Pytorch_Retinaface has it: for each of the priors of all levels, one after another, an offset
/// from the prior's box, two class scores (the second is the face's) and five points.
///
/// Outputs are told apart by their last dimension (4, 2, 10). Scores that are not probabilities yet (files exported for
/// training) become so. Reference: Deng et al. 2020, "RetinaFace: Single-stage Dense Face Localisation in the Wild".
struct RetinaFace: ProposalDecoder {
  static let scoreThreshold: Float = 0.5
  static let overlapThreshold: Float = 0.4

  /// Strides of the levels and the sides of their square priors, in pixels.
  private static let levels: [(stride: Int, sides: [Float])] = [(8, [16, 32]), (16, [64, 128]), (32, [256, 512])]
  /// What the offsets were divided by in training: of centers and points, of sizes.
  private static let variances: (center: Float, size: Float) = (0.1, 0.2)

  func check(names: [String], shapes: [Shape], width: Int, height: Int) throws(ModelError) {
    _ = try roles(names, shapes, width: width, height: height)
  }

  func proposals(
    _ outputs: NetworkOutputs, width: Int, height: Int, threshold: Float
  ) throws(ModelError) -> [FaceProposal] {
    let roles = try roles(outputs.names, outputs.tensors.map(\.shape), width: width, height: height)
    let scores = outputs.tensors[roles.scores].withUnsafeBuffer(Self.probabilities)
    var found: [FaceProposal] = []
    outputs.tensors[roles.boxes].withUnsafeBuffer { boxes in
      outputs.tensors[roles.points].withUnsafeBuffer { points in
        var first = 0
        for (stride, sides) in Self.levels {
          let level = AnchorLevel(stride: stride, anchors: sides.count, width: width, height: height)
          for index in 0..<level.count where scores[first + index] >= threshold {
            let place = level.place(index)
            let side = sides[place.anchor]
            let (x, y) = ((place.column + 0.5) * Float(stride), (place.row + 0.5) * Float(stride))
            let at = first + index
            let box = Self.box(boxes, 4 * at, x, y, side)
            let landmarks = (0..<10).map {
              (($0 & 1) == 0 ? x : y) + points[10 * at + $0] * Self.variances.center * side
            }
            found.append(FaceProposal(box: box, score: scores[at], points: landmarks))
          }
          first += level.count
        }
      }
    }
    return found
  }

  private static func box(
    _ offsets: UnsafeBufferPointer<Float>, _ at: Int, _ x: Float, _ y: Float, _ side: Float
  ) -> FaceProposal.Edges {
    let centerX = x + offsets[at] * variances.center * side
    let centerY = y + offsets[at + 1] * variances.center * side
    let width = side * expf(offsets[at + 2] * variances.size)
    let height = side * expf(offsets[at + 3] * variances.size)
    let (left, top) = (centerX - width / 2, centerY - height / 2)
    return FaceProposal.Edges(left: left, top: top, right: left + width, bottom: top + height)
  }

  /// The second of each pair, after a softmax unless all pairs have been through one.
  private static func probabilities(_ pairs: UnsafeBufferPointer<Float>) -> [Float] {
    let count = pairs.count / 2
    let areProbabilities = (0..<count).allSatisfy { index in
      let (a, b) = (pairs[2 * index], pairs[2 * index + 1])
      return a >= 0 && b >= 0 && abs(a + b - 1) < 1e-3
    }
    if areProbabilities { return (0..<count).map { pairs[2 * $0 + 1] } }
    return (0..<count).map { 1 / (1 + expf(pairs[2 * $0] - pairs[2 * $0 + 1])) }
  }

  /// As the published test counts: a pixel more on both sides.
  func footprint(_ box: FaceProposal.Edges, pixel: Float) -> FaceProposal.Edges {
    FaceProposal.Edges(left: box.left, top: box.top, right: box.right + pixel, bottom: box.bottom + pixel)
  }

  private func roles(_ names: [String], _ shapes: [Shape], width: Int, height: Int) throws(ModelError)
    -> (boxes: Int, scores: Int, points: Int)
  {
    let priors = Self.levels.reduce(0) { sum, level in
      sum + AnchorLevel(stride: level.stride, anchors: level.sides.count, width: width, height: height).count
    }
    func find(_ last: Int) throws(ModelError) -> Int {
      let found = shapes.indices.filter { index in
        let shape = shapes[index]
        return shape == [1, priors, last] || shape == [priors, last]
      }
      guard found.count == 1 else {
        throw ModelError(
          .invalid,
          "These are not the outputs of RetinaFace for an input of \(width) x \(height): one has to be \(priors) x \(last). "
            + "RetinaFace gives boxes (last dimension 4), scores (2) and points (10) for priors at strides 8, 16 and 32; "
            + "this network gives \(NetworkOutputs.listing(names, shapes)).")
      }
      return found[0]
    }
    return (try find(4), try find(2), try find(10))
  }
}
