package import Tensors

/// Adds elements around a tensor, or takes some away where an amount is negative.
///
/// Input: any shape. Output: each dimension plus ``before`` plus ``after``. Reference: ONNX `Pad`, numpy `pad`.
package struct Pad: SelectingOperation, RearrangingOperation {
  package static let name = "Pad"

  package enum Mode: Hashable, Sendable {
    case constant(Float)
    /// Mirrored at the first and last element, which are not repeated.
    case reflect
    /// The first or last element again and again.
    case edge
    /// From the opposite end.
    case wrap
  }

  /// Elements added in front of and behind each axis; negative takes away.
  package var before: [Int]
  package var after: [Int]
  package var mode: Mode

  package init(before: [Int], after: [Int], mode: Mode) {
    self.before = before
    self.after = after
    self.mode = mode
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    let x = inputs[0]
    guard before.count == x.rank, after.count == x.rank else {
      throw GraphError(.badShape, "[Pad] \(before.count) and \(after.count) amounts do not fit \(x).")
    }
    var dimensions: [Int] = []
    for axis in 0..<x.rank {
      // What remains of the input after taking away, then what is added.
      let kept = x[axis] + min(before[axis], 0) + min(after[axis], 0)
      let length = kept + max(before[axis], 0) + max(after[axis], 0)
      guard kept >= 0, kept > 0 || length == 0 || isConstant else {
        throw GraphError(
          .badShape, "[Pad] \(x) has nothing left in axis \(axis) with \(before) before, \(after) after.")
      }
      dimensions.append(length)
    }
    return [Shape(dimensions)]
  }

  private var isConstant: Bool {
    if case .constant = mode { return true }
    return false
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let shape = try outputShapes([x.shape])[0]
    guard shape.count > 0 else { return [Tensor(shape: shape, values: [])] }
    return [selected(x.shape, to: shape)(x)]
  }

  func selection(for shape: Shape) -> AxisSelection? {
    guard let padded = try? outputShapes([shape])[0] else { return nil }
    return selected(shape, to: padded)
  }

  private func selected(_ x: Shape, to shape: Shape) -> AxisSelection {
    var selection = AxisSelection(sources: Array(repeating: nil, count: x.rank))
    if case .constant(let value) = mode { selection.fill = value }
    for axis in 0..<x.rank where before[axis] != 0 || after[axis] != 0 {
      let first = max(-before[axis], 0)
      let kept = x[axis] - first - max(-after[axis], 0)
      let added = max(before[axis], 0)
      selection.sources[axis] = (0..<shape[axis]).map { index in
        source(index - added, of: kept).map { $0 + first } ?? -1
      }
    }
    return selection
  }

  /// Which of `length` elements stands at `index`, `nil` for the constant.
  private func source(_ index: Int, of length: Int) -> Int? {
    if index >= 0, index < length { return index }
    switch mode {
    case .constant: return nil
    case .edge: return index < 0 ? 0 : length - 1
    case .wrap:
      let rest = index % length
      return rest < 0 ? rest + length : rest
    case .reflect:
      guard length > 1 else { return 0 }
      let period = 2 * (length - 1)
      let rest = index % period
      let folded = rest < 0 ? rest + period : rest
      return folded < length ? folded : period - folded
    }
  }

  var fillingWithZero: any Operation {
    isConstant ? Pad(before: before, after: after, mode: .constant(0)) : self
  }
}
