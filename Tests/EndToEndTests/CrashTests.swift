import Foundation
import GalleryStore
import Protocol
import Synchronization
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
    private static func answersGiven(by host: TestHost) -> [UInt64: Frame] {
      try? host.readToEnd()
      return host.frames.filter { $0.kind.isTerminal }.reduce(into: [:]) { $0[$1.id.value] = $1 }
    }

    /// What came of one gallery's share of the kills.
    private struct Outcome: Sendable {
      var killedAtWork = 0
      var replays = 0
      var enrolled = 0
    }

    /// Two galleries at a time, as there are two cores, each with a worker that is killed fifty times.
    @Test(.timeLimit(.minutes(4)))
    func killedAHundredTimesWhileEnrolling() throws {
      let photos = try Self.usable(Self.photos())
      let outcomes = Mutex<[Result<Outcome, any Error>]>([])
      DispatchQueue.concurrentPerform(iterations: 2) { lane in
        let outcome = Result { try Self.killAndRepeat(50, photos, seed: UInt64(9 + lane)) }
        outcomes.withLock { $0.append(outcome) }
      }
      let total = try outcomes.withLock { $0 }.map { try $0.get() }.reduce(into: Outcome()) {
        $0.killedAtWork += $1.killedAtWork
        $0.replays += $1.replays
        $0.enrolled += $1.enrolled
      }
      #expect(total.killedAtWork >= 30, "kills must fall into the work")
      #expect(total.replays >= 10)
      print(
        "kill -9: 100 times, \(total.killedAtWork) in the middle of enrolments; \(total.enrolled) enrolled, "
          + "\(total.replays) repeats answered from the store")
    }

    private static func enroll(_ number: UInt64, _ photos: [[UInt8]], on worker: WorkerProcess) throws {
      try worker.host.send(
        number, Enroll.self, ["subject": .string("s\(number)"), "select": "largest"], key: "key-\(number)",
        images: [photos[Int(number) % photos.count]])
    }

    private static func killAndRepeat(_ rounds: Int, _ photos: [[UInt8]], seed: UInt64) throws -> Outcome {
      let data = try Folder()
      var random = SeededGenerator(seed: seed)
      var outcome = Outcome()
      var acknowledged: Set<UInt64> = []
      var waiting: [UInt64] = []
      var next: UInt64 = 1
      for round in 1...rounds {
        let worker = try WorkerProcess(data: data.path)
        // Sometimes while it starts; mostly in the middle of the work.
        let isEarly = Int.random(in: 0..<10, using: &random) == 0
        if !isEarly { try worker.ready() }
        // Those without an answer are repeated with their key, and an old one now and then, then new ones follow.
        var sent = Array(waiting.prefix(4))
        if round % 3 == 0, let old = acknowledged.sorted().randomElement(using: &random) { sent.append(old) }
        while sent.count < 8 {
          sent.append(next)
          waiting.append(next)
          next += 1
        }
        for number in sent { try enroll(number, photos, on: worker) }
        usleep(useconds_t.random(in: 0..<(isEarly ? 300_000 : 160_000), using: &random))
        worker.send(signal: SIGKILL)
        #expect(try worker.wait() == .signal(SIGKILL))
        let answers = answersGiven(by: worker.host)
        if !answers.isEmpty, answers.count < sent.count { outcome.killedAtWork += 1 }
        for (number, frame) in answers {
          let reply = try WireJSON.decode(Reply<Enroll.Result>.self, from: frame.json)
          #expect(reply.result.added == 1, "number \(number)")
          if reply.replayed == true { outcome.replays += 1 }
          #expect(!acknowledged.contains(number) || reply.replayed == true, "number \(number) was enrolled again")
          acknowledged.insert(number)
        }
        waiting.removeAll(where: acknowledged.contains)
        if round % 10 == 0 { try check(data.path, has: acknowledged) }
      }

      // The last ones are repeated and left to finish: each is there once, and every key made one write.
      let worker = try WorkerProcess(data: data.path)
      for number in waiting { try enroll(number, photos, on: worker) }
      #expect(try worker.finish() == .exit(0))
      for number in waiting { #expect(try worker.host.reply(number, Enroll.self).result.added == 1) }
      acknowledged.formUnion(waiting)
      #expect(acknowledged.count == Int(next) - 1)
      try check(data.path, has: acknowledged)
      let gallery = try SQLiteGallery(path: data.path + "/gallery.sqlite")
      #expect(try gallery.counts().templates == acknowledged.count)
      #expect(try gallery.generation() == acknowledged.count, "a repeated key wrote again")
      outcome.enrolled = acknowledged.count
      return outcome
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
