import Foundation
import Images
import Networks
import Testing

@testable import FaceModels

/// MTCNN against what facenet-pytorch 2.6.0 finds in the same photos.
///
/// A part of the photos by default; `FACE_WORKER_FULL=1` takes all.
@Suite struct MTCNNReferenceTests {
  struct Reference: Decodable {
    struct Found: Decodable {
      /// Left, top, right, bottom.
      var box: [Double]
      var score: Double
      var landmarks: [[Double]]
    }

    var results: [String: [String: [Found]]]
  }

  /// What a comparison counted.
  struct Tally {
    var images = 0
    var expected = 0
    var missed = 0
    var extra = 0
    var leastOverlap = 1.0
    var largestShift = 0.0
  }

  private static var share: Int {
    if ProcessInfo.processInfo.environment["FACE_WORKER_FULL"] == "1" { return 1 }
    #if DEBUG
      return 40
    #else
      return 4
    #endif
  }

  private static let certain = 0.9

  @Test(arguments: ["lfw-dev", "wider-dev"])
  func agreesWithFacenetPyTorch(set: String) throws {
    guard let shared = TestFolders.shared, let (manifest, weights) = try TestFolders.installed("mtcnn", .detector)
    else { return }
    let reference = try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: shared.appending(path: "reference/mtcnn.json")))
    let photos = try #require(reference.results[set]).sorted { $0.key < $1.key }
    let detector = try Architectures.detector(manifest, weights: weights)
    let context = RunContext(pool: WorkPool(lanes: 2))
    var tally = Tally()
    for (number, photo) in photos.enumerated() where number % Self.share == 0 {
      let path = shared.appending(path: "data/\(set)/images/\(photo.key)")
      let image = try ImageDecoder.decode(Array(Data(contentsOf: path))).image
      let found = try detector.detect(image, minFaceSize: 20, context: context)
      // Landmarks within a pixel of LFW's uniform faces, within a hundredth of the box elsewhere.
      tally.compare(found, photo.value, certain: Self.certain) { set == "lfw-dev" ? 1 : min($0.width, $0.height) / 100 }
    }
    let agreement = 100 * (1 - Double(tally.missed) / Double(max(tally.expected, 1)))
    print(
      """
      MTCNN on \(set): \(tally.images) photos, \(tally.expected) faces, \(String(format: "%.2f", agreement)) % agree, \
      \(tally.missed) missed, \(tally.extra) extra; of those that agree, least overlap \
      \(String(format: "%.4f", tally.leastOverlap)), largest shift of a landmark \
      \(String(format: "%.3f", tally.largestShift)) of what is allowed
      """)
    // 99.5 %, and one face where that is less than one.
    let allowed = max(1, tally.expected / 200)
    #expect(tally.images > 0 && tally.expected > 0)
    #expect(tally.missed <= allowed)
    #expect(tally.extra <= allowed)
  }
}

extension MTCNNReferenceTests.Tally {
  /// Pairs the faces of one photo; `tolerance` is how far a landmark of a reference face may lie off, in pixels.
  fileprivate mutating func compare(
    _ found: [DetectedFace], _ expected: [MTCNNReferenceTests.Reference.Found], certain: Double,
    tolerance: (DetectedFace) -> Double
  ) {
    images += 1
    let wanted = expected.map { face in
      DetectedFace(
        x: face.box[0], y: face.box[1], width: face.box[2] - face.box[0], height: face.box[3] - face.box[1],
        score: face.score, landmarks: face.landmarks.map { Point(x: $0[0], y: $0[1]) })
    }
    for face in wanted where face.score >= certain {
      self.expected += 1
      guard let best = found.max(by: { $0.overlap(face) < $1.overlap(face) }), best.overlap(face) >= 0.95 else {
        missed += 1
        continue
      }
      let shift = zip(best.landmarks, face.landmarks).map { hypot($0.x - $1.x, $0.y - $1.y) }.max() ?? .infinity
      guard shift <= tolerance(face) else {
        missed += 1
        continue
      }
      leastOverlap = min(leastOverlap, best.overlap(face))
      largestShift = max(largestShift, shift / tolerance(face))
    }
    for face in found where face.score >= certain && !wanted.contains(where: { $0.overlap(face) >= 0.95 }) {
      extra += 1
    }
  }
}

extension DetectedFace {
  /// Intersection over union of the boxes.
  fileprivate func overlap(_ other: DetectedFace) -> Double {
    let shared =
      max(0, min(x + width, other.x + other.width) - max(x, other.x))
      * max(0, min(y + height, other.y + other.height) - max(y, other.y))
    let union = width * height + other.width * other.height - shared
    return union > 0 ? shared / union : 0
  }
}
