import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// Several workers on one data folder.
  @Suite struct SharedGalleryTests {
    @Test func activationIsFollowedByTheOthers() throws {
      let models = try ModelFolder()
      let data = try Folder()
      let photo = try Photos.small("obama.jpg")
      let options = ["--allow-path", ModelFolder.allowed]
      let first = try WorkerProcess(options, data: data.path, models: models.path)
      try first.ready()
      let second = try WorkerProcess(options, data: data.path, models: models.path)
      try second.ready()
      _ = try first.importCopy(1, "mirrored", of: "dlib-resnet-v1", ["testTime": ["mirror": true]])
      var id: UInt64 = 1
      func recognizer(of worker: WorkerProcess) throws -> String? {
        id += 1
        try worker.host.send(id, Embed.self, images: [photo])
        return try worker.host.faces(id, Embed.self).models?.recognizer
      }
      #expect(try recognizer(of: second) == "dlib-resnet-v1")
      id += 1
      _ = try first.host.call(id, ModelsActivate.self, ["id": "mirrored"])
      #expect(try recognizer(of: first) == "mirrored")
      #expect(try recognizer(of: second) == "mirrored", "the next request of the other worker must follow")
      id += 1
      _ = try second.host.call(id, ModelsRollback.self, ["role": "recognizer"])
      #expect(try recognizer(of: first) == "dlib-resnet-v1")
      #expect(try recognizer(of: second) == "dlib-resnet-v1")
    }

    @Test func aThousandEnrolmentsThroughTwoPools() throws {
      // The long form is for releases; a few dozen show the same.
      let count = ProcessInfo.processInfo.environment["FACE_WORKER_FULL"] == nil ? 60 : 1_000
      let data = try Folder()
      let photos = try ["obama.jpg", "obama2.jpg", "biden.jpg"].map { try Photos.small($0, width: 240) }
      let supervisor = (Installation.worker as NSString).deletingLastPathComponent + "/face-supervisor"
      try #require(Installation.exists(supervisor), "make build makes it")
      let pools = try (0..<2).map { _ in
        try WorkerProcess(data: data.path, wrapper: [supervisor, "--workers", "2", "--"])
      }
      for pool in pools { try pool.ready() }
      var generations: [[Int]] = [[], []]
      let window = 8
      for start in stride(from: 0, to: count / 2, by: window) {
        let numbers = start..<min(start + window, count / 2)
        for number in numbers {
          for (index, pool) in pools.enumerated() {
            let subject = "p\(index)-\(number)"
            try pool.host.send(
              UInt64(number + 1), Enroll.self, ["subject": .string(subject), "select": "largest"], key: subject,
              images: [photos[number % photos.count]])
          }
        }
        for number in numbers {
          for (index, pool) in pools.enumerated() {
            generations[index].append(try pool.host.reply(UInt64(number + 1), Enroll.self).generation)
          }
        }
      }
      let all = generations.flatMap { $0 }
      #expect(all.count == count)
      #expect(Set(all).count == count, "each write has a generation of its own")
      for pool in pools {
        // Several times, so that each of the pool's workers is asked.
        for id in 0..<4 {
          let reply = try pool.host.call(UInt64(10_000 + id), Protocol.Status.self)
          #expect(reply.result.gallery.subjects == count)
          #expect(reply.generation >= all.max() ?? 0)
        }
      }
    }
  }
}
