internal import Tensors

/// Copies elements where every output index along an axis stands for one input index along the same axis.
///
/// Slices, padding, repetition, gathering and resizing to the nearest all are this, with different tables.
struct AxisSelection {
  /// For each axis the input index of every output index, -1 for ``fill``; `nil` takes the axis as it is.
  var sources: [[Int]?]
  /// What an index of -1 gives.
  var fill: Float = 0

  /// The selected elements; `sources` has one entry for each dimension of `x`, its indices lie inside `x`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    let shape = Shape(sources.indices.map { sources[$0]?.count ?? x.shape[$0] })
    guard shape.count > 0, let last = sources.lastIndex(where: { $0 != nil }) else {
      return shape == x.shape ? x : Tensor(shape: shape, values: [])
    }
    // Everything after the last axis with a table moves in one block.
    let block = x.shape.dimensions.dropFirst(last + 1).reduce(1, *)
    var steps = [Int](repeating: block, count: last + 1)
    for axis in stride(from: last - 1, through: 0, by: -1) { steps[axis] = steps[axis + 1] * x.shape[axis + 1] }
    let offsets = (0...last).map { axis in
      (sources[axis] ?? Array(0..<shape[axis])).map { $0 < 0 ? -1 : $0 * steps[axis] }
    }
    return Tensor(shape: shape) { y in
      x.withUnsafeBuffer { x in
        var copy = Copy(offsets: offsets, block: block, fill: fill, from: x, to: y)
        copy.run(axis: 0, from: 0)
      }
    }
  }

  /// The running copy: writes `to` from front to back.
  private struct Copy {
    let offsets: [[Int]]
    let block: Int
    let fill: Float
    let from: UnsafeBufferPointer<Float>
    let to: UnsafeMutableBufferPointer<Float>
    var at = 0

    init(
      offsets: [[Int]], block: Int, fill: Float, from: UnsafeBufferPointer<Float>,
      to: UnsafeMutableBufferPointer<Float>
    ) {
      self.offsets = offsets
      self.block = block
      self.fill = fill
      self.from = from
      self.to = to
    }

    mutating func run(axis: Int, from start: Int) {
      let isLast = axis == offsets.count - 1
      if isLast, block == 1 {
        for offset in offsets[axis] {
          to[at] = offset < 0 ? fill : from[start + offset]
          at += 1
        }
        return
      }
      let size = isLast ? block : offsets[(axis + 1)...].reduce(block) { $0 * $1.count }
      for offset in offsets[axis] {
        if offset < 0 {
          for i in at..<at + size { to[i] = fill }
          at += size
        } else if isLast {
          let source = start + offset
          for i in 0..<block { to[at + i] = from[source + i] }
          at += block
        } else {
          run(axis: axis + 1, from: start + offset)
        }
      }
    }
  }
}
