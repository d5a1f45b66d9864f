internal import Glibc
internal import Tensors

/// Decodes YuNet as OpenCV's `FaceDetectorYN` does: for each cell of three levels two scores, whose geometric mean
/// counts, a box (center from the cell, logarithm of the size, in strides) and five points.
///
/// Outputs are known by their names (`cls_8`, `obj_8`, `bbox_8`, `kps_8`, then 16 and 32), or else by their shapes: which
/// of the two scores is which makes no difference. Reference: Wu et al. 2023, "YuNet: A Tiny Millisecond-level Face
/// Detector"; OpenCV `modules/objdetect/src/face_detect.cpp`.
struct YuNet: ProposalDecoder {
  /// Lower than the 0.9 of OpenCV's sample, so that small and turned faces are kept.
  static let scoreThreshold: Float = 0.6
  static let overlapThreshold: Float = 0.3

  private static let strides = [8, 16, 32]

  private struct LevelOutputs {
    var level: AnchorLevel
    var classes: Int
    var objects: Int
    var boxes: Int
    var points: Int
  }

  func check(names: [String], shapes: [Shape], width: Int, height: Int) throws(ModelError) {
    _ = try levels(names, shapes, width: width, height: height)
  }

  func proposals(
    _ outputs: NetworkOutputs, width: Int, height: Int, threshold: Float
  ) throws(ModelError) -> [FaceProposal] {
    var found: [FaceProposal] = []
    for entry in try levels(outputs.names, outputs.tensors.map(\.shape), width: width, height: height) {
      let stride = Float(entry.level.stride)
      outputs.tensors[entry.classes].withUnsafeBuffer { classes in
        outputs.tensors[entry.objects].withUnsafeBuffer { objects in
          for index in 0..<entry.level.count {
            let score = (Self.clamp(classes[index]) * Self.clamp(objects[index])).squareRoot()
            guard score >= threshold else { continue }
            let place = entry.level.place(index)
            let box = outputs.tensors[entry.boxes].withUnsafeBuffer { values -> FaceProposal.Edges in
              let (width, height) = (expf(values[4 * index + 2]) * stride, expf(values[4 * index + 3]) * stride)
              let left = (place.column + values[4 * index]) * stride - width / 2
              let top = (place.row + values[4 * index + 1]) * stride - height / 2
              return FaceProposal.Edges(left: left, top: top, right: left + width, bottom: top + height)
            }
            let points = outputs.tensors[entry.points].withUnsafeBuffer { values in
              (0..<10).map { (values[10 * index + $0] + (($0 & 1) == 0 ? place.column : place.row)) * stride }
            }
            found.append(FaceProposal(box: box, score: score, points: points))
          }
        }
      }
    }
    return found
  }

  /// `value` in 0...1; not a number becomes 0.
  private static func clamp(_ value: Float) -> Float { value > 0 ? min(value, 1) : 0 }

  /// OpenCV compares boxes of whole pixels, cut off.
  func footprint(_ box: FaceProposal.Edges, pixel: Float) -> FaceProposal.Edges {
    let (left, top) = (box.left.rounded(.towardZero), box.top.rounded(.towardZero))
    return FaceProposal.Edges(
      left: left, top: top, right: left + max(box.width.rounded(.towardZero), 1),
      bottom: top + max(box.height.rounded(.towardZero), 1))
  }

  private func levels(_ names: [String], _ shapes: [Shape], width: Int, height: Int) throws(ModelError)
    -> [LevelOutputs]
  {
    func failure(_ what: String) -> ModelError {
      ModelError(
        .invalid,
        "These are not the outputs of YuNet for an input of \(width) x \(height): \(what). YuNet gives cls (1), obj (1), "
          + "bbox (4) and kps (10) for each cell of strides 8, 16 and 32; this network gives "
          + "\(NetworkOutputs.listing(names, shapes)).")
    }
    func size(_ index: Int) -> (rows: Int, last: Int)? {
      let shape = shapes[index]
      guard shape.rank == 2 || (shape.rank == 3 && shape[0] == 1) else { return nil }
      return (shape[shape.rank - 2], shape[shape.rank - 1])
    }
    var result: [LevelOutputs] = []
    for stride in Self.strides {
      let level = AnchorLevel(stride: stride, anchors: 1, width: width, height: height)
      func find(_ name: String, last: Int, position: Int = 0) throws(ModelError) -> Int {
        func fits(_ index: Int) -> Bool { size(index).map { $0.rows == level.count && $0.last == last } ?? false }
        if let named = names.firstIndex(of: "\(name)_\(stride)") {
          guard fits(named) else { throw failure("\(name)_\(stride) is not \(level.count) x \(last)") }
          return named
        }
        let candidates = shapes.indices.filter(fits)
        guard candidates.count == position + (last == 1 ? 2 - position : 1) else {
          throw failure("nothing is \(name) of stride \(stride), \(level.count) x \(last)")
        }
        return candidates[position]
      }
      result.append(
        LevelOutputs(
          level: level, classes: try find("cls", last: 1), objects: try find("obj", last: 1, position: 1),
          boxes: try find("bbox", last: 4), points: try find("kps", last: 10)))
    }
    return result
  }
}
