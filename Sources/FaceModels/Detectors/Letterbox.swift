internal import Images

/// Where a picture lies on the input of a detector: top left, black to the right of it and below.
struct Letterbox: Equatable {
  /// How large the input is.
  enum Rule: Sendable, Equatable {
    /// Always this size; the picture is made to fit, larger or smaller, its proportions kept.
    case fixed(width: Int, height: Int)
    /// The picture's own size, rounded up to a multiple of `multiple`. Its longer side is first reduced to `maxSide`.
    case own(multiple: Int, maxSide: Int)
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

  /// Places a picture of `imageWidth` x `imageHeight` pixels, as insightface does where the size is fixed.
  ///
  /// Rounding to whole pixels gives the sides slightly different scales. insightface takes the height's for both, which
  /// moves boxes at the right edge of a wide picture by up to 1.5 pixels of the input; `exactScale` keeps them apart.
  init(_ rule: Rule, imageWidth: Int, imageHeight: Int, exactScale: Bool) {
    let (imageWide, imageHigh) = (Double(imageWidth), Double(imageHeight))
    switch rule {
    case .fixed(let width, let height):
      (self.width, self.height) = (width, height)
      let slope = imageHigh / imageWide
      if slope > Double(height) / Double(width) {
        coveredHeight = height
        coveredWidth = min(max(Int(Double(height) / slope), 1), width)
      } else {
        coveredWidth = width
        coveredHeight = min(max(Int(Double(width) * slope), 1), height)
      }
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
}
