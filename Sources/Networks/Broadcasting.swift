package import Tensors

/// How tensors of different shapes are read side by side: dimensions of one repeat, missing leading dimensions too.
///
/// Reference: ONNX "multidirectional broadcasting", numpy. Dimensions that every operand walks in one stride are joined,
/// so that the inner loop is as long as possible.
package struct Broadcasting {
  /// Outermost first; the last one is the inner loop. Never empty.
  private let lengths: [Int]
  /// Per operand, per dimension of `lengths`: elements from one index to the next, 0 where it repeats.
  private let strides: [[Int]]

  /// The shape that all fit into, `nil` when they do not.
  package static func shape(_ shapes: [Shape]) -> Shape? {
    let rank = shapes.map(\.rank).max() ?? 0
    var dimensions = [Int](repeating: 1, count: rank)
    for shape in shapes {
      for axis in 0..<shape.rank where shape[axis] != 1 {
        let at = rank - shape.rank + axis
        guard dimensions[at] == 1 || dimensions[at] == shape[axis] else { return nil }
        dimensions[at] = shape[axis]
      }
    }
    return Shape(dimensions)
  }

  /// Reads `operands` as if each had `shape`, which has come from ``shape(_:)``.
  package init(_ operands: [Shape], to shape: Shape) {
    var lengths: [Int] = []
    var strides = operands.map { _ in [Int]() }
    for axis in 0..<shape.rank where shape[axis] != 1 {
      let steps = operands.map { Self.stride($0, axis: axis - (shape.rank - $0.rank)) }
      let continues = !lengths.isEmpty && zip(strides, steps).allSatisfy { $0[$0.count - 1] == $1 * shape[axis] }
      if continues, let last = lengths.indices.last {
        lengths[last] *= shape[axis]
        for index in strides.indices { strides[index][last] = steps[index] }
      } else {
        lengths.append(shape[axis])
        for index in strides.indices { strides[index].append(steps[index]) }
      }
    }
    self.lengths = lengths.isEmpty ? [1] : lengths
    self.strides = lengths.isEmpty ? operands.map { _ in [0] } : strides
  }

  private static func stride(_ shape: Shape, axis: Int) -> Int {
    guard axis >= 0, shape[axis] != 1 else { return 0 }
    return shape.dimensions.dropFirst(axis + 1).reduce(1, *)
  }

  /// Calls `body` for each run of the inner dimension: where each operand starts, in elements. Runs come in order.
  @inline(__always)
  private func forEachRun(_ body: (_ starts: UnsafeBufferPointer<Int>) -> Void) {
    guard !lengths.contains(0) else { return }
    let outer = lengths.count - 1
    let operands = strides.count
    withUnsafeTemporaryAllocation(of: Int.self, capacity: outer + operands) { scratch in
      scratch.initialize(repeating: 0)
      let index = UnsafeMutableBufferPointer(rebasing: scratch[..<outer])
      let starts = UnsafeMutableBufferPointer(rebasing: scratch[outer...])
      while true {
        body(UnsafeBufferPointer(starts))
        var axis = outer - 1
        while axis >= 0 {
          index[axis] += 1
          for operand in 0..<operands { starts[operand] += strides[operand][axis] }
          if index[axis] < lengths[axis] { break }
          for operand in 0..<operands { starts[operand] -= strides[operand][axis] * lengths[axis] }
          index[axis] = 0
          axis -= 1
        }
        if axis < 0 { return }
      }
    }
  }

  /// `y = function(a, b)` for the two operands; `y` has the whole shape, row-major.
  @inline(__always)
  package func map<A, B, Y>(
    _ a: UnsafeBufferPointer<A>, _ b: UnsafeBufferPointer<B>, into y: UnsafeMutableBufferPointer<Y>,
    _ function: (A, B) -> Y
  ) {
    let length = lengths[lengths.count - 1]
    let (stepA, stepB) = (strides[0][lengths.count - 1], strides[1][lengths.count - 1])
    var to = 0
    forEachRun { starts in
      let (fromA, fromB) = (starts[0], starts[1])
      switch (stepA, stepB) {
      case (1, 1): for i in 0..<length { y[to + i] = function(a[fromA + i], b[fromB + i]) }
      case (1, 0):
        let fixed = b[fromB]
        for i in 0..<length { y[to + i] = function(a[fromA + i], fixed) }
      case (0, 1):
        let fixed = a[fromA]
        for i in 0..<length { y[to + i] = function(fixed, b[fromB + i]) }
      default: for i in 0..<length { y[to + i] = function(a[fromA + i * stepA], b[fromB + i * stepB]) }
      }
      to += length
    }
  }

  /// `y = function(a, b, c)` for the three operands.
  @inline(__always)
  package func map<A, Y>(
    _ a: UnsafeBufferPointer<A>, _ b: UnsafeBufferPointer<Y>, _ c: UnsafeBufferPointer<Y>,
    into y: UnsafeMutableBufferPointer<Y>, _ function: (A, Y, Y) -> Y
  ) {
    let last = lengths.count - 1
    let length = lengths[last]
    let (stepA, stepB, stepC) = (strides[0][last], strides[1][last], strides[2][last])
    var to = 0
    forEachRun { starts in
      for i in 0..<length {
        y[to + i] = function(a[starts[0] + i * stepA], b[starts[1] + i * stepB], c[starts[2] + i * stepC])
      }
      to += length
    }
  }

  /// Takes every element of `values`, which has the whole shape, into the place of the (one) operand it was read from.
  @inline(__always)
  package func gather<Value, Sum>(
    _ values: UnsafeBufferPointer<Value>, into sums: UnsafeMutableBufferPointer<Sum>, _ combine: (Sum, Value) -> Sum
  ) {
    let last = lengths.count - 1
    let (length, step) = (lengths[last], strides[0][last])
    var from = 0
    forEachRun { starts in
      let to = starts[0]
      if step == 0 {
        var sum = sums[to]
        for i in 0..<length { sum = combine(sum, values[from + i]) }
        sums[to] = sum
      } else {
        for i in 0..<length { sums[to + i * step] = combine(sums[to + i * step], values[from + i]) }
      }
      from += length
    }
  }
}
