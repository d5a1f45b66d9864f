internal import Glibc

/// More or less light: all values times one factor.
package struct Brightness: PixelAugmentation {
  package static let name = "brightness"
  package var probability: Double
  /// Smallest and largest factor; drawn evenly on a logarithmic scale.
  package var factors: ClosedRange<Double>

  package init(probability: Double = 0.6, factors: ClosedRange<Double> = 0.2...1.5) {
    self.probability = probability
    self.factors = factors
  }

  package func apply(to pixels: inout FloatPixels, _ random: inout SeededRandom) {
    guard random.chance(probability) else { return }
    let factor = Float(exp(random.uniform(log(factors.lowerBound), log(factors.upperBound))))
    pixels.values.withUnsafeMutableBufferPointer { values in
      for index in values.indices { values[index] = min(255, values[index] * factor) }
    }
  }
}
