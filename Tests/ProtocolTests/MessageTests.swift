import Protocol
import Testing

@Suite struct MessageTests {
  static let face = Face(
    box: Box(x: 1.5, y: 2, width: 30, height: 40), score: 0.999,
    landmarks: Landmarks(
      leftEye: Point(x: 1, y: 2), rightEye: Point(x: 3, y: 4), nose: Point(x: 5, y: 6), leftMouth: Point(x: 7, y: 8),
      rightMouth: Point(x: 9, y: 10)),
    pose: Pose(yaw: -10, pitch: 5, roll: 0.5), quality: Quality(score: 0.8, reasons: ["small"]))

  static func text(_ value: some Encodable) throws -> String {
    String(decoding: try WireJSON.encode(value), as: UTF8.self)
  }

  @Test func writesAFace() throws {
    #expect(
      try Self.text(Self.face)
        == #"{"box":{"height":40,"width":30,"x":1.5,"y":2},"landmarks":[[1,2],[3,4],[5,6],[7,8],[9,10]],"#
        + #""pose":{"pitch":5,"roll":0.5,"yaw":-10},"quality":{"reasons":["small"],"score":0.8},"score":0.999}"#)
  }

  @Test func leavesOutLandmarksThatNobodyFound() throws {
    var face = Self.face
    (face.landmarks, face.pose) = (nil, nil)
    #expect(
      try Self.text(face)
        == #"{"box":{"height":40,"width":30,"x":1.5,"y":2},"quality":{"reasons":["small"],"score":0.8},"score":0.999}"#)
    #expect(try WireJSON.decode(Face.self, from: WireJSON.encode(face)[...]) == face)
  }

  @Test func writesNullForAnUnknownIdentity() throws {
    var face = Self.face
    face.candidates = []
    #expect(try Self.text(face).contains(#""candidates":[],"classifier":null,"identity":null"#))
    #expect(try WireJSON.decode(Face.self, from: WireJSON.encode(face)[...]) == face)
    #expect(try Self.text(face).contains(#""classifier":null"#))
    face.unknown = "belowThreshold"
    face.classifier = ClassifierView(subject: "ada", probability: 0.25, unknown: 0.5)
    #expect(
      try Self.text(face).contains(#""classifier":{"probability":0.25,"subject":"ada","unknown":0.5}"#))
    #expect(try Self.text(face).contains(#""unknown":"belowThreshold""#))
    #expect(try WireJSON.decode(Face.self, from: WireJSON.encode(face)[...]) == face)
    face.unknown = nil
    face.candidates = [Candidate(subject: "ada", name: "Ada", score: 0.7, classifier: 0.5)]
    face.identity = Identity(subject: "ada", name: "Ada", score: 0.7, source: "gallery", threshold: 0.6)
    #expect(try WireJSON.decode(Face.self, from: WireJSON.encode(face)[...]) == face)
    face.candidates = nil
    face.identity = nil
    #expect(!(try Self.text(face).contains("identity")))
    #expect(!(try Self.text(face).contains("classifier")))
  }

  @Test func tellsOneImageFromMany() throws {
    let one = ImageAnswer.one(ImageFaces(image: ImageSize(width: 4, height: 3), faces: [Self.face]))
    let many = ImageAnswer.many(ImageCounts(images: 3, succeeded: 2, failed: 1, faceCount: 5))
    for answer in [one, many] {
      #expect(try WireJSON.decode(ImageAnswer.self, from: WireJSON.encode(answer)[...]) == answer)
    }
    #expect(try Self.text(many) == #"{"faceCount":5,"failed":1,"images":3,"succeeded":2}"#)
  }

  @Test func writesErrors() throws {
    let error = WireError(.busy, "The queue is full.", retryAfterMs: 50)
    #expect(
      try Self.text(ErrorBody(error: error))
        == #"{"error":{"code":"busy","details":{},"message":"The queue is full.","retry":"later","retryAfterMs":50}}"#)
  }

  @Test func readsErrorsOfLaterVersions() throws {
    let text = #"{"error":{"code":"tired","message":"m","retry":"tomorrow","details":{"a":[1]}}}"#
    let body = try WireJSON.decode(ErrorBody.self, from: ArraySlice(text.utf8))
    #expect(body.error.code == ErrorCode(rawValue: "tired"))
    #expect(body.error.retry == .never)
    #expect(body.error.details == ["a": [1]])
  }

  @Test func keepsFloatsShort() throws {
    #expect(try Self.text([Float(0.1), 1e-7, -0.6543210]) == "[0.1,1e-07,-0.654321]")
  }

  @Test func namesEveryCommandOnce() {
    let names = CommandRegistry.all.map { $0.method }
    #expect(names == names.sorted())
    #expect(Set(names).count == names.count)
    #expect(CommandRegistry.command(named: "detect") == Detect.self)
    #expect(CommandRegistry.command(named: "Detect") == nil)
    #expect(Set(ErrorCode.all).count == 23)
  }

  @Test func repliesRoundTrip() throws {
    let reply = Reply(
      result: Enroll.Result(
        subject: "ada", added: 1,
        rejected: [RejectedImage(index: 1, code: .lowQuality, message: "m", reasons: ["dark"], box: Self.face.box)],
        templates: 3, duplicates: [Candidate(subject: "bob", score: 0.9)]),
      timing: Timing(queueMs: 0.1, decodeMs: 2, totalMs: 3), generation: 42, replayed: true)
    #expect(try WireJSON.decode(Reply<Enroll.Result>.self, from: WireJSON.encode(reply)[...]) == reply)
  }
}
