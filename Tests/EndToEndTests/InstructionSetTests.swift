import Foundation
import Networks
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// The worker held to each set of instructions that this processor has, against what other programs find.
  @Suite(.enabled(if: Installation.hasShared, Installation.noShared), .timeLimit(.minutes(4)))
  struct InstructionSetTests {
    static let sets = InstructionSet.offered.filter(\.isSupported)
    private static let photos = 6

    /// What facenet-pytorch finds in a photo.
    private struct Found: Decodable {
      var results: [String: [String: [Row]]]

      struct Row: Decodable {
        /// Left, top, right, bottom.
        var box: [Float]
        var landmarks: [[Float]]
      }
    }

    /// What dlib computes for the face of a photo.
    private struct Descriptors: Decodable {
      var rows: [Row]

      struct Row: Decodable {
        var image: String
        var descriptor: [Float]
      }
    }

    private static func read<T: Decodable>(_ type: T.Type, _ name: String) throws -> T {
      try JSONDecoder().decode(
        type, from: Data(contentsOf: URL(fileURLWithPath: Installation.shared + "/reference/" + name)))
    }

    private static func points(_ landmarks: Landmarks) -> [Point] {
      [landmarks.leftEye, landmarks.rightEye, landmarks.nose, landmarks.leftMouth, landmarks.rightMouth]
    }

    private static func cosine(_ a: [Float], _ b: [Float]) -> Float {
      func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
      return dot(a, b) / max((dot(a, a) * dot(b, b)).squareRoot(), 1e-9)
    }

    @Test(arguments: sets) func detectEmbedAndIdentify(_ set: InstructionSet) throws {
      let found = try #require(try Self.read(Found.self, "mtcnn.json").results["lfw-dev"])
      let rows = try Self.read(Descriptors.self, "dlib_descriptors.json").rows.prefix(Self.photos)
      let images = Installation.shared + "/data/lfw-dev/images"
      let worker = try WorkerProcess(["--instruction-set", set.rawValue, "--allow-path", images])
      let ready = try worker.ready()
      #expect(ready.instructionSet == set.rawValue)
      // On AVX-512 BLAS tells its kinds apart.
      let core = try #require(ready.blasCore?.lowercased())
      #expect(["base": ["prescott"], "avx2": ["haswell"]][set.rawValue]?.contains(core) ?? (core != "haswell"))
      #expect(try worker.host.call(1, Status.self).result.instructionSet == set.rawValue)
      var (least, largest): (Float, Float) = (1, 0)
      for (index, row) in rows.enumerated() {
        let id = UInt64(10 + index)
        try worker.host.send(id, Embed.self, ["maxFaces": 1], paths: [images + "/" + row.image])
        let face = try #require(try worker.host.faces(id, Embed.self).faces.first)
        let peer = try #require(found[row.image]?.first)
        for (point, wanted) in zip(Self.points(try #require(face.landmarks)), peer.landmarks) {
          largest = max(largest, hypotf(point.x - wanted[0], point.y - wanted[1]))
        }
        let (width, height) = (peer.box[2] - peer.box[0], peer.box[3] - peer.box[1])
        #expect(abs(face.box.x - peer.box[0]) < 0.02 * width && abs(face.box.width - width) < 0.02 * width)
        #expect(abs(face.box.y - peer.box[1]) < 0.02 * height && abs(face.box.height - height) < 0.02 * height)
        least = min(least, Self.cosine(try #require(face.embedding), row.descriptor))
      }
      #expect(largest < 1, "landmarks within a pixel of facenet-pytorch's")
      #expect(least >= 0.998, "embeddings are dlib's, whose crops are warped a little otherwise")
      print("\(set.rawValue): least cosine to dlib \(least), landmarks within \(largest) pixels of facenet-pytorch's")

      _ = try worker.host.call(2, Enroll.self, ["subject": "obama"], images: Photos.small("obama.jpg"))
      for (id, photo, subject) in [(3, "obama2.jpg", "obama"), (4, "biden.jpg", nil)] as [(UInt64, String, String?)] {
        try worker.host.send(id, Identify.self, images: [try Photos.small(photo)])
        #expect(try worker.host.faces(id, Identify.self).faces.first?.identity?.subject == subject, "\(photo)")
      }
      #expect(try worker.finish() == .exit(0))
    }

    @Test func theVariableForcesASetToo() throws {
      let wrapper = ["env", "\(InstructionSet.variable)=base"]
      let worker = try WorkerProcess(wrapper: wrapper)
      #expect(try worker.ready().instructionSet == "base")
      #expect(try worker.finish() == .exit(0))
      let bad = try WorkerProcess(wrapper: ["env", "\(InstructionSet.variable)=sse9"])
      #expect(try bad.wait() == .exit(64))
      #expect(bad.log.contains(InstructionSet.variable) && bad.log.contains("sse9"))
    }
  }
}
