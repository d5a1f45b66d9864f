internal import Glibc

/// Out of focus, moved, or enlarged from few pixels: a Gaussian blur.
package struct Blur: PixelAugmentation {
  package static let name = "blur"
  package var probability: Double
  /// The largest standard deviation, as a share of the crop's width.
  package var most: Double

  package init(probability: Double = 0.5, most: Double = 0.03) {
    self.probability = probability
    self.most = most
  }

  package func apply(to pixels: inout FloatPixels, _ random: inout SeededRandom) {
    guard random.chance(probability) else { return }
    Self.gaussian(&pixels, deviation: random.uniform(0, most) * Double(pixels.width))
  }

  /// Along rows, then along columns; beyond the rim its pixels go on. Below a fifth of a pixel nothing happens.
  package static func gaussian(_ pixels: inout FloatPixels, deviation: Double) {
    guard deviation >= 0.2, deviation.isFinite else { return }
    let radius = min(Int((3 * deviation).rounded(.up)), max(pixels.width, pixels.height))
    var kernel = (-radius...radius).map { Float(exp(-Double($0 * $0) / (2 * deviation * deviation))) }
    let sum = kernel.reduce(0, +)
    kernel = kernel.map { $0 / sum }
    let (width, height) = (pixels.width, pixels.height)
    let rows = along(pixels.values, kernel, count: width, step: 3, lines: height, lineStep: width * 3)
    pixels.values = along(rows, kernel, count: height, step: width * 3, lines: width, lineStep: 3)
  }

  /// Each line's pixels (three values) with `kernel` moved along it.
  private static func along(
    _ input: [Float], _ kernel: [Float], count: Int, step: Int, lines: Int, lineStep: Int
  ) -> [Float] {
    let radius = kernel.count / 2
    return [Float](unsafeUninitializedCapacity: input.count) { output, written in
      input.withUnsafeBufferPointer { input in
        kernel.withUnsafeBufferPointer { kernel in
          for line in 0..<lines {
            for place in 0..<count {
              var (red, green, blue) = (Float(0), Float(0), Float(0))
              for tap in -radius...radius {
                let at = line * lineStep + min(max(place + tap, 0), count - 1) * step
                let weight = kernel[tap + radius]
                red += weight * input[at]
                green += weight * input[at + 1]
                blue += weight * input[at + 2]
              }
              let at = line * lineStep + place * step
              output[at] = red
              output[at + 1] = green
              output[at + 2] = blue
            }
          }
        }
      }
      written = input.count
    }
  }
}
