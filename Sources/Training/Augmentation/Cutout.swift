/// Hides a rectangle: a hand, a microphone, a mask. Reference: DeVries and Taylor 2017, "Improved Regularization of
/// Convolutional Neural Networks with Cutout".
package struct Cutout: PixelAugmentation {
  package static let name = "cutout"
  package var probability: Double
  /// Sides of the rectangle, as shares of the crop's.
  package var sides: ClosedRange<Double>

  package init(probability: Double = 0.2, sides: ClosedRange<Double> = 0.1...0.3) {
    self.probability = probability
    self.sides = sides
  }

  package func apply(to pixels: inout FloatPixels, _ random: inout SeededRandom) {
    guard random.chance(probability) else { return }
    let width = Int(random.uniform(sides.lowerBound, sides.upperBound) * Double(pixels.width))
    let height = Int(random.uniform(sides.lowerBound, sides.upperBound) * Double(pixels.height))
    let gray = Float(random.uniform(0, 255))
    guard width > 0, height > 0, width <= pixels.width, height <= pixels.height else { return }
    let left = random.index(below: pixels.width - width + 1)
    let top = random.index(below: pixels.height - height + 1)
    for row in top..<top + height {
      let start = (row * pixels.width + left) * 3
      for index in start..<start + width * 3 { pixels.values[index] = gray }
    }
  }
}
