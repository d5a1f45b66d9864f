import Foundation
import GalleryStore
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// Writes through the protocol, seen by other workers and gone for good when removed.
  @Suite struct GalleryTests {
    private static func identity(_ worker: WorkerProcess, _ id: UInt64, _ photo: [UInt8]) throws -> String? {
      try worker.host.send(id, Identify.self, images: [photo])
      let faces = try worker.host.faces(id, Identify.self).faces
      #expect(faces.count == 1)
      return faces.first?.identity?.subject
    }

    /// Three workers on one file: what one writes, the others know at their next identification.
    @Test func severalWorkersShareAGallery() throws {
      let data = try Folder()
      let (obama, other, biden) =
        (try Photos.small("obama.jpg"), try Photos.small("obama2.jpg"), try Photos.small("biden.jpg"))
      let workers = try (0..<3).map { _ in try WorkerProcess(data: data.path) }
      let (a, b, c) = (workers[0], workers[1], workers[2])
      for worker in workers { #expect(try Self.identity(worker, 1, other) == nil) }
      let enrolled = try a.host.call(2, Enroll.self, ["subject": "obama"], images: obama)
      for worker in workers { #expect(try Self.identity(worker, 3, other) == "obama") }
      _ = try b.host.call(4, Enroll.self, ["subject": "biden"], images: biden)
      for worker in workers { #expect(try Self.identity(worker, 5, biden) == "biden") }
      let renamed = try c.host.call(6, SubjectsRename.self, ["subject": "obama", "to": "44"])
      #expect(renamed.generation > enrolled.generation)
      for worker in workers { #expect(try Self.identity(worker, 7, other) == "44") }
      _ = try b.host.call(8, SubjectsRemove.self, ["subject": "44"])
      for worker in workers { #expect(try Self.identity(worker, 9, other) == nil) }
      for worker in workers {
        let status = try worker.host.call(10, Status.self)
        #expect(status.result.gallery.subjects == 1 && status.result.gallery.templates == 1)
        #expect(status.result.gallery.models?.map(\.subjects) == [1])
        #expect(try worker.finish() == .exit(0))
      }
    }

    /// Two workers write at the same time: nothing is lost, and each write has a generation of its own.
    @Test func workersWriteAtTheSameTime() throws {
      let data = try Folder()
      let photo = try Photos.small("obama.jpg", width: 200)
      let workers = try (0..<2).map { _ in try WorkerProcess(data: data.path) }
      for id in 1...20 {
        for (index, worker) in workers.enumerated() {
          try worker.host.send(UInt64(id), Enroll.self, ["subject": .string("s\(index)-\(id)")], images: [photo])
        }
      }
      var generations: Set<Int> = []
      for worker in workers {
        for id in 1...20 { generations.insert(try worker.host.reply(UInt64(id), Enroll.self).generation) }
        #expect(try worker.finish() == .exit(0))
      }
      #expect(generations == Set(1...40))
      let gallery = try SQLiteGallery(path: data.path + "/gallery.sqlite")
      #expect(try gallery.counts().templates == 40)
      #expect(try gallery.integrityCheck() == [])
    }

    /// A key repeats its answer, after a restart too, and belongs to one request.
    @Test func keys() throws {
      let data = try Folder()
      let (obama, biden) = (try Photos.small("obama.jpg"), try Photos.small("biden.jpg"))
      var worker = try WorkerProcess(data: data.path)
      let first = try worker.host.call(1, Enroll.self, ["subject": "obama"], key: "k", images: obama)
      #expect(first.replayed == nil)
      #expect(try worker.finish() == .exit(0))
      worker = try WorkerProcess(data: data.path)
      let again = try worker.host.call(1, Enroll.self, ["subject": "obama"], key: "k", images: obama)
      #expect(again.replayed == true)
      #expect(again.result == first.result)
      try worker.host.send(2, Enroll.self, ["subject": "obama"], key: "k", images: [biden])
      #expect(try worker.host.error(2).code == .badParams)
      let removal = try worker.host.call(3, SubjectsRemove.self, ["subject": "obama"], key: "r")
      let repeated = try worker.host.call(4, SubjectsRemove.self, ["subject": "obama"], key: "r")
      #expect(repeated.replayed == true, "the repeat of a removal is answered, though the subject is gone")
      #expect(repeated.result.templates == removal.result.templates)
      #expect(try worker.finish() == .exit(0))
    }

    // MARK: Erasure

    private static func contents(_ folder: String) throws -> [(name: String, bytes: Data)] {
      let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
      return try names.compactMap { name in
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder + "/" + name, isDirectory: &isFolder), !isFolder.boolValue
        else { return nil }
        return (name, try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
      }
    }

    /// After `subjects.remove` no file has the subject's id, name, metadata, embedding, crop or pictures.
    @Test func removingErases() throws {
      let data = try Folder()
      let worker = try WorkerProcess(data: data.path)
      let (obama, other, biden) =
        (try Photos.small("obama.jpg"), try Photos.small("obama2.jpg"), try Photos.small("biden.jpg"))
      let secrets = ["subject-4f1d77", "Name-8a21c0", "metadata-99e0b3"]
      let params: JSONValue = [
        "subject": .string(secrets[0]), "name": .string(secrets[1]), "metadata": ["note": .string(secrets[2])],
      ]
      _ = try worker.host.call(1, Enroll.self, params, key: "enrol", images: obama)
      _ = try worker.host.call(2, Enroll.self, params, images: other)
      _ = try worker.host.call(3, Enroll.self, ["subject": "biden"], images: biden)
      _ = try worker.host.call(
        4, SubjectsRename.self, ["subject": .string(secrets[0]), "name": .string(secrets[1])], key: "n")
      var pictures: [Media] = []
      for (id, photo) in [(5, obama), (6, other), (7, biden)] {
        try worker.host.send(UInt64(id), Identify.self, ["annotate": true], images: [photo])
        pictures.append(try #require(try worker.host.faces(UInt64(id), Identify.self).media))
      }
      let gallery = try SQLiteGallery(path: data.path + "/gallery.sqlite")
      let detail = try gallery.subject(secrets[0])
      #expect(detail.templates.count == 2)
      let crops = try detail.templates.map { try #require(try gallery.crop(ofTemplate: $0.id)) }
      try worker.host.send(8, Embed.self, images: [obama])
      let embedding = try #require(try worker.host.faces(8, Embed.self).faces.first?.embedding)
      // 16 numbers out of the middle, as they lie in memory: no other data has them.
      let needle = embedding[40..<56].withUnsafeBytes { Data($0) }
      let crop = Data(crops[0].suffix(200).prefix(64))
      func places(_ needle: Data) throws -> [String] {
        try Self.contents(data.path).filter { $0.bytes.range(of: needle) != nil }.map(\.name)
      }
      #expect(try !places(needle).isEmpty, "the search itself works")
      #expect(try !places(crop).isEmpty)
      for secret in secrets { #expect(try !places(Data(secret.utf8)).isEmpty, "\(secret)") }

      let before = try worker.host.call(9, Status.self).generation
      let receipt = try worker.host.call(10, SubjectsRemove.self, ["subject": .string(secrets[0])])
      #expect(receipt.generation > before)
      #expect(receipt.result.subject == secrets[0])
      #expect(receipt.result.templates == 2 && receipt.result.crops == 2 && receipt.result.media == 2)
      #expect(receipt.result.secureDelete && receipt.result.walTruncated)
      #expect(try places(needle) == [])
      #expect(try places(crop) == [])
      for secret in secrets { #expect(try places(Data(secret.utf8)) == [], "\(secret)") }
      #expect(pictures.map { Installation.exists($0.path) } == [false, false, true])
      #expect(try Self.identity(worker, 11, obama) == nil)
      #expect(try Self.identity(worker, 12, biden) == "biden")
      try worker.host.request(13, "subjects.get", ["subject": .string(secrets[0])])
      #expect(try worker.host.error(13).code == .subjectNotFound)
      #expect(try worker.finish() == .exit(0))
      #expect(try gallery.integrityCheck() == [])
    }

    /// A subject who was enrolled as a look-alike of another leaves no trace in that one's stored answers either.
    @Test func removingErasesMentions() throws {
      let data = try Folder()
      let worker = try WorkerProcess(data: data.path)
      _ = try worker.host.call(1, Enroll.self, ["subject": "first-51ab"], key: "a", images: Photos.small("obama.jpg"))
      let second = try worker.host.call(
        2, Enroll.self, ["subject": "second-77f0"], key: "b", images: Photos.small("obama2.jpg"))
      #expect(second.result.duplicates.map(\.subject) == ["first-51ab"])
      _ = try worker.host.call(3, SubjectsRemove.self, ["subject": "first-51ab"])
      for file in try Self.contents(data.path) {
        #expect(file.bytes.range(of: Data("first-51ab".utf8)) == nil, "\(file.name)")
      }
      #expect(try worker.finish() == .exit(0))
    }
  }
}
