import Foundation
import GalleryStore
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// `train` through the real program: the swap, the way back, the queue, the ways to stop.
  @Suite struct TrainTests {
    private static func classifier(_ worker: WorkerProcess, _ id: UInt64) throws -> ClassifierStatus? {
      try worker.host.call(id, Status.self).result.gallery.classifier
    }

    @Test func aHeadIsSwappedInEverywhereAndTakenBack() throws {
      let gallery = try TrainingGallery()
      let (worker, other) = (try WorkerProcess(data: gallery.path), try WorkerProcess(data: gallery.path))
      #expect(try Self.classifier(other, 1) == nil)
      let reply = try worker.host.call(1, Train.self, TrainingGallery.params(epochs: 20), key: "train-1")
      let result = reply.result
      #expect(result.state == .swapped && result.accepted && result.reasons.isEmpty, "\(result)")
      #expect(result.subjects == 4 && result.samples == 24 && result.model == "dlib-resnet-v1")
      #expect(try #require(result.after?.accuracy) > 0.9)
      let head = try #require(result.head)
      #expect(gallery.headFiles().count == 1)
      // Both workers use it, and the other's answers carry a generation that says so.
      for (process, id) in [(worker, UInt64(2)), (other, 2)] {
        let status = try #require(try Self.classifier(process, id))
        #expect(status.head == head && status.subjects == 4 && status.problem == nil)
      }
      let events = try worker.host.frames.filter { $0.id.value == 1 && $0.kind == .event }.map {
        try WireJSON.decode(TrainEvent.self, from: $0.json)
      }
      #expect(events.first?.phase == "prepare" && events.last?.phase == "swap")
      // The key's answer, without another training.
      let again = try worker.host.call(3, Train.self, TrainingGallery.params(epochs: 20), key: "train-1")
      #expect(again.replayed == true && again.result == result)
      // A second head, and back to the first, and back to none.
      let second = try worker.host.call(4, Train.self, TrainingGallery.params(epochs: 25, ["seed": 2])).result
      #expect(second.state == .swapped || second.state == .kept, "\(second)")
      if second.state == .swapped {
        let back = try other.host.call(3, ModelsRollback.self, ["role": "classifier"]).result
        #expect(back.previous == second.head && back.active == head && back.role == .classifier)
      }
      #expect(try Self.classifier(worker, 5)?.head == head)
      let none = try worker.host.call(6, ModelsRollback.self, ["role": "classifier"]).result
      #expect(none.previous == head && none.active == nil)
      #expect(try Self.classifier(other, 4) == nil)
      try worker.host.request(7, "models.rollback", ["role": "classifier"])
      #expect(try worker.host.error(7).code == .modelNotFound)
      #expect(gallery.headFiles().isEmpty)
      for process in [worker, other] { #expect(try process.finish() == .exit(0)) }
      #expect(try SQLiteGallery(path: gallery.database).integrityCheck() == [])
    }

    @Test func nothingIsChangedByADryRun() throws {
      let gallery = try TrainingGallery()
      let worker = try WorkerProcess(data: gallery.path)
      let result = try worker.host.call(1, Train.self, TrainingGallery.params(epochs: 5, ["dryRun": true])).result
      #expect(result.state == .kept && result.accepted && result.reasons.map(\.code) == ["dryRun"], "\(result)")
      #expect(try Self.classifier(worker, 2) == nil)
      #expect(gallery.headFiles().isEmpty)
    }

    @Test func whatCannotBeTrainedIsRefused() throws {
      let gallery = try TrainingGallery(people: 1)
      let worker = try WorkerProcess(data: gallery.path)
      try worker.host.request(1, "train")
      #expect(try worker.host.error(1).code == .badParams)
      try worker.host.request(2, "train", ["augmentations": ["melt"]])
      let error = try worker.host.error(2)
      #expect(error.code == .badParams && error.details["field"] == "params.augmentations")
      try worker.host.request(3, "train.cancel", ["job": "77"])
      #expect(try worker.host.error(3).code == .sessionLost)
      #expect(try worker.host.call(4, TrainCancel.self).result.jobs == [])
    }

    /// Endless trainings end when told to, in each of the ways there are; none leaves a process behind.
    @Test func trainingsQueueAndStopWhenTold() throws {
      let gallery = try TrainingGallery()
      let (worker, other) = (try WorkerProcess(data: gallery.path), try WorkerProcess(data: gallery.path))
      let endless = TrainingGallery.params(epochs: 1_000, ["batch": 1])
      try worker.host.request(1, "train", endless)
      try worker.host.request(2, "train", endless)
      try worker.training(1, reaches: 1)
      let trainer = try #require(worker.trainer)
      // Everything else goes first, also when memory runs out.
      let score = try String(contentsOfFile: "/proc/\(trainer)/oom_score_adj", encoding: .utf8)
      #expect(score.trimmingCharacters(in: .whitespacesAndNewlines) == "800")
      #expect(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(trainer)) == 19)
      // One gallery, one training: the other worker's waits.
      try other.host.request(1, "train", endless)
      let first = try #require(
        try other.host.next(timeoutMs: 60_000).flatMap { $0.kind == .ready ? try other.host.next() : $0 })
      #expect(try WireJSON.decode(TrainEvent.self, from: first.json).phase == "waiting")
      #expect(other.trainer == nil)
      let jobs = try worker.host.call(3, Status.self).result.jobs
      #expect(jobs.map(\.state) == ["running", "waiting"] && jobs.allSatisfy { $0.kind == "train" })
      // A job of another kind waits for no training.
      #expect(try worker.host.call(4, GalleryReembed.self).result.embedded == 0)
      #expect(try worker.host.call(5, TrainCancel.self, ["job": "2"]).result.jobs == ["2"])
      #expect(try worker.host.error(2).code == .cancelled)
      let start = ContinuousClock.now
      try worker.host.cancel(1)
      #expect(try worker.host.error(1).code == .cancelled)
      #expect(ContinuousClock.now - start < .seconds(3))
      #expect(kill(trainer, 0) == -1, "the trainer is still there")
      try other.training(1, reaches: 1)
      #expect(try other.host.call(2, TrainCancel.self).result.jobs == ["1"])
      #expect(try other.host.error(1).code == .cancelled)
      try worker.host.request(6, "train", endless, deadlineMs: 1_500)
      #expect(try worker.host.error(6).code == .deadlineExceeded)
      #expect(try Self.classifier(worker, 7) == nil)
      #expect(try worker.finish() == .exit(0))
    }

    /// The trainer goes with its worker, and the next worker goes on from the checkpoint.
    @Test func aKilledWorkersTrainingIsContinued() throws {
      let gallery = try TrainingGallery()
      let params = TrainingGallery.params(epochs: 400, ["batch": 1])
      let trainer: pid_t
      do {
        let worker = try WorkerProcess(data: gallery.path)
        try worker.host.request(1, "train", params)
        try worker.training(1, reaches: 5)
        trainer = try #require(worker.trainer)
        worker.send(signal: SIGKILL)
        _ = try worker.wait()
      }
      let limit = ContinuousClock.now + .seconds(5)
      while kill(trainer, 0) == 0, ContinuousClock.now < limit { usleep(5_000) }
      #expect(kill(trainer, 0) == -1, "the trainer outlived its worker")
      let worker = try WorkerProcess(data: gallery.path)
      try worker.host.request(1, "train", params)
      #expect(try worker.training(1, reaches: 1).epoch >= 5)
      let result = try worker.host.reply(1, Train.self).result
      #expect(result.resumed && result.state == .swapped, "\(result)")
      #expect(gallery.files().filter { $0.contains("/training/") && !$0.hasSuffix("/.lock") } == [])
    }

    /// A damaged head costs the classifier, not the worker.
    @Test func aDamagedHeadIsSaidAndNotUsed() throws {
      let gallery = try TrainingGallery()
      do {
        let worker = try WorkerProcess(data: gallery.path)
        #expect(try worker.host.call(1, Train.self, TrainingGallery.params(epochs: 10)).result.state == .swapped)
        #expect(try worker.finish() == .exit(0))
      }
      let file = try #require(gallery.headFiles().first)
      var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
      bytes[bytes.count / 2] ^= 0x40
      try bytes.write(to: URL(fileURLWithPath: file))
      let worker = try WorkerProcess(data: gallery.path)
      let problem = try #require(try Self.classifier(worker, 1)?.problem)
      #expect(problem.contains("damaged"))
      #expect(try worker.logLines().contains { $0["event"] == "headUnusable" })
      _ = try worker.host.call(2, Identify.self, images: try Photos.small("obama.jpg"))
      // A new training puts it right.
      #expect(try worker.host.call(3, Train.self, TrainingGallery.params(epochs: 12)).result.state == .swapped)
      #expect(try Self.classifier(worker, 4)?.problem == nil)
      #expect(try worker.finish() == .exit(0))
    }
  }
}
