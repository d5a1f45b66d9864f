package import Images

/// One way in which a later photo of a person may differ from those at hand.
///
/// Each draws from a generator of its own, so that leaving one out does not change what the others draw. One file each,
/// and a line in ``AugmentationPipeline``.
package protocol Augmentation: Sendable {
  /// As `train` takes it.
  static var name: String { get }
}

/// Moves the face within its crop. Never resamples: all that move it become one warp from the kept crop.
package protocol GeometricAugmentation: Augmentation {
  /// Where the points of the recognizer's crop go. Units: pixels of that crop.
  func transform(_ frame: CropFrame, _ random: inout SeededRandom) -> AffineTransform
}

/// Changes the values of a crop's pixels in place.
package protocol PixelAugmentation: Augmentation {
  func apply(to pixels: inout FloatPixels, _ random: inout SeededRandom)
}

/// The crop a recognizer sees.
package struct CropFrame: Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// The middle of the face: the mean of its landmarks. Units: pixels of the crop.
  package let center: Point

  package init(width: Int, height: Int, center: Point) {
    self.width = width
    self.height = height
    self.center = center
  }

  /// What a linear map about the center does, followed by a shift.
  func about(
    xx: Double = 1, xy: Double = 0, yx: Double = 0, yy: Double = 1, shiftX: Double = 0, shiftY: Double = 0
  ) -> AffineTransform {
    AffineTransform(
      xx: xx, xy: xy, tx: center.x - xx * center.x - xy * center.y + shiftX, yx: yx, yy: yy,
      ty: center.y - yx * center.x - yy * center.y + shiftY)
  }
}
