import Foundation
import Images
import Networks
import Testing

@testable import FaceModels

/// SCRFD, YuNet and RetinaFace against what other implementations find in the same photos with the same weights.
///
/// `Fixtures/detectors.json` is made by `tools/make_detector_references.py`, which names them; `FACE_WORKER_DETECTORS`
/// names a larger file of the same form.
@Suite struct SingleShotReferenceTests {
  struct Found: Decodable {
    /// Left, top, right, bottom.
    var box: [Double]
    var score: Double
    var points: [[Double]]

    var face: DetectedFace {
      DetectedFace(
        x: box[0], y: box[1], width: box[2] - box[0], height: box[3] - box[1], score: score,
        landmarks: points.map { Point(x: $0[0], y: $0[1]) })
    }
  }

  /// A detector as the reference file calls it.
  struct Peer: CustomTestStringConvertible, Sendable {
    let name: String
    let architecture: String
    let file: String
    var side: Int?
    var testDescription: String { name }

    var manifest: String {
      let input =
        switch architecture {
        case "scrfd": #""channels": "rgb", "mean": [127.5, 127.5, 127.5], "scale": 0.0078125"#
        case "yunet": #""channels": "bgr", "mean": [0, 0, 0], "scale": 1"#
        default: #""channels": "bgr", "mean": [104, 117, 123], "scale": 1"#
        }
      let size = side.map { #", "width": \#($0), "height": \#($0)"# } ?? ""
      return """
        {"schema": 1, "id": "\(name)", "role": "detector", "architecture": "\(architecture)",
         "files": [{"name": "\(file)"}], "licence": {"name": "test", "commercialUse": "unclear"},
         "input": {\(input)\(size)}, "detection": {"scoreThreshold": 0.25, "enlarge": true}}
        """
    }
  }

  static let peers = [
    Peer(name: "scrfd_500m", architecture: "scrfd", file: "scrfd_500m.onnx", side: 640),
    Peer(name: "scrfd_2.5g", architecture: "scrfd", file: "scrfd_2.5g.onnx", side: 640),
    Peer(name: "yunet", architecture: "yunet", file: "yunet_2023mar.onnx", side: 640),
    Peer(name: "retinaface", architecture: "retinaface", file: "retinaface_mobilenet0.25.pth", side: 640),
    Peer(name: "retinaface_full", architecture: "retinaface", file: "retinaface_mobilenet0.25.pth"),
  ]

  /// By photo, then by detector.
  private static func references() throws -> [String: [String: [Found]]] {
    let own = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/detectors.json")
    let place = ProcessInfo.processInfo.environment["FACE_WORKER_DETECTORS"].map { URL(filePath: $0) } ?? own
    return try JSONDecoder().decode([String: [String: [Found]]].self, from: Data(contentsOf: place))
  }

  @Test(arguments: peers)
  func agreesWithPeer(peer: Peer) throws {
    guard let shared = TestFolders.shared else { return }
    let weights = shared.appending(path: "models/\(peer.file)")
    guard let bytes = try? Data(contentsOf: weights) else {
      print("skipped: there is no \(weights.path())")
      return
    }
    let manifest = try ModelManifest.read(Data(peer.manifest.utf8), place: peer.name)
    let detector = try Architectures.detector(manifest, weights: [Array(bytes)])
    let context = RunContext(pool: WorkPool(lanes: 2))
    var tally = Tally()
    for (photo, found) in try Self.references().sorted(by: { $0.key < $1.key }) {
      guard let data = try? Data(contentsOf: shared.appending(path: "data/\(photo)")) else { continue }
      let image = try ImageDecoder.decode(Array(data)).image
      let faces = try detector.detect(image, minFaceSize: 1, context: context)
      tally.compare(faces, (found[peer.name] ?? []).map(\.face))
    }
    print("\(peer.name): \(tally)")
    #expect(tally.expected > 0)
    // One in a hundred: two implementations round differently where a threshold or a suppression is close.
    #expect(tally.missed <= max(1, tally.expected / 100))
    #expect(tally.extra <= max(1, tally.expected / 100))
  }

  /// What a comparison counted.
  struct Tally: CustomStringConvertible {
    var photos = 0
    var expected = 0
    var missed = 0
    var extra = 0
    var leastOverlap = 1.0
    var largestScoreChange = 0.0
    /// Of a landmark, in sides of the box.
    var largestShift = 0.0

    var description: String {
      func number(_ value: Double) -> String { String(format: "%.5f", value) }
      return "\(photos) photos, \(expected) faces, \(missed) missed, \(extra) extra; least overlap "
        + "\(number(leastOverlap)), largest change of a score \(number(largestScoreChange)), largest shift of a landmark "
        + "\(number(largestShift)) of the box"
    }

    mutating func compare(_ found: [DetectedFace], _ wanted: [DetectedFace]) {
      photos += 1
      // Between 0.25 and 0.3 the other side may find what this one only just does not.
      func best(_ face: DetectedFace, _ others: [DetectedFace]) -> DetectedFace? {
        others.max { $0.unionOverlap(face) < $1.unionOverlap(face) }
      }
      for face in wanted where face.score >= 0.3 {
        expected += 1
        guard let match = best(face, found), match.unionOverlap(face) >= 0.98, abs(match.score - face.score) <= 0.01,
          match.landmarks.count == face.landmarks.count
        else {
          missed += 1
          continue
        }
        leastOverlap = min(leastOverlap, match.unionOverlap(face))
        largestScoreChange = max(largestScoreChange, abs(match.score - face.score))
        for (point, other) in zip(match.landmarks, face.landmarks) {
          let shift = hypot(point.x - other.x, point.y - other.y) / min(face.width, face.height)
          largestShift = max(largestShift, shift)
        }
      }
      for face in found where face.score >= 0.31 {
        if best(face, wanted).map({ $0.unionOverlap(face) < 0.9 }) ?? true { extra += 1 }
      }
    }
  }
}

extension DetectedFace {
  fileprivate func unionOverlap(_ other: DetectedFace) -> Double {
    let shared =
      max(0, min(x + width, other.x + other.width) - max(x, other.x))
      * max(0, min(y + height, other.y + other.height) - max(y, other.y))
    let union = width * height + other.width * other.height - shared
    return union > 0 ? shared / union : 0
  }
}
