/// A candidate on its way through the cascade, in float32 as the published network computes it.
struct SquareBox {
  var x1: Float
  var y1: Float
  var x2: Float
  var y2: Float
  var score: Float

  /// Moves the edges by `offsets` (left, top, right, bottom) in units of the size; `extra` is added to the size first.
  func moved(by offsets: (Float, Float, Float, Float), extra: Float) -> SquareBox {
    let width = x2 - x1 + extra
    let height = y2 - y1 + extra
    return SquareBox(
      x1: x1 + offsets.0 * width, y1: y1 + offsets.1 * height, x2: x2 + offsets.2 * width, y2: y2 + offsets.3 * height,
      score: score)
  }

  /// The square around the same center with the longer side.
  var squared: SquareBox {
    let (height, width) = (y2 - y1, x2 - x1)
    let side = max(width, height)
    let left = x1 + width * 0.5 - side * 0.5
    let top = y1 + height * 0.5 - side * 0.5
    return SquareBox(x1: left, y1: top, x2: left + side, y2: top + side, score: score)
  }

  /// The pixels of the image that the box covers, `nil` when there are none.
  func clipped(width: Int, height: Int) -> (x: Int, y: Int, width: Int, height: Int)? {
    func whole(_ value: Float) -> Int? { value.isFinite && abs(value) < 1e9 ? Int(value) : nil }
    guard let left = whole(x1), let top = whole(y1), let right = whole(x2), let bottom = whole(y2) else { return nil }
    let x = max(left, 1) - 1
    let y = max(top, 1) - 1
    let endX = min(right, width)
    let endY = min(bottom, height)
    guard endX > x, endY > y else { return nil }
    return (x, y, endX - x, endY - y)
  }
}
