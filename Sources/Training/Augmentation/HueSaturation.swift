internal import Glibc

/// Another white balance and more or less color, down to none.
///
/// In the YIQ space of NTSC (FCC 1953): the color plane is turned by an angle and stretched; brightness stays.
package struct HueSaturation: PixelAugmentation {
  package static let name = "hueSaturation"
  package var probability: Double
  /// Either way. Units: degrees.
  package var mostTurn: Double
  /// What colors' distances from gray are multiplied with.
  package var saturations: ClosedRange<Double>

  package init(probability: Double = 0.5, mostTurn: Double = 10, saturations: ClosedRange<Double> = 0.4...1.4) {
    self.probability = probability
    self.mostTurn = mostTurn
    self.saturations = saturations
  }

  package func apply(to pixels: inout FloatPixels, _ random: inout SeededRandom) {
    guard random.chance(probability) else { return }
    let angle = random.uniform(-mostTurn, mostTurn) * .pi / 180
    let saturation = random.uniform(saturations.lowerBound, saturations.upperBound)
    let (c, s) = (Float(cos(angle) * saturation), Float(sin(angle) * saturation))
    pixels.values.withUnsafeMutableBufferPointer { values in
      for index in stride(from: 0, to: values.count - 2, by: 3) {
        let (r, g, b) = (values[index], values[index + 1], values[index + 2])
        let y = 0.299 * r + 0.587 * g + 0.114 * b
        let i = 0.595716 * r - 0.274453 * g - 0.321263 * b
        let q = 0.211456 * r - 0.522591 * g + 0.311135 * b
        let (turnedI, turnedQ) = (c * i - s * q, s * i + c * q)
        values[index] = y + 0.9563 * turnedI + 0.6210 * turnedQ
        values[index + 1] = y - 0.2721 * turnedI - 0.6474 * turnedQ
        values[index + 2] = y - 1.1070 * turnedI + 1.7046 * turnedQ
      }
    }
  }
}
