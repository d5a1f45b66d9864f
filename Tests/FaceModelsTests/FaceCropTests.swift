import Foundation
import Images
import Testing

@testable import FaceModels

@Suite struct FaceCropTests {
  /// A face whose landmarks are the template's, turned and scaled, in a picture where red is x and green is y.
  private static func scene(scale: Double, angle: Double, side: Int = 1000) -> (image: Image, face: DetectedFace) {
    let pixels = (0..<side * side).flatMap { index -> [UInt8] in
      [UInt8(truncatingIfNeeded: index % side / 4), UInt8(truncatingIfNeeded: index / side / 4), 100]
    }
    let (c, s) = (scale * cos(angle), scale * sin(angle))
    let middle = Point(x: 112, y: 120)
    let landmarks = FaceCrop.template.map { point in
      let (x, y) = (point.x - middle.x, point.y - middle.y)
      return Point(x: 500 + c * x - s * y, y: 500 + s * x + c * y)
    }
    let face = DetectedFace(
      x: 500 - 60 * scale, y: 500 - 80 * scale, width: 120 * scale, height: 160 * scale, score: 0.99,
      landmarks: landmarks)
    return (Image(width: side, height: side, pixels: pixels), face)
  }

  @Test(arguments: [(1.0, 0.0), (2.5, 0.3), (0.8, -0.5)]) func cutsUprightAtOneSize(scale: Double, angle: Double) throws
  {
    let (image, face) = Self.scene(scale: scale, angle: angle)
    let crop = try #require(FaceCrop.cut(face, from: image))
    #expect(crop.image.width == 224 && crop.image.height == 224)
    for (found, wanted) in zip(crop.face.landmarks, FaceCrop.template) {
      #expect(abs(found.x - wanted.x) < 1e-6 && abs(found.y - wanted.y) < 1e-6)
    }
    #expect(abs(crop.face.width - 120) < 1e-6 && abs(crop.face.height - 160) < 1e-6)
    // The nose in the crop shows the nose of the picture.
    let at = (Int(crop.face.landmarks[2].y.rounded()) * 224 + Int(crop.face.landmarks[2].x.rounded())) * 3
    #expect(abs(Double(crop.image.pixels[at]) - face.landmarks[2].x / 4) < 2)
    #expect(abs(Double(crop.image.pixels[at + 1]) - face.landmarks[2].y / 4) < 2)
  }

  @Test func aSmallFaceIsNotBlownUp() throws {
    for (scale, side) in [(0.5, 168), (0.25, 84), (0.1, 64)] {
      let (image, face) = Self.scene(scale: scale, angle: 0.1)
      let crop = try #require(FaceCrop.cut(face, from: image))
      #expect(abs(crop.image.width - side) <= 1, "\(crop.image.width)")
      let eyes = crop.face.landmarks[1].x - crop.face.landmarks[0].x
      #expect(abs(eyes - 56 * Double(crop.image.width) / 224) < 0.01)
    }
  }

  @Test func degenerateLandmarksGiveNoCrop() {
    let (image, face) = Self.scene(scale: 1, angle: 0)
    for landmarks in [
      [], [Point](repeating: Point(x: 5, y: 5), count: 5), [Point](repeating: Point(x: .nan, y: 5), count: 5),
      [Point](repeating: Point(x: .infinity, y: 1e300), count: 5),
    ] {
      var bad = face
      bad.landmarks = landmarks
      #expect(FaceCrop.cut(bad, from: image) == nil)
    }
    var far = face
    far.landmarks = face.landmarks.map { Point(x: $0.x * 1e12, y: $0.y * 1e12) }
    far.x = 1e300
    #expect(FaceCrop.cut(far, from: image)?.image.pixels.allSatisfy { $0 == 0 } ?? true)
  }

  /// Every template in use cuts within the crop, also when the face is not the template's.
  @Test func everyTemplateLiesInside() throws {
    let retail = [
      (0.31557, 0.46157), (0.68262, 0.46157), (0.50026, 0.64051), (0.34947, 0.82469), (0.65344, 0.82326),
    ].map { Point(x: $0.0 * 128, y: $0.1 * 128) }
    for (points, side) in [(Alignment.arcFaceTemplate, 112.0), (Alignment.dlibTemplate, 150), (retail, 128)] {
      for shape in [Alignment.arcFaceTemplate, Alignment.dlibTemplate, retail, FaceCrop.template] {
        let inCrop = try #require(SimilarityTransform.estimate(from: shape, to: FaceCrop.template))
        let landmarks = shape.map { inCrop.apply($0) }
        let path = try #require(SimilarityTransform.estimate(from: points, to: landmarks))
        for corner in [(0, 0), (side, 0), (0, side), (side, side)] {
          let place = path.apply(Point(x: corner.0, y: corner.1))
          #expect((0...224).contains(place.x) && (0...224).contains(place.y), "\(place)")
        }
      }
    }
  }

  @Test func knowsTheFaceInCropsOfOldGalleries() throws {
    let dlib = Alignment(kind: .template(Alignment.dlibTemplate), width: 150, height: 150)
    let face = try #require(FaceCrop.faceInOwnCrop(of: dlib))
    #expect(face.landmarks == Alignment.dlibTemplate)
    #expect(face.width > 100 && face.width < 150 && face.height > 130 && face.height < 180)
    let box = try #require(FaceCrop.faceInOwnCrop(of: Alignment(kind: .box(margin: 20), width: 160, height: 160)))
    #expect(box.x == 10 && box.width == 140)
    #expect(box.landmarks.allSatisfy { (10...150).contains($0.x) && (10...150).contains($0.y) })
    let flat = [Point](repeating: Point(x: 1, y: 1), count: 5)
    #expect(FaceCrop.faceInOwnCrop(of: Alignment(kind: .template(flat), width: 9, height: 9)) == nil)
  }
}
