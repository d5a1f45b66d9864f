internal import Images

/// Where a picture lies on the input of a detector: top left, black to the right of it and below.
struct Letterbox: Equatable {
  /// How large the input is.
  enum Rule: Sendable, Equatable {
    /// This size; a larger picture is made smaller to fit, its proportions kept.
    case fixed(width: Int, height: Int, small: SmallPictures)
    /// The picture's own size, rounded up to a multiple of `multiple`. Its longer side is first reduced to `maxSide`.
    case own(multiple: Int, maxSide: Int)
  }

  /// What becomes of a picture smaller than a fixed size.
  enum SmallPictures: Sendable {
    /// It is made to fit, as insightface does: that costs time and, where a face fills the picture, the face.
    case enlarged
    /// It stays as it is.
    case kept
    /// It stays as it is, on a half or a quarter of the size where it fits there.
    case halves
    /// The same, and of any picture's input what stays empty is cut off, in quarters of the sides.
    case trimmed
  }

  /// Size of the input in pixels.
  let width: Int
  let height: Int
  /// Size of the part of the input that the picture covers.
  let coveredWidth: Int
  let coveredHeight: Int
  /// Pixels of the input for one of the picture, along rows and along columns.
  let scaleX: Double
  let scaleY: Double

  /// The smallest side a size is halved to, and what every level of a network divides.
  private static let (leastSide, cell) = (160, 32)

  /// Places a picture of `imageWidth` x `imageHeight` pixels; a larger one than a fixed size as insightface does.
  ///
  /// Rounding to whole pixels gives the sides slightly different scales. insightface takes the height's for both, which
  /// moves boxes at the right edge of a wide picture by up to 1.5 pixels of the input; `exactScale` keeps them apart.
  init(_ rule: Rule, imageWidth: Int, imageHeight: Int, exactScale: Bool) {
    let (imageWide, imageHigh) = (Double(imageWidth), Double(imageHeight))
    switch rule {
    case .fixed(var width, var height, let small):
      let multiple = 2 * Self.cell
      while small == .halves || small == .trimmed, width % multiple == 0, height % multiple == 0,
        min(width, height) / 2 >= Self.leastSide,
        imageWidth <= width / 2, imageHeight <= height / 2
      {
        (width, height) = (width / 2, height / 2)
      }
      let slope = imageHigh / imageWide
      if small != .enlarged, imageWidth <= width, imageHeight <= height {
        (coveredWidth, coveredHeight) = (imageWidth, imageHeight)
      } else if slope > Double(height) / Double(width) {
        coveredHeight = height
        coveredWidth = min(max(Int(Double(height) / slope), 1), width)
      } else {
        coveredWidth = width
        coveredHeight = min(max(Int(Double(width) * slope), 1), height)
      }
      self.width = small == .trimmed ? Self.trimmed(width, to: coveredWidth) : width
      self.height = small == .trimmed ? Self.trimmed(height, to: coveredHeight) : height
    case .own(let multiple, let maxSide):
      let longer = max(imageWidth, imageHeight)
      if longer > maxSide {
        let factor = Double(maxSide) / Double(longer)
        coveredWidth = max(Int((imageWide * factor).rounded()), 1)
        coveredHeight = max(Int((imageHigh * factor).rounded()), 1)
      } else {
        (coveredWidth, coveredHeight) = (imageWidth, imageHeight)
      }
      width = (coveredWidth + multiple - 1) / multiple * multiple
      height = (coveredHeight + multiple - 1) / multiple * multiple
    }
    scaleY = Double(coveredHeight) / imageHigh
    scaleX = exactScale ? Double(coveredWidth) / imageWide : scaleY
  }

  /// The fewest quarters of a side, or halves where a quarter is no number of cells, that hold what is covered: few sizes, since
  /// each takes a plan of its own.
  private static func trimmed(_ side: Int, to covered: Int) -> Int {
    guard let parts = [4, 2].first(where: { side % ($0 * cell) == 0 }) else { return side }
    let step = side / parts
    return max((covered + step - 1) / step * step, step)
  }
}
