import Foundation
import GalleryStore
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// `subjects.remove` after and during a training: the bytes are searched for.
  @Suite struct TrainErasureTests {
    /// The row of a subject in a head's file, found by the layout of safetensors: the weights of the only F32 matrix.
    private static func row(_ index: Int, in file: String) throws -> Data {
      let data = try Data(contentsOf: URL(fileURLWithPath: file))
      let length = Int(data.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << (8 * $1.offset) })
      let header = try WireJSON.object(ArraySlice(data[8..<8 + length]))
      guard case .array(let offsets)? = header["weights"]?["data_offsets"], case .integer(let begin)? = offsets.first
      else {
        throw TestHost.Failure(description: "no weights")
      }
      let start = 8 + length + Int(begin) + index * 128 * 4
      return data[start..<start + 128 * 4]
    }

    @Test func aRemovedSubjectIsNowhereAnyMore() throws {
      let gallery = try TrainingGallery()
      let worker = try WorkerProcess(data: gallery.path)
      for seed in 1...2 {
        _ = try worker.host.call(
          UInt64(seed), Train.self,
          TrainingGallery.params(epochs: 15, ["seed": .integer(Int64(seed)), "contactSheet": true]))
      }
      let heads = gallery.headFiles()
      #expect(!heads.isEmpty)
      // Slots are in the order of the subjects' numbers: s1 is the second.
      let rows = try heads.map { try Self.row(1, in: $0) }
      let secrets = try gallery.secrets(of: "s1") + rows + rows.map { $0.prefix(64) }
      #expect(try !gallery.files(holding: secrets).isEmpty)
      let media = gallery.files().filter { $0.contains("/media/") && $0.hasSuffix(".jpg") }.count
      let receipt = try worker.host.call(3, SubjectsRemove.self, ["subject": "s1"]).result
      #expect(receipt.heads == heads.count && receipt.walTruncated && receipt.media == media)
      #expect(try worker.host.call(4, Status.self).result.gallery.classifier?.subjects == 3)
      #expect(try gallery.files(holding: secrets) == [])
      #expect(gallery.headFiles().count == heads.count)
      // The others are still known, and a merge keeps the head's row under the other's number.
      _ = try worker.host.call(5, SubjectsMerge.self, ["from": "s3", "into": "s2"])
      _ = try worker.host.call(6, SubjectsRename.self, ["subject": "s2", "to": "other"])
      #expect(try worker.host.call(7, Status.self).result.gallery.classifier?.subjects == 2)
      #expect(try worker.finish() == .exit(0))
      #expect(try gallery.files(holding: secrets) == [])
      #expect(try SQLiteGallery(path: gallery.database).integrityCheck() == [])
    }

    @Test func aRunningTrainingGoesOnWithoutWhoIsRemoved() throws {
      let gallery = try TrainingGallery()
      let (worker, other) = (try WorkerProcess(data: gallery.path), try WorkerProcess(data: gallery.path))
      let secrets = try gallery.secrets(of: "s2") + gallery.secrets(of: "s0")
      try worker.host.request(1, "train", TrainingGallery.params(epochs: 300, ["batch": 2]))
      try worker.training(1, reaches: 2)
      // By the worker that trains, then by another one.
      #expect(try worker.host.call(2, SubjectsRemove.self, ["subject": "s2"]).result.templates == 6)
      try worker.training(1, reaches: 2)
      #expect(try other.host.call(1, SubjectsRemove.self, ["subject": "s0"]).result.templates == 6)
      let result = try worker.host.reply(1, Train.self).result
      #expect(result.subjects == 2 && result.state == .swapped, "\(result)")
      #expect(try worker.host.call(3, Status.self).result.gallery.classifier?.subjects == 2)
      #expect(try gallery.files(holding: secrets) == [])
      for process in [worker, other] { #expect(try process.finish() == .exit(0)) }
    }

    /// What a crash between a commit and its end leaves behind goes at the next start.
    @Test func leftoversGoAtTheNextStart() throws {
      let gallery = try TrainingGallery()
      do {
        let worker = try WorkerProcess(data: gallery.path)
        #expect(try worker.host.call(1, Train.self, TrainingGallery.params(epochs: 10)).result.state == .swapped)
        #expect(try worker.finish() == .exit(0))
      }
      let file = try #require(gallery.headFiles().first)
      let folder = (file as NSString).deletingLastPathComponent
      let secret = Data("a row of somebody who is gone".utf8)
      for place in [folder + "/head-0123456789abcdef.safetensors", gallery.path + "/heads/abc/head.safetensors"] {
        try FileManager.default.createDirectory(
          atPath: (place as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try secret.write(to: URL(fileURLWithPath: place))
      }
      let worker = try WorkerProcess(data: gallery.path)
      #expect(try worker.host.call(1, Status.self).result.gallery.classifier?.problem == nil)
      #expect(try gallery.files(holding: [secret]) == [])
      #expect(gallery.headFiles() == [file])
    }
  }
}
