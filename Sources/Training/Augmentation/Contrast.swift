/// Moves values away from their mean, or towards it.
package struct Contrast: PixelAugmentation {
  package static let name = "contrast"
  package var probability: Double
  /// What distances from the mean are multiplied with.
  package var factors: ClosedRange<Double>

  package init(probability: Double = 0.5, factors: ClosedRange<Double> = 0.6...1.4) {
    self.probability = probability
    self.factors = factors
  }

  package func apply(to pixels: inout FloatPixels, _ random: inout SeededRandom) {
    guard random.chance(probability) else { return }
    let factor = Float(random.uniform(factors.lowerBound, factors.upperBound))
    let mean = pixels.meanLuma
    pixels.values.withUnsafeMutableBufferPointer { values in
      for index in values.indices { values[index] = mean + (values[index] - mean) * factor }
    }
  }
}
