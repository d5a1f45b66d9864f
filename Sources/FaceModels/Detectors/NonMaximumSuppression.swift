internal import Glibc

/// Keeps the best of boxes that cover the same thing.
enum NonMaximumSuppression {
  /// Indices of the kept boxes, best score first; a box goes when its intersection over union with a better one is more
  /// than `threshold`, which must be at least 0.5.
  ///
  /// For boxes that are about square: candidates are compared only within their neighborhood, found by size and place, so
  /// that a hundred thousand of them take milliseconds and not minutes.
  static func nearlySquare(_ boxes: [SquareBox], threshold: Float) -> [Int] {
    struct Cell: Hashable {
      var size: Int
      var column: Int
      var row: Int
    }
    let order = boxes.indices.sorted { (boxes[$0].score, $1) > (boxes[$1].score, $0) }
    var kept: [Int] = []
    var cells: [Cell: [Int]] = [:]
    // Two boxes of intersection over union above 0.5 differ in side by less than the square root of two: one class.
    func sizeClass(_ side: Float) -> Int { Int((log2f(max(side, 1)) * 2).rounded(.down)) }
    func largestSide(_ size: Int) -> Float { exp2f(Float(size + 1) / 2) }
    for index in order {
      let box = boxes[index]
      let side = ((box.x2 - box.x1) * (box.y2 - box.y1)).squareRoot()
      guard side.isFinite, side > 0, abs(box.x1) < 1e8, abs(box.y1) < 1e8 else { continue }
      let (centerX, centerY) = ((box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2)
      let size = sizeClass(side)
      let suppressed = (size - 1...size + 1).contains { other in
        let pitch = largestSide(other)
        let reach = (side + pitch) * 0.6
        let columns = Int(((centerX - reach) / pitch).rounded(.down))...Int(((centerX + reach) / pitch).rounded(.down))
        let rows = Int(((centerY - reach) / pitch).rounded(.down))...Int(((centerY + reach) / pitch).rounded(.down))
        return rows.contains { row in
          columns.contains { column in
            guard let found = cells[Cell(size: other, column: column, row: row)] else { return false }
            return found.contains { overlap(boxes[$0], box) > threshold }
          }
        }
      }
      if suppressed { continue }
      kept.append(index)
      let pitch = largestSide(size)
      let cell = Cell(
        size: size, column: Int((centerX / pitch).rounded(.down)), row: Int((centerY / pitch).rounded(.down)))
      cells[cell, default: []].append(index)
    }
    return kept
  }

  /// The same by intersection over the smaller of the two areas, counting pixels inclusively. Of equal scores (many
  /// round to exactly 1) the later box wins, as in the published code.
  static func bySmallerArea(_ boxes: [SquareBox], threshold: Float) -> [Int] {
    func area(_ box: SquareBox) -> Float { (box.x2 - box.x1 + 1) * (box.y2 - box.y1 + 1) }
    var kept: [Int] = []
    for index in boxes.indices.sorted(by: { (boxes[$0].score, $0) > (boxes[$1].score, $1) }) {
      let box = boxes[index]
      let suppressed = kept.contains { other in
        let better = boxes[other]
        let width = max(0, min(box.x2, better.x2) - max(box.x1, better.x1) + 1)
        let height = max(0, min(box.y2, better.y2) - max(box.y1, better.y1) + 1)
        return width * height / min(area(box), area(better)) > threshold
      }
      if !suppressed { kept.append(index) }
    }
    return kept
  }

  private static func overlap(_ a: SquareBox, _ b: SquareBox) -> Float {
    let width = max(0, min(a.x2, b.x2) - max(a.x1, b.x1))
    let height = max(0, min(a.y2, b.y2) - max(a.y1, b.y1))
    let shared = width * height
    let union = (a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - shared
    return union > 0 ? shared / union : 0
  }
}
