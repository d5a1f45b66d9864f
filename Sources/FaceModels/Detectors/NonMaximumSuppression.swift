internal import Glibc

/// Keeps the best of boxes that cover the same thing.
enum NonMaximumSuppression {
  /// Indices of the kept boxes, best score first; a box goes when its intersection over union with a better one is more
  /// than `threshold`, which must be at least 0.5.
  ///
  /// For boxes that are about square: candidates are compared only within their neighborhood, found by size and place, so
  /// that a hundred thousand of them take milliseconds and not minutes.
  static func nearlySquare(_ boxes: [SquareBox], threshold: Float) -> [Int] {
    let order = boxes.indices.sorted { (boxes[$0].score, $1) > (boxes[$1].score, $0) }
    var kept: [Int] = []
    var cells = Cells(boxes: boxes.count)
    for index in order {
      let box = boxes[index]
      let side = ((box.x2 - box.x1) * (box.y2 - box.y1)).squareRoot()
      let farthest = max(max(abs(box.x1), abs(box.y1)), max(abs(box.x2), abs(box.y2)))
      guard side.isFinite, side > 0, farthest < 1e8 else { continue }
      let (centerX, centerY) = ((box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2)
      let size = sizeClass(side)
      let isSuppressed = (size - 1...size + 1).contains { other in
        let pitch = largestSide(other)
        let reach = (side + pitch) * 0.6
        let columns = Int(((centerX - reach) / pitch).rounded(.down))...Int(((centerX + reach) / pitch).rounded(.down))
        let rows = Int(((centerY - reach) / pitch).rounded(.down))...Int(((centerY + reach) / pitch).rounded(.down))
        return rows.contains { row in
          columns.contains { column in
            cells.contains(size: other, column: column, row: row) { overlap(boxes[$0], box) > threshold }
          }
        }
      }
      if isSuppressed { continue }
      kept.append(index)
      let pitch = largestSide(size)
      cells.insert(
        index, size: size, column: Int((centerX / pitch).rounded(.down)), row: Int((centerY / pitch).rounded(.down)))
    }
    return kept
  }

  /// Two boxes of intersection over union above 0.5 differ in side by less than the square root of two: one class.
  private static func sizeClass(_ side: Float) -> Int { Int((log2f(max(side, 1)) * 2).rounded(.down)) }
  private static func largestSide(_ size: Int) -> Float { exp2f(Float(size + 1) / 2) }

  /// Kept boxes by size class and place. Cells may share a list: a box of another cell is only compared in vain.
  private struct Cells {
    /// The first box of each list, and the one that follows each box; -1 where there is none.
    private var first: [Int32]
    private var following: [Int32]
    private let shift: Int

    init(boxes: Int) {
      let bits = max(4, Int.bitWidth - boxes.leadingZeroBitCount + 1)
      first = Array(repeating: -1, count: 1 << bits)
      following = Array(repeating: -1, count: boxes)
      shift = UInt64.bitWidth - bits
    }

    private func list(_ size: Int, _ column: Int, _ row: Int) -> Int {
      var mixed = UInt64(truncatingIfNeeded: size) &* 0x9E37_79B9_7F4A_7C15
      mixed = (mixed ^ UInt64(truncatingIfNeeded: column)) &* 0xC2B2_AE3D_27D4_EB4F
      mixed = (mixed ^ UInt64(truncatingIfNeeded: row)) &* 0x9E37_79B9_7F4A_7C15
      mixed = (mixed ^ (mixed >> 29)) &* 0xC2B2_AE3D_27D4_EB4F
      // The upper bits are mixed best; as many as number the lists.
      return Int(truncatingIfNeeded: mixed >> UInt64(shift))
    }

    mutating func insert(_ box: Int, size: Int, column: Int, row: Int) {
      let list = list(size, column, row)
      following[box] = first[list]
      first[list] = Int32(truncatingIfNeeded: box)
    }

    func contains(size: Int, column: Int, row: Int, where isWanted: (Int) -> Bool) -> Bool {
      var box = Int(first[list(size, column, row)])
      while box >= 0 {
        if isWanted(box) { return true }
        box = Int(following[box])
      }
      return false
    }
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
