internal import Tensors

/// Decodes SCRFD: for each level a score, four distances from the cell's anchor to the sides in units of the stride and,
/// in the models that have them, five points likewise.
///
/// For every size of the family: 3 levels (strides 8, 16, 32) or 5 (up to 128), any number of anchors a cell, with or
/// without a batch dimension. Outputs are told apart by their last dimension (1, 4, 10) and the levels by their rows.
/// Reference: Guo et al. 2021, "Sample and Computation Redistribution for Efficient Face Detection"; insightface.
struct SCRFD: ProposalDecoder {
  static let scoreThreshold: Float = 0.5
  static let overlapThreshold: Float = 0.4

  /// Where a level's answers are among the outputs.
  private struct LevelOutputs {
    var level: AnchorLevel
    var scores: Int
    var boxes: Int
    var points: Int?
  }

  func check(names: [String], shapes: [Shape], width: Int, height: Int) throws(ModelError) {
    _ = try levels(names, shapes, width: width, height: height)
  }

  func proposals(
    _ outputs: NetworkOutputs, width: Int, height: Int, threshold: Float
  ) throws(ModelError) -> [FaceProposal] {
    var found: [FaceProposal] = []
    let levels = try levels(outputs.names, outputs.tensors.map(\.shape), width: width, height: height)
    for entry in levels {
      let stride = Float(entry.level.stride)
      outputs.tensors[entry.scores].withUnsafeBuffer { scores in
        outputs.tensors[entry.boxes].withUnsafeBuffer { boxes in
          for index in 0..<entry.level.count where scores[index] >= threshold {
            let place = entry.level.place(index)
            let (x, y) = (place.column * stride, place.row * stride)
            let box = FaceProposal.Edges(
              left: x - boxes[4 * index] * stride, top: y - boxes[4 * index + 1] * stride,
              right: x + boxes[4 * index + 2] * stride, bottom: y + boxes[4 * index + 3] * stride)
            var points: [Float] = []
            if let output = entry.points {
              outputs.tensors[output].withUnsafeBuffer { values in
                points = (0..<10).map { (($0 & 1) == 0 ? x : y) + values[10 * index + $0] * stride }
              }
            }
            found.append(FaceProposal(box: box, score: scores[index], points: points))
          }
        }
      }
    }
    return found
  }

  /// insightface counts a pixel of the picture more on both sides.
  func footprint(_ box: FaceProposal.Edges, pixel: Float) -> FaceProposal.Edges {
    FaceProposal.Edges(left: box.left, top: box.top, right: box.right + pixel, bottom: box.bottom + pixel)
  }

  /// Groups the outputs; rows must be anchors x cells of each level.
  private func levels(_ names: [String], _ shapes: [Shape], width: Int, height: Int) throws(ModelError)
    -> [LevelOutputs]
  {
    func failure(_ what: String) -> ModelError {
      ModelError(
        .invalid,
        "These are not the outputs of SCRFD for an input of \(width) x \(height): \(what). SCRFD gives scores (last "
          + "dimension 1), boxes (4) and perhaps points (10) for 3 or 5 levels; this network gives "
          + "\(NetworkOutputs.listing(names, shapes)).")
    }
    // Rows first, last dimension last; a batch of one before them.
    func outputs(_ last: Int) -> [(index: Int, rows: Int)] {
      let list = shapes.indices.compactMap { index -> (index: Int, rows: Int)? in
        let shape = shapes[index]
        let isBatch = shape.rank == 3 && shape[0] == 1
        guard shape.rank == 2 || isBatch, shape[shape.rank - 1] == last else { return nil }
        return (index, shape[shape.rank - 2])
      }
      // Most rows first, in the file's order where two levels have the same number.
      return list.sorted { ($0.rows, $1.index) > ($1.rows, $0.index) }
    }
    let (scores, boxes, points) = (outputs(1), outputs(4), outputs(10))
    guard scores.count == 3 || scores.count == 5 else { throw failure("there are \(scores.count) score outputs") }
    guard boxes.count == scores.count, points.isEmpty || points.count == scores.count,
      scores.count + boxes.count + points.count == shapes.count
    else { throw failure("\(boxes.count) outputs have boxes, \(points.count) points, \(scores.count) scores") }
    let cells = AnchorLevel(stride: 8, anchors: 1, width: width, height: height).count
    let anchors = scores[0].rows / max(cells, 1)
    guard (1...16).contains(anchors) else { throw failure("\(scores[0].rows) rows for \(cells) cells") }
    var result: [LevelOutputs] = []
    for position in scores.indices {
      let level = AnchorLevel(stride: 8 << position, anchors: anchors, width: width, height: height)
      let rows = [scores[position].rows, boxes[position].rows] + (points.isEmpty ? [] : [points[position].rows])
      guard rows.allSatisfy({ $0 == level.count }) else {
        throw failure("the level of stride \(level.stride) has \(rows) rows, not \(level.count)")
      }
      result.append(
        LevelOutputs(
          level: level, scores: scores[position].index, boxes: boxes[position].index,
          points: points.isEmpty ? nil : points[position].index))
    }
    return result
  }
}
