import FaceModels
import FacePipeline
import Images
import Networks
import Testing

/// The order of the stages' answers, with models whose answers are given.
@Suite struct PipelineTests {
  /// Finds what it was told to.
  struct KnownFaces: FaceDetector {
    let certainScore = 0.9
    var faces: [DetectedFace]

    func detect(_ image: Image, minFaceSize: Double, context: RunContext) throws -> [DetectedFace] {
      try context.checkpoint()
      return faces.filter { min($0.width, $0.height) >= minFaceSize }
    }
  }

  /// A crop is the box; its embedding is its size. Faces without landmarks cannot be aligned.
  struct BoxSize: FaceEmbedder {
    let mirrorsCrops = false
    let embeddingLength = 2

    func align(_ face: DetectedFace, in image: Image) -> Image? {
      guard !face.landmarks.isEmpty else { return nil }
      return image.cropped(x: Int(face.x), y: Int(face.y), width: Int(face.width), height: Int(face.height))
    }

    func embed(_ aligned: [Image], context: RunContext) throws -> [[Float]] {
      aligned.map { [Float($0.width), Float($0.height)] }
    }
  }

  static let image = Image(width: 300, height: 200, pixels: Array(repeating: 128, count: 300 * 200 * 3))

  static func face(_ width: Double, _ height: Double, score: Double, canAlign: Bool = true) -> DetectedFace {
    DetectedFace(
      x: 10, y: 10, width: width, height: height, score: score,
      landmarks: canAlign ? FacePoseTests.landmarks() : [])
  }

  static let faces = [
    face(30, 30, score: 0.99), face(60, 80, score: 0.8), face(40, 40, score: 0.7), face(20, 80, score: 0.95),
    face(25, 25, score: 1),
  ]

  static func pipeline(_ faces: [DetectedFace] = faces) -> Pipeline {
    Pipeline(detector: KnownFaces(faces: faces), embedder: BoxSize())
  }

  static var context: RunContext { RunContext(pool: .serial) }

  @Test(
    "Largest first, of equal ones the surer first; at most maxFaces",
    arguments: [
      (nil, [0.8, 0.95, 0.7, 0.99, 1]), (1, [0.8]), (2, [0.8, 0.95]), (5, [0.8, 0.95, 0.7, 0.99, 1]),
      (100, [0.8, 0.95, 0.7, 0.99, 1]), (0, []),
    ] as [(Int?, [Double])])
  func order(maxFaces: Int?, scores: [Double]) throws {
    let found = try Self.pipeline().detect(
      Self.image, options: FaceOptions(minFaceSize: 12, maxFaces: maxFaces), context: Self.context)
    #expect(found.map(\.score) == scores)
  }

  @Test func smallFacesAreTheDetectorsBusiness() throws {
    let found = try Self.pipeline().detect(Self.image, options: FaceOptions(minFaceSize: 35), context: Self.context)
    #expect(found.map(\.score) == [0.8, 0.7])
  }

  @Test func everyFaceKeepsItsOwnEmbedding() throws {
    let faces = [
      Self.face(60, 80, score: 1), Self.face(50, 50, score: 1, canAlign: false), Self.face(30, 40, score: 1),
    ]
    let pipeline = Self.pipeline(faces)
    let analyzed = try pipeline.analyze(faces, in: Self.image, context: Self.context)
    #expect(analyzed.map { $0.aligned == nil } == [false, true, false])
    #expect(analyzed.allSatisfy { $0.embedding == nil })
    let embedded = try pipeline.embed(analyzed, context: Self.context)
    #expect(embedded.map(\.embedding) == [[60, 80], nil, [30, 40]])
    #expect(embedded.map(\.face) == faces)
    #expect(try pipeline.embed([], context: Self.context).isEmpty)
  }

  @Test func aCallerWhoGaveUpIsHeard() {
    struct GivenUp: Error {}
    let context = RunContext(pool: .serial) { throw GivenUp() }
    #expect(throws: GivenUp.self) {
      try Self.pipeline().detect(Self.image, options: FaceOptions(), context: context)
    }
  }
}
