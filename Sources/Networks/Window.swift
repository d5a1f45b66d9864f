/// A height and a width in elements.
package struct Extent: Hashable, Sendable {
  package var height: Int
  package var width: Int

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  package init(_ both: Int) {
    self.init(height: both, width: both)
  }
}

/// Rows and columns added around an image.
package struct Padding: Hashable, Sendable {
  package var top: Int
  package var left: Int
  package var bottom: Int
  package var right: Int

  package init(top: Int, left: Int, bottom: Int, right: Int) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
  }

  package init(_ all: Int) {
    self.init(top: all, left: all, bottom: all, right: all)
  }

  /// The same on opposite sides.
  package init(vertical: Int, horizontal: Int) {
    self.init(top: vertical, left: horizontal, bottom: vertical, right: horizontal)
  }

  var isZero: Bool { self == Padding(0) }

  /// The larger of both on every side.
  func union(_ other: Padding) -> Padding {
    Padding(
      top: max(top, other.top), left: max(left, other.left), bottom: max(bottom, other.bottom),
      right: max(right, other.right))
  }
}

/// How a kernel or a pooling window moves over an image.
package struct Window: Hashable, Sendable {
  package var kernel: Extent
  package var stride: Extent
  package var padding = Padding(0)
  package var dilation = Extent(1)
  /// Whether a last, partly covered window counts, as PyTorch's `ceil_mode` has it.
  package var ceiling = false

  package init(
    kernel: Extent, stride: Extent, padding: Padding = Padding(0), dilation: Extent = Extent(1), ceiling: Bool = false
  ) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.ceiling = ceiling
  }

  /// The size of the output; throws `badShape` when no window fits.
  func outputSize(height: Int, width: Int, operation: String) throws(GraphError) -> Extent {
    guard
      let rows = Self.outputLength(
        height, kernel.height, stride.height, padding.top, padding.bottom, dilation.height, ceiling),
      let columns = Self.outputLength(
        width, kernel.width, stride.width, padding.left, padding.right, dilation.width, ceiling)
    else {
      throw GraphError(
        .badShape,
        "[\(operation)] a \(kernel.height)x\(kernel.width) window does not fit an image of \(height)x\(width).")
    }
    return Extent(height: rows, width: columns)
  }

  private static func outputLength(
    _ length: Int, _ kernel: Int, _ stride: Int, _ before: Int, _ after: Int, _ dilation: Int, _ ceiling: Bool
  ) -> Int? {
    guard kernel > 0, stride > 0, dilation > 0, before >= 0, after >= 0 else { return nil }
    let span = dilation * (kernel - 1) + 1
    let room = length + before + after - span
    guard room >= 0 else { return nil }
    var count = room / stride + 1
    if ceiling, room % stride != 0, (count * stride) < length + before { count += 1 }
    return count
  }
}
