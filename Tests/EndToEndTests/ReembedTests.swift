import Foundation
import GalleryStore
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// One gallery, two recognizers: templates are made anew from kept crops while the worker goes on serving.
  @Suite struct ReembedTests {
    private static func best(_ worker: WorkerProcess, _ id: UInt64, _ photo: [UInt8]) throws -> Candidate? {
      try worker.host.send(id, Identify.self, images: [photo])
      return try worker.host.faces(id, Identify.self).faces.first?.candidates?.first
    }

    private static func progress(_ worker: WorkerProcess, _ id: UInt64) throws -> [ProgressEvent] {
      try worker.host.frames.filter { $0.id.value == id && $0.kind == .event }.map {
        try WireJSON.decode(ProgressEvent.self, from: $0.json)
      }
    }

    @Test func rebuildsAGalleryBeforeTheSwitch() throws {
      let (data, extra) = (try Folder(), try Folder())
      let (obama, other, biden) =
        (try Photos.small("obama.jpg"), try Photos.small("obama2.jpg"), try Photos.small("biden.jpg"))
      let old = try WorkerProcess(PatternRecognizer.install(in: extra, use: false), data: data.path, models: nil)
      _ = try old.host.call(1, Enroll.self, ["subject": "obama"], images: obama, other)
      _ = try old.host.call(2, Enroll.self, ["subject": "biden"], images: biden)

      // Another recognizer knows nobody, and says what to do.
      let new = try WorkerProcess(PatternRecognizer.install(in: extra, use: true), data: data.path, models: nil)
      try new.host.send(1, Identify.self, images: [biden])
      let error = try new.host.error(1)
      #expect(error.code == .modelMismatch)
      #expect(error.message.contains("gallery.reembed") && error.message.contains("models.activate"))
      #expect(error.details["activeModel"] == .string(PatternRecognizer.id))
      guard case .array(let models)? = error.details["galleryModels"], case .object(let first)? = models.first else {
        Issue.record("no models in \(error.details)")
        return
      }
      #expect(first["id"] == "dlib-resnet-v1" && first["templates"] == 3)
      try new.host.send(2, Enroll.self, ["subject": "eve"], images: [biden])
      #expect(try new.host.error(2).code == .modelMismatch)

      let rebuilt = try old.host.call(3, GalleryReembed.self, ["model": .string(PatternRecognizer.id), "batch": 1])
      #expect(
        rebuilt.result == GalleryReembed.Result(model: PatternRecognizer.id, embedded: 3, skipped: 0, subjects: 2))
      let events = try Self.progress(old, 3)
      #expect(events.last?.total == 3 && events.allSatisfy { $0.stage == "embed" && $0.done <= $0.total })
      // A fresh embedding of each photo is nearly the one made from its kept crop.
      for (id, photo, subject) in [(3, biden, "biden"), (4, obama, "obama")] {
        let candidate = try #require(try Self.best(new, UInt64(id), photo))
        #expect(candidate.subject == subject)
        if subject == "biden" { #expect(candidate.score > 0.99, "\(candidate.score)") }
      }
      // The old model goes on as before, and nothing is done twice.
      #expect(try Self.best(old, 4, biden)?.subject == "biden")
      let again = try old.host.call(5, GalleryReembed.self, ["model": .string(PatternRecognizer.id)])
      #expect(again.result.embedded == 0)
      let status = try new.host.call(5, Status.self).result
      #expect(status.gallery.models?.map(\.templates) == [3, 3])
      #expect(status.gallery.models?.map(\.subjects) == [2, 2])
      #expect(status.jobs == [])

      let dropped = try new.host.call(6, GalleryReembed.self, ["dropOld": true]).result
      #expect(dropped.dropped == 3 && dropped.walTruncated == true)
      try old.host.send(6, Identify.self, images: [biden])
      #expect(try old.host.error(6).code == .modelMismatch)
      // The crops went over, so the way back is another reembed.
      #expect(try old.host.call(7, GalleryReembed.self).result.embedded == 3)
      #expect(try #require(try Self.best(old, 8, biden)).score > 0.97)
      for worker in [old, new] { #expect(try worker.finish() == .exit(0)) }
      #expect(try SQLiteGallery(path: data.path + "/gallery.sqlite").integrityCheck() == [])
    }

    @Test func withoutCropsItSaysWhoCannotBeRebuilt() throws {
      let (data, extra) = (try Folder(), try Folder())
      let options = try PatternRecognizer.install(in: extra, use: false)
      let worker = try WorkerProcess(options + ["--keep-crops", "off"], data: data.path, models: nil)
      _ = try worker.host.call(1, Enroll.self, ["subject": "obama"], images: try Photos.small("obama.jpg"))
      let result = try worker.host.call(2, GalleryReembed.self, ["model": .string(PatternRecognizer.id)]).result
      #expect(
        result
          == GalleryReembed.Result(
            model: PatternRecognizer.id, embedded: 0, skipped: 1, withoutCrop: ["obama"], withoutCropCount: 1,
            subjects: 0))
      try worker.host.request(3, "gallery.reembed", ["model": "nobody"])
      #expect(try worker.host.error(3).code == .modelNotFound)
      #expect(try worker.finish() == .exit(0))
      let gallery = try SQLiteGallery(path: data.path + "/gallery.sqlite")
      #expect(try gallery.subject("obama").templates.map(\.hasCrop) == [false])
    }

    /// What was done before a cancel, a deadline or a kill stays; the next run goes on from there.
    @Test func goesOnWhereItStopped() throws {
      let (data, extra) = (try Folder(), try Folder())
      let options = try PatternRecognizer.install(in: extra, use: false)
      let count = 150
      do {
        let worker = try WorkerProcess(options, data: data.path, models: nil)
        _ = try worker.host.call(1, Enroll.self, ["subject": "s"], images: try Photos.small("obama.jpg"))
        #expect(try worker.finish() == .exit(0))
      }
      // Copies of the one template, each from a source of its own.
      do {
        let gallery = try SQLiteGallery(path: data.path + "/gallery.sqlite")
        let first = try #require(try gallery.subject("s").templates.first)
        let crop = try #require(try gallery.keptCrop(ofTemplate: first.id))
        _ = try gallery.write { transaction in
          for index in 1..<count {
            let template = NewTemplate(
              embedding: [Float](repeating: 1, count: 128), quality: 0.5,
              source: TemplateSource(sha256: first.source?.sha256 ?? "", region: "\(index)"), crop: crop)
            _ = try transaction.enroll(Enrollment(subject: "s\(index)", model: first.model, templates: [template]))
          }
          return (0, [])
        }
      }
      let params: JSONValue = ["model": .string(PatternRecognizer.id), "batch": 2]
      func embedded() throws -> Int {
        let models = try SQLiteGallery(path: data.path + "/gallery.sqlite").counts().models
        return models.first { $0.model.id == PatternRecognizer.id }?.templates ?? 0
      }
      let worker = try WorkerProcess(options, data: data.path, models: nil)
      try worker.host.request(1, "gallery.reembed", params)
      // Requests are served while it runs.
      for id in 10...12 { #expect(try Self.best(worker, UInt64(id), Photos.small("obama.jpg"))?.subject != nil) }
      try worker.host.cancel(1)
      #expect(try worker.host.terminal(1).kind == .error)
      let afterCancel = try embedded()
      #expect(afterCancel < count)
      try worker.host.request(2, "gallery.reembed", params, deadlineMs: 30)
      _ = try worker.host.error(2)
      try worker.host.request(3, "gallery.reembed", params)
      while try Self.progress(worker, 3).isEmpty { _ = try worker.host.next() }
      worker.send(signal: SIGKILL)
      _ = try worker.wait()
      let afterKill = try embedded()
      #expect(afterKill >= afterCancel)

      let last = try WorkerProcess(options, data: data.path, models: nil)
      try last.host.request(1, "gallery.reembed", params)
      // The end of input lets the job finish.
      #expect(try last.finish() == .exit(0))
      let result = try last.host.reply(1, GalleryReembed.self).result
      #expect(result.embedded == count - afterKill)
      #expect(result.skipped == 0 && result.subjects == count)
      #expect(try embedded() == count)
    }
  }
}
