import Foundation
import GalleryStore
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// Thresholds measured on the gallery at hand, stored with it, used by every worker on it.
  @Suite struct CalibrateTests {
    private static let dlib = "dlib-resnet-v1"

    /// A gallery of made-up templates: `subjects` of `samples` directions each, around a center of their own.
    private static func fill(_ data: Folder, subjects: Int, samples: Int, spread: Float = 0.6) throws {
      let path = data.path + "/gallery.sqlite"
      // The worker names the model; one real enrollment tells how.
      let worker = try WorkerProcess(data: data.path)
      _ = try worker.host.call(1, Enroll.self, ["subject": "real"], images: try Photos.small("obama.jpg"))
      #expect(try worker.finish() == .exit(0))
      let gallery = try SQLiteGallery(path: path)
      let model = try #require(try gallery.subject("real").templates.first).model
      var random = SeededGenerator(seed: 4)
      func direction() -> [Float] {
        let values = (0..<model.dimension).map { _ in Float.random(in: -1...1, using: &random) }
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return values.map { $0 / length }
      }
      _ = try gallery.write { transaction in
        for subject in 0..<subjects {
          let center = direction()
          let templates = (0..<samples).map { _ in
            NewTemplate(embedding: zip(center, direction()).map { $0 + spread * $1 }, quality: 1)
          }
          _ = try transaction.enroll(Enrollment(subject: "s\(subject)", model: model, templates: templates))
        }
        return (0, [])
      }
    }

    private static func verify(_ worker: WorkerProcess, _ id: UInt64) throws -> Verify.Result {
      let (a, b) = (try Photos.small("obama.jpg"), try Photos.small("obama2.jpg"))
      try worker.host.request(
        id, "verify",
        descriptors: [
          AttachmentDescriptor(name: "a", length: a.count), AttachmentDescriptor(name: "b", length: b.count),
        ], attachments: a + b)
      return try worker.host.reply(id, Verify.self).result
    }

    @Test func measuresTheCollectionAndEveryWorkerFollows() throws {
      let data = try Folder()
      try Self.fill(data, subjects: 70, samples: 4)
      let (first, second) = (try WorkerProcess(data: data.path), try WorkerProcess(data: data.path))
      let before = try Self.verify(second, 1)
      #expect(before.threshold > 0.9, "the manifest's")
      // Measured without being stored.
      let dry = try first.host.call(1, Calibrate.self, ["targetFMR": 0.01, "collection": true, "dryRun": true]).result
      #expect(!dry.stored && dry.resolvable)
      #expect(try Self.verify(second, 2).threshold == before.threshold)

      let reply = try first.host.call(2, Calibrate.self, ["targetFMR": 0.01, "collection": true], key: "c1")
      let result = reply.result
      #expect(result.model == Self.dlib && result.stored && result.resolvable)
      #expect(result.genuine == 70 * 6 && result.impostor == 281 * 280 / 2 - 420 && result.subjects == 71)
      // Cosines of random directions of 128 numbers: deviation 1 / sqrt(128); the 1 % quantile is 2.33 of them.
      let threshold = try #require(result.threshold)
      #expect(abs(threshold - 2.326 / Float(128).squareRoot()) < 0.02, "\(threshold)")
      let (fmr, fnmr) = (try #require(result.fmr), try #require(result.fnmr))
      #expect(fmr.value <= 0.01 && fmr.value > 0.0098 && fmr.low <= 0.01 && fmr.high >= 0.01)
      #expect(fnmr.value < 0.01 && fnmr.high < 0.05)
      #expect(result.smallestFMR == 3 / Double(result.impostor))
      #expect(result.thresholds.map(\.fmr) == [0.01, 0.001, 0.0001])
      #expect(zip(result.thresholds, result.thresholds.dropFirst()).allSatisfy { $0.score < $1.score })
      #expect(result.previous?.source == "manifest" && result.previous?.threshold == before.threshold)
      #expect((result.slope ?? 0) > 0)
      #expect(dry.threshold == result.threshold && dry.fmr == result.fmr, "the same data give the same numbers")
      // The same key is the same calibration.
      #expect(
        try first.host.call(3, Calibrate.self, ["targetFMR": 0.01, "collection": true], key: "c1").replayed == true)

      let after = try Self.verify(second, 4)
      #expect(after.threshold == threshold && after.score == before.score)
      #expect(after.calibrated != before.calibrated)
      #expect(try second.host.call(5, Status.self).result.gallery.calibration?.threshold == threshold)
      let listed = try second.host.call(6, ModelsList.self).result.models.first { $0.id == Self.dlib }
      #expect(listed?.calibration?.targetFMR == 0.01)
      // A stricter target is a higher threshold, for one comparison and for a gallery.
      let photo = try Photos.small("obama.jpg")
      func identified(_ id: UInt64) throws -> Float? {
        try second.host.send(id, Identify.self, images: [photo])
        return try second.host.faces(id, Identify.self).faces.first?.identity?.threshold
      }
      let lax = try #require(try identified(7))
      let strict = try first.host.call(8, Calibrate.self, ["targetFMR": 0.001, "collection": true]).result
      #expect(try #require(strict.threshold) > threshold)
      #expect(strict.previous?.source == "collection" && strict.previous?.threshold == threshold)
      #expect(try #require(try identified(9)) > lax)
      #expect(lax >= threshold)

      let reset = try second.host.call(10, Calibrate.self, ["reset": true]).result
      #expect(reset.reset == true && !reset.stored)
      #expect(try Self.verify(first, 11).threshold == before.threshold)
      for worker in [first, second] { #expect(try worker.finish() == .exit(0)) }
    }

    @Test func saysWhatTheDataCannotTell() throws {
      let data = try Folder()
      try Self.fill(data, subjects: 6, samples: 2)
      let worker = try WorkerProcess(data: data.path)
      let result = try worker.host.call(1, Calibrate.self, ["targetFMR": 0.001, "collection": true]).result
      #expect(!result.resolvable && !result.stored && result.threshold == nil && result.fmr == nil)
      #expect(result.impostor == 13 * 12 / 2 - 6 && result.smallestFMR == 3 / Double(result.impostor))
      #expect(result.thresholds == [])
      #expect(try worker.host.call(2, Status.self).result.gallery.calibration == nil)
      let enough = try worker.host.call(3, Calibrate.self, ["targetFMR": 0.1, "collection": true]).result
      #expect(enough.resolvable && enough.stored)
      #expect(try worker.finish() == .exit(0))
      // It survives the process.
      let next = try WorkerProcess(data: data.path)
      #expect(try next.host.call(1, Status.self).result.gallery.calibration?.threshold == enough.threshold)
    }

    @Test func comparesLabelledPhotosAndPairs() throws {
      let photos = try ["obama.jpg", "obama2.jpg", "biden.jpg", "obama3.jpg"].map { try Photos.small($0) }
      let blank = [UInt8](repeating: 128, count: 30_000)
      let worker = try WorkerProcess()
      let descriptors =
        photos.map { AttachmentDescriptor(length: $0.count) } + [
          AttachmentDescriptor(type: "image/x-rgb", length: 30_000, width: 100, height: 100)
        ]
      func calibrate(_ id: UInt64, _ params: JSONValue) throws -> Calibrate.Result {
        try worker.host.request(
          id, "calibrate", params, descriptors: descriptors, attachments: photos.reduce(into: []) { $0 += $1 } + blank)
        return try worker.host.reply(id, Calibrate.self).result
      }
      let labels = try calibrate(1, ["targetFMR": 0.5, "labels": ["o", "o", "b", "o", "nobody"], "dryRun": true])
      #expect(labels.genuine == 3 && labels.impostor == 3)
      #expect(labels.rejected.map(\.index) == [4] && labels.rejected.first?.code == .noFace)
      #expect(!labels.resolvable && labels.smallestFMR == 1)
      #expect((labels.slope ?? 0) > 0, "few comparisons still give a rising curve")
      let pairs: JSONValue = [
        ["a": 0, "b": 1, "same": true], ["a": 1, "b": 3, "same": true], ["a": 0, "b": 2, "same": false],
        ["a": 3, "b": 4, "same": false],
      ]
      let paired = try calibrate(2, ["targetFMR": 0.5, "pairs": pairs])
      #expect(paired.genuine == 2 && paired.impostor == 1 && !paired.stored)
      for (id, params, word) in [
        (3, ["pairs": [["a": 0, "b": 1, "same": true], ["a": 1, "b": 0, "same": false]]], "two people"),
        (4, ["pairs": [["a": 0, "b": 5, "same": true]]], "params.pairs[0]"), (5, ["labels": ["x"]], "params.labels"),
        (6, ["collection": true], "images"), (7, [:], "exactly one"),
        (8, ["labels": ["x", "x", "x", "x", "x"]], "two people"),
      ] as [(UInt64, JSONValue, String)] {
        let error = #expect(throws: TestHost.Failure.self) { try calibrate(id, params) }
        #expect(
          error?.description.contains("badParams") == true && error?.description.contains(word) == true,
          "\(error as Any)")
      }
      // Nothing is enrolled, so there is nothing of the collection to compare.
      try worker.host.request(9, "calibrate", ["collection": true])
      #expect(try worker.host.error(9).code == .badParams)
      #expect(try worker.finish() == .exit(0))
    }
  }
}
