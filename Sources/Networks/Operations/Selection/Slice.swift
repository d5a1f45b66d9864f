package import Tensors

/// A part of a tensor: some indices of some axes, in steps that may run backwards.
///
/// Input: any shape. Output: the ranges' counts in their axes, all other dimensions as they are. Reference: ONNX `Slice`
/// with its bounds resolved.
package struct Slice: SelectingOperation, RearrangingOperation {
  package static let name = "Slice"

  /// `count` indices of an axis: `start`, `start + step`, ...
  package struct Range: Hashable, Sendable {
    package var axis: Int
    package var start: Int
    package var step: Int
    package var count: Int

    package init(axis: Int, start: Int, step: Int = 1, count: Int) {
      self.axis = axis
      self.start = start
      self.step = step
      self.count = count
    }

    /// Whether every index lies inside an axis of `length`.
    func fits(_ length: Int) -> Bool {
      guard count > 0 else { return count == 0 }
      guard start >= 0, start < length, count <= length, step >= -length, step <= length else { return false }
      let last = start + (count - 1) * step
      return last >= 0 && last < length
    }

    var indices: [Int] { (0..<count).map { start + $0 * step } }
  }

  package var ranges: [Range]

  package init(_ ranges: [Range]) {
    self.ranges = ranges
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    var dimensions = inputs[0].dimensions
    for range in ranges {
      guard dimensions.indices.contains(range.axis), range.fits(inputs[0][range.axis]) else {
        throw GraphError(
          .badShape,
          "[Slice] \(range.count) indices from \(range.start) in steps of \(range.step) are not in axis \(range.axis) "
            + "of \(inputs[0]).")
      }
      dimensions[range.axis] = range.count
    }
    guard Set(ranges.map(\.axis)).count == ranges.count else {
      throw GraphError(.badShape, "[Slice] an axis is sliced twice.")
    }
    return [Shape(dimensions)]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    [selected(inputs[0].shape)(inputs[0])]
  }

  func selection(for shape: Shape) -> AxisSelection? { selected(shape) }

  private func selected(_ shape: Shape) -> AxisSelection {
    var selection = AxisSelection(sources: Array(repeating: nil, count: shape.rank))
    for range in ranges { selection.sources[range.axis] = range.indices }
    return selection
  }
}
