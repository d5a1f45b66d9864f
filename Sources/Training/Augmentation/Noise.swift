/// The noise of a sensor: each value of each channel for itself.
package struct Noise: PixelAugmentation {
  package static let name = "noise"
  package var probability: Double
  /// The largest standard deviation. Units: of 255.
  package var most: Double

  package init(probability: Double = 0.4, most: Double = 10) {
    self.probability = probability
    self.most = most
  }

  package func apply(to pixels: inout FloatPixels, _ random: inout SeededRandom) {
    guard random.chance(probability) else { return }
    let deviation = Float(random.uniform(0, most))
    var source = SeededRandom(seed: random.next())
    pixels.values.withUnsafeMutableBufferPointer { values in
      for index in values.indices { values[index] += deviation * source.bell() }
    }
  }
}
