import Foundation
import Images
import Testing

@testable import FaceModels

@Suite struct AlignmentTests {
  /// A grey image with a bright 3 x 3 spot at each point.
  static func spots(_ points: [Point], width: Int, height: Int) -> Image {
    var pixels = [UInt8](repeating: 40, count: width * height * 3)
    for point in points {
      let (x, y) = (Int(point.x.rounded()), Int(point.y.rounded()))
      for row in y - 1...y + 1 {
        for column in x - 1...x + 1 {
          for channel in 0..<3 { pixels[(row * width + column) * 3 + channel] = 240 }
        }
      }
    }
    return Image(width: width, height: height, pixels: pixels)
  }

  /// The center of brightness around a point.
  static func center(of image: Image, near point: Point, reach: Int = 6) -> Point {
    var (sum, x, y) = (0.0, 0.0, 0.0)
    for row in max(0, Int(point.y) - reach)...min(image.height - 1, Int(point.y) + reach) {
      for column in max(0, Int(point.x) - reach)...min(image.width - 1, Int(point.x) + reach) {
        let weight = max(0, Double(image.pixels[(row * image.width + column) * 3]) - 60)
        sum += weight
        x += weight * Double(column)
        y += weight * Double(row)
      }
    }
    return Point(x: x / sum, y: y / sum)
  }

  static func face(
    _ landmarks: [Point], x: Double = 0, y: Double = 0, width: Double = 1, height: Double = 1
  ) -> DetectedFace {
    DetectedFace(x: x, y: y, width: width, height: height, score: 1, landmarks: landmarks)
  }

  @Test(
    "Landmarks fall on the template, however the face is turned",
    arguments: [(0.0, 1.0), (25, 1.5), (-40, 2), (170, 1.2)], [Alignment.dlibTemplate, Alignment.arcFaceTemplate])
  func template(pose: (degrees: Double, scale: Double), template: [Point]) throws {
    let side = template == Alignment.dlibTemplate ? 150 : 112
    let angle = pose.degrees * .pi / 180
    let turn = SimilarityTransform(a: pose.scale * cos(angle), b: pose.scale * sin(angle), tx: 0, ty: 0)
    let middle = turn.apply(Point(x: Double(side) / 2, y: Double(side) / 2))
    let placed = SimilarityTransform(a: turn.a, b: turn.b, tx: 260 - middle.x, ty: 240 - middle.y)
    // Whole pixels, as the spots are drawn on them.
    let landmarks = template.map { point in
      let moved = placed.apply(point)
      return Point(x: moved.x.rounded(), y: moved.y.rounded())
    }
    let image = Self.spots(landmarks, width: 520, height: 480)
    let alignment = Alignment(kind: .template(template), width: side, height: side)
    let crop = try #require(alignment.crop(Self.face(landmarks), from: image))
    #expect(crop.width == side && crop.height == side)
    for point in template {
      let center = Self.center(of: crop, near: point)
      #expect(abs(center.x - point.x) < 1.2 && abs(center.y - point.y) < 1.2, "\(center) for \(point)")
    }
  }

  @Test func degenerateLandmarksGiveNothing() {
    let image = Self.spots([], width: 60, height: 60)
    let alignment = Alignment(kind: .template(Alignment.dlibTemplate), width: 150, height: 150)
    let same = Array(repeating: Point(x: 30, y: 30), count: 5)
    let broken = Array(repeating: Point(x: .nan, y: 1), count: 4) + [Point(x: 2, y: 2)]
    for landmarks in [same, broken, Array(same.prefix(3)), []] {
      #expect(alignment.crop(Self.face(landmarks), from: image) == nil)
    }
  }

  /// Red grows to the right and green to the bottom, one level a pixel.
  static let ramp = Image(
    width: 200, height: 100, pixels: (0..<100).flatMap { y in (0..<200).flatMap { x in [UInt8(x), UInt8(y), 7] } })

  @Test(
    "The box is cut out, grown by the margin and clipped to the image",
    arguments: [
      // x, y, width, height, margin: left, top, right, bottom of what is cut out.
      ([50.0, 20, 40, 40], 0, [50.0, 20, 90, 60]), ([50, 20, 40, 20], 40, [43, 16, 96, 43]),
      ([-30, -10, 60, 50], 0, [0, 0, 30, 40]), ([180, 80, 50, 60], 0, [180, 80, 200, 100]),
    ])
  func box(box: [Double], margin: Int, cut: [Double]) throws {
    let alignment = Alignment(kind: .box(margin: margin), width: 160, height: 160)
    let face = Self.face([], x: box[0], y: box[1], width: box[2], height: box[3])
    let crop = try #require(alignment.crop(face, from: Self.ramp))
    #expect(crop.width == 160 && crop.height == 160)
    let (first, last) = (Array(crop.pixels.prefix(3)), Array(crop.pixels.suffix(3)))
    #expect(abs(Double(first[0]) - cut[0]) <= 1 && abs(Double(first[1]) - cut[1]) <= 1, "\(first)")
    #expect(abs(Double(last[0]) - (cut[2] - 1)) <= 1 && abs(Double(last[1]) - (cut[3] - 1)) <= 1, "\(last)")
  }

  @Test func aBoxOutsideOfTheImageGivesNothing() {
    let alignment = Alignment(kind: .box(margin: 0), width: 160, height: 160)
    for box in [[-50.0, 0, 40, 40], [201, 0, 40, 40], [0, 101, 40, 40], [20, 20, 0, 10]] {
      #expect(
        alignment.crop(Self.face([], x: box[0], y: box[1], width: box[2], height: box[3]), from: Self.ramp) == nil)
    }
  }

  @Test("A network with damaged weights may answer anything", arguments: [Double.nan, .infinity, -1e300, 1e300])
  func aSenselessBoxGivesNothing(value: Double) {
    let landmarks = Array(repeating: Point(x: value, y: value), count: 4) + [Point(x: 0, y: 1)]
    for kind in [Alignment.Kind.box(margin: 20), .template(Alignment.dlibTemplate)] {
      let alignment = Alignment(kind: kind, width: 160, height: 160)
      for box in [[value, 1, 10, 10], [1, value, 10, 10], [1, 1, value, 10], [1, 1, 10, value]] {
        let face = Self.face(landmarks, x: box[0], y: box[1], width: box[2], height: box[3])
        #expect(alignment.crop(face, from: Self.ramp) == nil)
      }
    }
  }
}
