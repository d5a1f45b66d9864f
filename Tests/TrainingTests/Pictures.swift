import FaceModels
import Images
import Training

/// Pictures made for tests: deterministic, with detail everywhere.
enum Pictures {
  /// A colored pattern that differs from seed to seed.
  static func pattern(_ seed: UInt64, side: Int = 224) -> Image {
    var random = SeededRandom(seed: seed)
    let centers = (0..<12).map { _ in
      (
        x: random.uniform(0, Double(side)), y: random.uniform(0, Double(side)), size: random.uniform(8, 40),
        color: (random.uniform(0, 255), random.uniform(0, 255), random.uniform(0, 255))
      )
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(side * side * 3)
    for y in 0..<side {
      for x in 0..<side {
        var color = (90.0, 100.0, 110.0)
        for blob in centers {
          let (dx, dy) = (Double(x) - blob.x, Double(y) - blob.y)
          if dx * dx + dy * dy < blob.size * blob.size { color = blob.color }
        }
        pixels += [UInt8(color.0), UInt8(color.1), UInt8(color.2)]
      }
    }
    return Image(width: side, height: side, pixels: pixels)
  }

  /// A gray picture with one white dot of radius 3.
  static func dot(_ x: Double, _ y: Double, side: Int = 224) -> Image {
    var canvas = Canvas(Image(width: side, height: side, pixels: [UInt8](repeating: 60, count: side * side * 3)))
    canvas.dot(centre: Point(x: x, y: y), radius: 3, .white)
    return canvas.image
  }

  /// Where a kept crop has its face.
  static let face = DetectedFace(
    x: 47, y: 35, width: 125, height: 166, score: 1,
    landmarks: [
      Point(x: 84, y: 98.6), Point(x: 140, y: 98.4), Point(x: 112.2, y: 130.5), Point(x: 89.2, y: 163.3),
      Point(x: 135.6, y: 163),
    ])

  static let dlib = Alignment(kind: .template(Alignment.dlibTemplate), width: 150, height: 150)
  static let arcFace = Alignment(kind: .template(Alignment.arcFaceTemplate), width: 112, height: 112)
  static let box = Alignment(kind: .box(margin: 0), width: 160, height: 160)

  /// The brightest place: the mean position of pixels above 200.
  static func brightest(_ image: Image) -> Point? {
    var (x, y, count) = (0.0, 0.0, 0.0)
    for row in 0..<image.height {
      for column in 0..<image.width where image.pixels[(row * image.width + column) * 3] > 200 {
        x += Double(column)
        y += Double(row)
        count += 1
      }
    }
    return count > 0 ? Point(x: x / count, y: y / count) : nil
  }
}
