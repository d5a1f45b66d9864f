import FaceModels
import FacePipeline
import Foundation
import Images
import Networks
import Testing

/// A real photo, spoilt in one way at a time.
@Suite struct QualityCheckTests {
  /// A photo and its largest face.
  struct Portrait {
    var image: Image
    var face: DetectedFace
    let alignment = Alignment(kind: .template(Alignment.dlibTemplate), width: 150, height: 150)

    func measure() -> FaceQuality {
      QualityCheck.measure(face, in: image, aligned: alignment.crop(face, from: image))
    }
  }

  /// A sample photo through the installed detector; says why when one of them is missing.
  static let portrait: Portrait? = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = ProcessInfo.processInfo.environment["FACE_WORKER_MODELS"] ?? root.appending(path: "models").path()
    let library = ModelLibrary(folders: folder.split(separator: ":").map(String.init))
    let photo = try? Data(contentsOf: root.appending(path: ".cache/samples/obama.jpg"))
    guard let photo, let entry = try? library.find("mtcnn", role: .detector) else {
      print("skipped: the sample photos or the model mtcnn are missing; `make models` fetches them")
      return nil
    }
    do {
      let weights = try library.weights(of: entry) { bytes in
        entry.manifest.files.first { $0.bytes == bytes.count }?.sha256 ?? ""
      }
      let detector = try Architectures.detector(entry.manifest, weights: weights)
      let image = try ImageDecoder.decode(Array(photo)).image
      let faces = try detector.detect(image, minFaceSize: 100, context: RunContext(pool: WorkPool(lanes: 2)))
      return faces.max { $0.width < $1.width }.map { Portrait(image: image, face: $0) }
    } catch {
      Issue.record("The sample photo cannot be analyzed: \(error)")
      return nil
    }
  }()

  @Test func theUnchangedPhotoIsGood() {
    guard let quality = Self.portrait?.measure() else { return }
    #expect(quality.reasons.isEmpty)
    #expect(quality.score > 0.6, "\(quality)")
    #expect(quality.pose.map { abs($0.yaw) < 25 && abs($0.pitch) < 25 } == true)
  }

  @Test("Out of focus", arguments: [14.0, 20, 30])
  func blurred(factor: Double) {
    guard var portrait = Self.portrait else { return }
    let before = portrait.measure().score
    let (width, height) = (portrait.image.width, portrait.image.height)
    portrait.image = portrait.image.resized(width: Int(Double(width) / factor), height: Int(Double(height) / factor))
      .resized(width: width, height: height)
    #expect(portrait.measure().reasons == [.blurred], "\(portrait.measure())")
    #expect(portrait.measure().score < before)
  }

  @Test("Too dark, too bright", arguments: [(0.25, 0.0, FaceQuality.Reason.dark), (0.25, 205, .bright)])
  func exposure(gain: Double, offset: Double, reason: FaceQuality.Reason) {
    guard var portrait = Self.portrait else { return }
    let before = portrait.measure().score
    portrait.image = Image(
      width: portrait.image.width, height: portrait.image.height,
      pixels: portrait.image.pixels.map { UInt8(min(255, Double($0) * gain + offset)) })
    #expect(portrait.measure().reasons == [reason], "\(portrait.measure())")
    #expect(portrait.measure().score < before)
  }

  @Test("Too few pixels", arguments: [30.0, 36])
  func small(side: Double) {
    guard var portrait = Self.portrait else { return }
    let before = portrait.measure().score
    let factor = side / min(portrait.face.width, portrait.face.height)
    portrait.image = portrait.image.resized(
      width: Int((Double(portrait.image.width) * factor).rounded()),
      height: Int((Double(portrait.image.height) * factor).rounded()))
    portrait.face = portrait.face.scaled(by: factor)
    #expect(portrait.measure().reasons.contains(.small), "\(portrait.measure())")
    #expect(portrait.measure().reasons.allSatisfy { [.small, .blurred].contains($0) }, "\(portrait.measure())")
    #expect(portrait.measure().score < before)
  }

  @Test("Cut by an edge of the image", arguments: [0, 1, 2, 3])
  func edge(side: Int) {
    guard var portrait = Self.portrait else { return }
    let before = portrait.measure().score
    let (image, face) = (portrait.image, portrait.face)
    let fifth = (x: face.width / 5, y: face.height / 5)
    let left = side == 0 ? Int(face.x + fifth.x) : 0
    let top = side == 1 ? Int(face.y + fifth.y) : 0
    let right = side == 2 ? Int(face.x + face.width - fifth.x) : image.width
    let bottom = side == 3 ? Int(face.y + face.height - fifth.y) : image.height
    portrait.image = image.cropped(x: left, y: top, width: right - left, height: bottom - top)
    portrait.face.x -= Double(left)
    portrait.face.y -= Double(top)
    portrait.face.landmarks = face.landmarks.map { Point(x: $0.x - Double(left), y: $0.y - Double(top)) }
    #expect(portrait.measure().reasons == [.edge], "\(portrait.measure())")
    #expect(portrait.measure().score < before)
  }

  @Test("Turned away", arguments: [(65.0, 0.0), (-65, 0), (0, 55), (0, -55)])
  func profile(yaw: Double, pitch: Double) {
    guard var portrait = Self.portrait else { return }
    let before = portrait.measure().score
    let aligned = portrait.alignment.crop(portrait.face, from: portrait.image)
    portrait.face.landmarks = FacePoseTests.landmarks(yaw: yaw, pitch: pitch)
    let quality = QualityCheck.measure(portrait.face, in: portrait.image, aligned: aligned)
    #expect(quality.reasons == [.profile], "\(quality)")
    #expect(quality.score < before)
  }

  /// Synthetic, so that something is checked without samples.
  @Test func aFlatGreySpotWithSenselessLandmarksHasEveryFault() {
    let image = Image(width: 50, height: 50, pixels: Array(repeating: 3, count: 7500))
    let face = DetectedFace(
      x: -20, y: 10, width: 30, height: 30, score: 0.9, landmarks: Array(repeating: Point(x: 1, y: 1), count: 5))
    let quality = QualityCheck.measure(face, in: image, aligned: image)
    #expect(Set(quality.reasons) == [.blurred, .small, .dark, .profile, .edge])
    #expect(quality.score == 0)
    #expect(quality.pose == nil)
    let unaligned = QualityCheck.measure(face, in: image, aligned: nil)
    #expect(unaligned.score == 0 && unaligned.reasons.contains(.blurred))
  }

  @Test func withoutLandmarksTheBoxIsJudged() {
    // Stripes, sharp and of medium brightness.
    var pixels: [UInt8] = []
    for _ in 0..<100 { for x in 0..<100 { pixels += Array(repeating: x / 4 % 2 == 0 ? 60 : 190, count: 3) } }
    let image = Image(width: 100, height: 100, pixels: pixels)
    let face = DetectedFace(x: 10, y: 5, width: 80, height: 90, score: 0.9, landmarks: [])
    let quality = QualityCheck.measure(face, in: image, aligned: nil)
    #expect(quality.reasons.isEmpty && quality.pose == nil)
    #expect(quality.score > 0.4)
    for place in [-1e300, .infinity, .nan] {
      var outside = face
      outside.x = place
      #expect(QualityCheck.measure(outside, in: image, aligned: nil).score == 0)
    }
  }
}
