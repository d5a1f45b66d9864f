import Foundation
import GalleryStore
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// kill -9 at random moments: what was acknowledged is there, what was repeated is there once.
  @Suite struct CrashTests {
    /// Small photos with one good face each.
    private static func photos() throws -> [[UInt8]] {
      if Installation.hasShared {
        let people = Photos.shared("lfw-people").prefix(12)
        return try people.compactMap { folder in
          Photos.shared("lfw-people/" + (folder as NSString).lastPathComponent).first
        }.map(Photos.bytes)
      }
      return try ["obama.jpg", "obama2.jpg", "biden.jpg"].map { try Photos.small($0, width: 240) }
    }

    /// Reads what a dead worker had put into the pipe: those answers were given.
    private static func acknowledged(_ host: TestHost) -> [UInt64: Frame] {
      try? host.readToEnd()
      return host.frames.filter { $0.kind.isTerminal }.reduce(into: [:]) { $0[$1.id.value] = $1 }
    }

    @Test(.timeLimit(.minutes(4)))
    func killedAHundredTimesWhileEnrolling() throws {
      let data = try Folder()
      let photos = try Self.usable(Self.photos())
      var random = SeededGenerator(seed: 9)
      var acknowledged: Set<UInt64> = []
      var waiting: [UInt64] = []
      var next: UInt64 = 1
      var (killedAtWork, replays) = (0, 0)
      for round in 1...100 {
        let worker = try WorkerProcess(data: data.path)
        // Sometimes while it starts, sometimes right after `ready`; mostly in the middle of the work.
        let isEarly = Int.random(in: 0..<10, using: &random) == 0
        if !isEarly { try worker.ready() }
        // Those without an answer are repeated with their key, and an old one now and then, then new ones follow.
        var sent = Array(waiting.prefix(4))
        if let old = acknowledged.randomElement(using: &random), round % 3 == 0 { sent.append(old) }
        while sent.count < 8 {
          sent.append(next)
          waiting.append(next)
          next += 1
        }
        for number in sent {
          try? worker.host.send(
            number, Enroll.self, ["subject": .string("s\(number)"), "select": "largest"], key: "key-\(number)",
            images: [photos[Int(number) % photos.count]])
        }
        usleep(useconds_t.random(in: 0..<(isEarly ? 300_000 : 220_000), using: &random))
        worker.send(signal: SIGKILL)
        #expect(try worker.wait() == .signal(SIGKILL))
        let answers = Self.acknowledged(worker.host)
        if !answers.isEmpty, answers.count < sent.count { killedAtWork += 1 }
        for (number, frame) in answers {
          let reply = try WireJSON.decode(Reply<Enroll.Result>.self, from: frame.json)
          #expect(reply.result.added == 1, "number \(number)")
          if reply.replayed == true { replays += 1 }
          #expect(!acknowledged.contains(number) || reply.replayed == true, "number \(number) was enrolled again")
          acknowledged.insert(number)
        }
        waiting.removeAll(where: acknowledged.contains)
        if round % 10 == 0 { try Self.check(data.path, has: acknowledged) }
      }
      #expect(killedAtWork >= 30, "kills must fall into the work")
      #expect(replays >= 10)

      // The last ones are repeated and left to finish: each is there once, and every key made one write.
      let worker = try WorkerProcess(data: data.path)
      for number in waiting {
        try worker.host.send(
          number, Enroll.self, ["subject": .string("s\(number)"), "select": "largest"], key: "key-\(number)",
          images: [photos[Int(number) % photos.count]])
      }
      #expect(try worker.finish() == .exit(0))
      for number in waiting { #expect(try worker.host.reply(number, Enroll.self).result.added == 1) }
      acknowledged.formUnion(waiting)
      #expect(acknowledged.count == Int(next) - 1)
      try Self.check(data.path, has: acknowledged)
      let gallery = try SQLiteGallery(path: data.path + "/gallery.sqlite")
      let counts = try gallery.counts()
      #expect(counts.templates == acknowledged.count)
      #expect(try gallery.generation() == acknowledged.count, "a repeated key wrote again")
      print(
        "kill -9: 100 times, \(killedAtWork) in the middle of enrolments; \(acknowledged.count) enrolled, "
          + "\(replays) repeats answered from the store")
    }

    /// Photos that a worker enrols; the test is not about those it refuses.
    private static func usable(_ photos: [[UInt8]]) throws -> [[UInt8]] {
      let worker = try WorkerProcess()
      for (index, photo) in photos.enumerated() {
        try worker.host.send(
          UInt64(index + 1), Enroll.self, ["subject": .string("s\(index)"), "select": "largest"], images: [photo])
      }
      #expect(try worker.finish() == .exit(0))
      let good = try photos.indices.filter { try worker.host.terminal(UInt64($0 + 1)).kind == .result }
      #expect(good.count >= 3)
      return good.map { photos[$0] }
    }

    private static func check(_ data: String, has acknowledged: Set<UInt64>) throws {
      let gallery = try SQLiteGallery(path: data + "/gallery.sqlite")
      #expect(try gallery.integrityCheck() == [])
      for number in acknowledged {
        let detail = try gallery.subject("s\(number)")
        #expect(detail.summary.templates.reduce(0) { $0 + $1.templates } == 1, "s\(number)")
      }
    }
  }
}
