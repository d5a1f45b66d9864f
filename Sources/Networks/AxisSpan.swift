import Tensors

/// A tensor seen as `outer` x `length` x `inner`, where `length` is one axis or all from one on.
struct AxisSpan {
  let outer: Int
  let length: Int
  let inner: Int

  init(_ shape: Shape, axis: Int, joinsTrailing: Bool = false) {
    let trailing = shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    outer = shape.dimensions.prefix(axis).reduce(1, *)
    length = joinsTrailing ? shape[axis] * trailing : shape[axis]
    inner = joinsTrailing ? 1 : trailing
  }

  /// Calls `body` with the first element of every line along the axis; its elements are `inner` apart.
  @inline(__always)
  func forEachLine(_ body: (_ start: Int) -> Void) {
    for block in 0..<outer {
      for offset in 0..<inner { body(block * length * inner + offset) }
    }
  }
}
