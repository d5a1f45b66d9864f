internal import Tensors

extension Window {
  /// The shape rule of pooling.
  func pooled(_ x: Shape, _ operation: some Operation) throws(GraphError) -> Shape {
    try operation.requireRank(x, 4)
    guard padding.top < kernel.height, padding.left < kernel.width, padding.bottom < kernel.height,
      padding.right < kernel.width
    else {
      throw GraphError(.unsupported, "[\(type(of: operation).name)] the padding must be smaller than the window.")
    }
    let size = try outputSize(height: x[2], width: x[3], operation: type(of: operation).name)
    return [x[0], x[1], size.height, size.width]
  }

  /// The indices along one axis that one position of the window covers: `first`, `first + step`, ..., `count` of them.
  struct Taps {
    var first: Int
    var step: Int
    var count: Int
    /// How many places the window has here, those in the padding included.
    var padded: Int

    /// Those from `start` on that lie inside an axis of `length` with `after` behind it.
    fileprivate init(start: Int, kernel: Int, step: Int, length: Int, after: Int) {
      let skipped = start < 0 ? (step - 1 - start) / step : 0
      func below(_ end: Int) -> Int { start >= end ? 0 : min(kernel, (end - 1 - start) / step + 1) }
      first = start + skipped * step
      self.step = step
      count = max(below(length) - skipped, 0)
      padded = below(length + after)
    }
  }

  /// For each of `outputs` rows, the rows of the image it covers.
  func rows(_ outputs: Int, height: Int) -> [Taps] {
    (0..<outputs).map { index in
      Taps(
        start: index * stride.height - padding.top, kernel: kernel.height, step: dilation.height, length: height,
        after: padding.bottom)
    }
  }

  /// For each of `outputs` columns, the columns of the image it covers.
  func columns(_ outputs: Int, width: Int) -> [Taps] {
    (0..<outputs).map { index in
      Taps(
        start: index * stride.width - padding.left, kernel: kernel.width, step: dilation.width, length: width,
        after: padding.right)
    }
  }

  /// Plain pooling: folds the values of each window that lie inside the image, starting with `initial`; `finish` gets
  /// the result and which rows and columns there were.
  func pool(
    _ x: Tensor, to shape: Shape, initial: Float, _ fold: (Float, Float) -> Float,
    finish: (Float, Taps, Taps) -> Float
  ) -> Tensor {
    let (height, width) = (x.shape[2], x.shape[3])
    let rows = rows(shape[2], height: height)
    let columns = columns(shape[3], width: width)
    return Tensor(shape: shape) { y in
      x.withUnsafeBuffer { x in
        var to = 0
        for plane in 0..<shape[0] * shape[1] {
          for row in rows {
            for column in columns {
              var value = initial
              for i in 0..<row.count {
                var from = (plane * height + row.first + i * row.step) * width + column.first
                for _ in 0..<column.count {
                  value = fold(value, x[from])
                  from += column.step
                }
              }
              y[to] = finish(value, row, column)
              to += 1
            }
          }
        }
      }
    }
  }

  /// Plain pooling backward: for each window, `body` gets x, the gradient by the result, the places in the image that the
  /// window covers, which rows and columns there were, and the gradient by x to add to.
  func unpool(
    _ x: Tensor, _ dy: Tensor,
    _ body: (
      _ x: UnsafeBufferPointer<Float>, _ dy: Float, _ places: [Int], _ rows: Taps, _ columns: Taps,
      _ dx: UnsafeMutableBufferPointer<Float>
    ) -> Void
  ) -> Tensor {
    let (height, width) = (x.shape[2], x.shape[3])
    let rows = rows(dy.shape[2], height: height)
    let columns = columns(dy.shape[3], width: width)
    return Tensor(shape: x.shape) { dx in
      dx.initialize(repeating: 0)
      x.withUnsafeBuffer { x in
        dy.withUnsafeBuffer { dy in
          var from = 0
          var places: [Int] = []
          for plane in 0..<planes(dy.count, rows.count, columns.count) {
            for row in rows {
              for column in columns {
                places.removeAll(keepingCapacity: true)
                for i in 0..<row.count {
                  let line = (plane * height + row.first + i * row.step) * width + column.first
                  for j in 0..<column.count { places.append(line + j * column.step) }
                }
                body(x, dy[from], places, row, column, dx)
                from += 1
              }
            }
          }
        }
      }
    }
  }

  private func planes(_ count: Int, _ rows: Int, _ columns: Int) -> Int {
    rows * columns == 0 ? 0 : count / (rows * columns)
  }
}
