package import Images

/// A very small picture of a face, for telling cheaply whether the same face is still there.
package struct FaceThumbnail: Sendable, Equatable {
  private static let side = 12
  /// Correlation below which something else is where the face was. Over `podium` and `street`, the same face in
  /// consecutive frames has 0.9 and more; two people have 0.3 to 0.8.
  static let leastLikeness = 0.8

  /// Brightness, of mean 0 and length 1.
  private let values: [Float]

  /// Of the recognizer's crop, whose middle shows the face.
  package init(aligned: Image) {
    let (left, top) = (aligned.width / 6, aligned.height / 6)
    let plane = aligned.luminance(x: left, y: top, width: aligned.width - 2 * left, height: aligned.height - 2 * top)
    var cells = [Float](repeating: 0, count: Self.side * Self.side)
    for row in 0..<Self.side {
      let rows = Self.part(row, of: plane.height)
      for column in 0..<Self.side {
        let columns = Self.part(column, of: plane.width)
        var sum = 0
        for y in rows { for x in columns { sum += Int(plane.values[y * plane.width + x]) } }
        cells[row * Self.side + column] = Float(sum) / Float(max(rows.count * columns.count, 1))
      }
    }
    let mean = cells.reduce(0, +) / Float(cells.count)
    let centered = cells.map { $0 - mean }
    let length = centered.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
    values = length > 1e-6 ? centered.map { $0 / length } : centered
  }

  /// The correlation of two thumbnails, -1 to 1.
  package func likeness(_ other: FaceThumbnail) -> Double { Double(Look.cosine(values, other.values)) }

  /// The pixels of one of ``side`` equal parts of a length; at least one pixel.
  private static func part(_ index: Int, of length: Int) -> Range<Int> {
    let start = min(index * length / side, length - 1)
    return start..<max(start + 1, min((index + 1) * length / side, length))
  }
}
