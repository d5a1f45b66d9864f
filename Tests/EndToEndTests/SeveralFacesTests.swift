import Images
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// How sure a detector must be for a face to count depends on the detector.
  @Suite struct SeveralFacesTests {
    private static let weights = Installation.shared + "/models"
    private static let hasDetector = Installation.exists(weights + "/scrfd_500m.onnx")

    /// Two people in one picture, side by side.
    private static func pair() throws -> [UInt8] {
      let (left, right) = (try Photos.smallImage("obama.jpg"), try Photos.smallImage("biden.jpg"))
      let height = min(left.height, right.height)
      var pixels: [UInt8] = []
      for y in 0..<height {
        for image in [left, right] { pixels += image.pixels[y * image.width * 3..<(y + 1) * image.width * 3] }
      }
      return try ImageEncoder.jpeg(
        Image(width: left.width + right.width, height: height, pixels: pixels), quality: 92)
    }

    /// SCRFD gives clear faces less than the 0.9 from which on MTCNN is sure.
    @Test(.enabled(if: hasDetector, Installation.noShared)) func aPhotoOfTwoPeopleIsNotEnrolled() throws {
      let models = try ModelFolder()
      let worker = try WorkerProcess(["--allow-path", Self.weights], models: models.path)
      try worker.ready()
      _ = try worker.host.call(
        1, ModelsImport.self,
        [
          "manifest": try ModelFolder.catalogued("scrfd-500m", ["files": [["name": "net.onnx"]]]),
          "path": .string(Self.weights + "/scrfd_500m.onnx"),
        ])
      _ = try worker.host.call(2, ModelsActivate.self, ["id": "scrfd-500m"])
      let photo = try Self.pair()
      try worker.host.send(3, Detect.self, images: [photo])
      let scores = try worker.host.faces(3, Detect.self).faces.map(\.score)
      #expect(scores.count == 2 && scores.contains { $0 < 0.9 }, "\(scores) say nothing about this test")
      try worker.host.send(4, Enroll.self, ["subject": "both"], images: [photo])
      #expect(try worker.host.error(4).code == .multipleFaces)
      #expect(try worker.finish() == .exit(0))
    }
  }
}
