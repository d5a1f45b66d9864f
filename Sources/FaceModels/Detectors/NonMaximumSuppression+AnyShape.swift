internal import Glibc

extension NonMaximumSuppression {
  /// Indices of the kept boxes, best score first (of equal ones the earlier), at most `limit` being looked at; a box goes
  /// when its intersection over union with a better one is more than `threshold`. Boxes of no area, or not finite, are
  /// dropped.
  ///
  /// For boxes of any proportions and any threshold: two boxes that overlap by more than it are of similar area and have
  /// close centers, so kept boxes are found again by their size and place. Complexity: about linear for boxes that
  /// faces make; at worst `limit` squared.
  static func anyShape(
    _ boxes: [(box: FaceProposal.Edges, score: Float)], threshold: Float, limit: Int
  ) -> [Int] {
    let usable = boxes.indices.filter { boxes[$0].box.isUsable && boxes[$0].score.isFinite }
    let order = usable.sorted { (boxes[$0].score, $1) > (boxes[$1].score, $0) }.prefix(limit)
    var kept: [Int] = []
    var index = KeptBoxes(threshold: threshold)
    for candidate in order where !index.suppress(boxes[candidate].box) {
      index.insert(boxes[candidate].box)
      kept.append(candidate)
    }
    return kept
  }
}

/// The boxes that were kept so far, by size class and, within a class, by a grid as fine as its boxes are large.
private struct KeptBoxes {
  private struct Cell: Hashable {
    var column: Int
    var row: Int
  }

  private struct SizeClass {
    var cells: [Cell: [FaceProposal.Edges]] = [:]
  }

  private let threshold: Float
  private var classes: [Int: SizeClass] = [:]
  /// Classes that a box of a neighboring class can overlap enough.
  private let neighbors: Int
  /// How far apart two centers can be, in widths (or heights) of one of the boxes.
  private let reach: Float

  init(threshold: Float) {
    self.threshold = threshold
    // An intersection over union above t means that areas differ by less than the factor t, one class being an octave
    // of area; and that the shared width is above t times the larger width, which bounds the distance of the centers.
    let t = min(max(threshold, 0.01), 1)
    neighbors = Int(log2f(1 / t).rounded(.up))
    reach = max(1 - t, (1 / t - 1) / 2)
  }

  private static func sizeClass(_ box: FaceProposal.Edges) -> Int { Int(log2f(box.width * box.height).rounded(.down)) }
  /// The grid's pitch: the side of the largest square of the class.
  private static func pitch(_ size: Int) -> Float { exp2f(Float(size + 1) / 2) }

  private static func cell(_ x: Float, _ y: Float, _ pitch: Float) -> Cell {
    // Usable boxes keep within 2^21 pixels of the origin and pitches above 2^-21: this fits.
    Cell(column: Int((x / pitch).rounded(.down)), row: Int((y / pitch).rounded(.down)))
  }

  mutating func insert(_ box: FaceProposal.Edges) {
    let size = Self.sizeClass(box)
    let cell = Self.cell(box.centerX, box.centerY, Self.pitch(size))
    classes[size, default: SizeClass()].cells[cell, default: []].append(box)
  }

  /// Whether a kept box overlaps this one too much.
  func suppress(_ box: FaceProposal.Edges) -> Bool {
    let size = Self.sizeClass(box)
    for other in size - neighbors...size + neighbors {
      guard let boxes = classes[other]?.cells, !boxes.isEmpty else { continue }
      // A little more than the bound, for rounding.
      let (dx, dy) = (reach * box.width * 1.001 + 1e-3, reach * box.height * 1.001 + 1e-3)
      let first = Self.cell(box.centerX - dx, box.centerY - dy, Self.pitch(other))
      let last = Self.cell(box.centerX + dx, box.centerY + dy, Self.pitch(other))
      func overlaps(_ kept: [FaceProposal.Edges]) -> Bool { kept.contains { $0.overlap(box) > threshold } }
      let (columns, rows) = (last.column - first.column + 1, last.row - first.row + 1)
      if columns > boxes.count || rows > boxes.count || columns * rows > boxes.count {
        if boxes.values.contains(where: overlaps) { return true }
        continue
      }
      for row in first.row...last.row {
        for column in first.column...last.column {
          if let kept = boxes[Cell(column: column, row: row)], overlaps(kept) { return true }
        }
      }
    }
    return false
  }
}

extension FaceProposal.Edges {
  var centerX: Float { (left + right) / 2 }
  var centerY: Float { (top + bottom) / 2 }

  /// Within 2^21 pixels of the origin, and of an area that is above nothing.
  fileprivate var isUsable: Bool {
    let bound: Float = 2_097_152
    return abs(left) < bound && abs(top) < bound && abs(right) < bound && abs(bottom) < bound && width > 0 && height > 0
      && width * height > 1e-12
  }

  /// Intersection over union.
  func overlap(_ other: FaceProposal.Edges) -> Float {
    let shared =
      max(0, min(right, other.right) - max(left, other.left)) * max(0, min(bottom, other.bottom) - max(top, other.top))
    let union = width * height + other.width * other.height - shared
    return union > 0 ? shared / union : 0
  }
}
