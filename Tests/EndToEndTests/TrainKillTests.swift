import Foundation
import GalleryStore
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// kill -9 of the trainer at random moments while requests are served.
  @Suite struct TrainKillTests {
    /// Twenty with `FACE_WORKER_FULL=1`, as `make test-kills` does.
    private static let kills = ProcessInfo.processInfo.environment["FACE_WORKER_FULL"] == "1" ? 20 : 4

    @Test(.timeLimit(.minutes(10)))
    func killedTrainersCostNoRequestAndNoHead() throws {
      let gallery = try TrainingGallery(people: 8, templates: 10)
      let worker = try WorkerProcess(data: gallery.path)
      let old = try #require(
        try worker.host.call(1, Train.self, TrainingGallery.params(epochs: 10)).result.head)
      let photo = try Photos.small("obama.jpg")
      var random = SeededGenerator(seed: 20)
      var (id, killed, rounds) = (UInt64(10), 0, 0)
      var states: [String] = []
      // Several trainings, since one that is interrupted again and again ends with `interrupted`.
      while killed < Self.kills {
        rounds += 1
        #expect(rounds <= Self.kills)
        let job = id
        id += 1
        try worker.host.request(
          job, "train", TrainingGallery.params(epochs: 300, ["seed": .integer(Int64(rounds)), "batch": 2]))
        while killed < Self.kills, !worker.host.terminals.keys.contains(job) {
          let pause = Double.random(in: 0...1.5, using: &random)
          let end = ContinuousClock.now + .seconds(pause)
          // Requests go on, one after the other, and every one is answered.
          repeat {
            #expect(try worker.host.call(id, Identify.self, images: photo).result != nil as ImageAnswer?)
            id += 1
          } while ContinuousClock.now < end
          let status = try worker.host.call(id, Status.self).result
          id += 1
          let head = try #require(status.gallery.classifier)
          #expect(head.problem == nil)
          if states.allSatisfy({ $0 != "swapped" }), !worker.host.terminals.keys.contains(job) {
            #expect(head.head == old)
          }
          if let trainer = worker.trainer, kill(trainer, SIGKILL) == 0 { killed += 1 }
        }
        let result = try worker.host.reply(job, Train.self).result
        states.append(result.state.rawValue)
        #expect(["swapped", "kept", "interrupted"].contains(result.state.rawValue), "\(result)")
        if result.state == .interrupted { #expect(result.reasons.map(\.code) == ["trainerDied"]) }
      }
      #expect(worker.host.terminals.values.allSatisfy { $0 == 1 })
      #expect(try worker.host.call(id, Status.self).result.gallery.classifier?.problem == nil)
      #expect(try worker.finish() == .exit(0))
      #expect(try SQLiteGallery(path: gallery.database).integrityCheck() == [])
      print("kill -9 of the trainer: \(killed) times over \(rounds) trainings, which ended \(states); \(id) requests")
    }
  }
}
