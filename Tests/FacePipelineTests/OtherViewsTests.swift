import FaceModels
import FacePipeline
import Images
import Networks
import Testing

/// What a second look is shown, with a detector that finds painted faces and a recognizer that tells what it was given.
@Suite struct OtherViewsTests {
  /// Finds the part of the image that is not black; its landmarks are far inside.
  struct PaintedFaces: FaceDetector {
    let certainScore = 0.9
    var isBlind = false

    func detect(_ image: Image, minFaceSize: Double, context: RunContext) throws -> [DetectedFace] {
      let bright = (0..<image.width * image.height).filter { image.pixels[3 * $0] > 0 }
      let (columns, rows) = (bright.map { $0 % image.width }, bright.map { $0 / image.width })
      guard !isBlind, let left = columns.min(), let right = columns.max(), let top = rows.min(), let bottom = rows.max()
      else { return [] }
      let (width, height) = (Double(right - left + 1), Double(bottom - top + 1))
      // A false find beside it, with a better score.
      let other = DetectedFace(x: 0, y: 0, width: 24, height: 24, score: 1, landmarks: [Point(x: 0, y: 0)])
      return [other, Self.face(Double(left), Double(top), width, height)]
    }

    static func face(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> DetectedFace {
      DetectedFace(
        x: x, y: y, width: width, height: height, score: 0.9,
        landmarks: [Point(x: x + 0.25 * width, y: y + 0.5 * height), Point(x: x + 0.75 * width, y: y + 0.5 * height)])
    }
  }

  /// The crop is the box. Embedding: red at the crop's left and right edge, its width.
  struct Edges: FaceEmbedder {
    var mirrorsCrops = false
    let embeddingLength = 3

    func align(_ face: DetectedFace, in image: Image) -> Image? {
      guard face.landmarks.count == 2 else { return nil }
      return image.cropped(x: Int(face.x), y: Int(face.y), width: Int(face.width), height: Int(face.height))
    }

    func embed(_ aligned: [Image], context: RunContext) throws -> [[Float]] {
      aligned.map { [Float($0.pixels[0]), Float($0.pixels[3 * ($0.width - 1)]), Float($0.width)] }
    }
  }

  /// A face whose left half is brighter than the right one.
  static let image: Image = {
    var pixels = [UInt8](repeating: 0, count: 400 * 300 * 3)
    for row in 60..<160 {
      for column in 40..<140 { for c in 0..<3 { pixels[3 * (row * 400 + column) + c] = column < 90 ? 200 : 100 } }
    }
    return Image(width: 400, height: 300, pixels: pixels)
  }()

  private func views(_ detector: PaintedFaces, _ embedder: Edges, _ faces: [DetectedFace]) throws -> [[[Float]]] {
    let pipeline = Pipeline(detector: detector, embedder: embedder)
    let context = RunContext(pool: .serial)
    return try pipeline.embedOtherViews(
      pipeline.analyze(faces, in: Self.image), in: Self.image, context: context)
  }

  @Test func showsTheMirrorImageFoundAnewAndATighterCrop() throws {
    // The first look was 6 pixels off: the face of the mirror image is where the detector finds it there.
    let seen = try views(PaintedFaces(), Edges(), [PaintedFaces.face(46, 60, 100, 100)])
    #expect(seen == [[[100, 200, 100], [200, 0, 93]]])
  }

  @Test func mirrorsTheCropWhereTheFaceIsNotFoundAgain() throws {
    let face = PaintedFaces.face(40, 60, 100, 100)
    #expect(try views(PaintedFaces(isBlind: true), Edges(), [face]) == [[[100, 200, 100], [200, 100, 93]]])
    // A recognizer that looks at mirrored crops by itself has seen that one.
    let both = Edges(mirrorsCrops: true)
    #expect(try views(PaintedFaces(isBlind: true), both, [face]) == [[[200, 100, 93]]])
  }

  @Test func keepsTheFacesApart() throws {
    let lost = DetectedFace(x: 40, y: 60, width: 100, height: 100, score: 0.9, landmarks: [])
    let far = PaintedFaces.face(300, 200, 90, 90)
    let outside = PaintedFaces.face(-900, -900, 50, 50)
    let seen = try views(PaintedFaces(), Edges(), [lost, PaintedFaces.face(40, 60, 100, 100), far, outside])
    #expect(seen[0].isEmpty)
    #expect(seen[1] == [[100, 200, 100], [200, 100, 93]])
    // Nothing is found there again: the mirrored crop.
    #expect(seen[2].first == [0, 0, 90])
    #expect(seen[3].count == 2)
  }
}
