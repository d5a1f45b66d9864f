import Foundation
import Images
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// Streams with the real models, over clips made of sample photos.
  @Suite struct LiveStreamTests {
    /// A person before a camera that drifts: every frame another part of the photo, a little brighter or darker.
    private struct Clip {
      let photo: Image
      let width = 400
      let height = 300

      init(_ name: String) throws {
        let image = try Photos.smallImage(name, width: 520)
        photo = image.cropped(x: 0, y: 0, width: 520, height: min(image.height, 400))
      }

      func frame(_ index: Int) -> Image {
        let x = 40 + Int(30 * sin(Double(index) / 4))
        let y = 10 + Int(10 * cos(Double(index) / 5))
        let part = photo.cropped(x: x, y: y, width: width, height: height)
        let gain = 1 + 0.15 * sin(Double(index) / 3)
        return Image(
          width: part.width, height: part.height, pixels: part.pixels.map { UInt8(min(255, Double($0) * gain)) })
      }
    }

    /// A worker with a stream, and numbers for its requests.
    private final class Live {
      let worker: WorkerProcess
      let stream: String
      var id: UInt64 = 1
      var frames = 0

      init(_ options: [String] = [], params: JSONValue? = nil) throws {
        worker = try WorkerProcess(options)
        try worker.ready()
        stream = try worker.host.call(1, StreamOpen.self, params).result.stream
      }

      func next() -> UInt64 {
        id += 1
        return id
      }

      func send(_ image: Image, timeMs: Double? = nil, deadlineMs: Int? = nil) throws -> UInt64 {
        let id = next()
        frames += 1
        try worker.host.request(
          id, "stream.frame", ["stream": .string(stream), "timeMs": .number(timeMs ?? Double(frames) * 40)],
          deadlineMs: deadlineMs,
          descriptors: [
            .init(type: "image/x-rgb", length: image.pixels.count, width: image.width, height: image.height)
          ], attachments: image.pixels)
        return id
      }

      func show(_ image: Image, timeMs: Double? = nil) throws -> FrameTracks {
        let id = try send(image, timeMs: timeMs)
        guard case .tracks(let tracks) = try worker.host.reply(id, StreamFrame.self).result else {
          throw TestHost.Failure(description: "frame \(id) was dropped")
        }
        return tracks
      }

      func learn(_ track: Int, _ more: [String: JSONValue]) throws -> UInt64 {
        let id = next()
        var params: [String: JSONValue] = ["stream": .string(stream), "track": .integer(Int64(track)), "train": false]
        params.merge(more) { $1 }
        try worker.host.request(id, "stream.learn", .object(params))
        return id
      }

      func isAnswered(_ id: UInt64) -> Bool { worker.host.terminals[id] != nil }

      func isListed(_ method: String) throws -> Bool {
        let id = next()
        try worker.host.request(id, "status")
        return try worker.host.reply(id, Status.self).result.jobs.contains { $0.kind == method }
      }
    }

    @Test func learnsAPersonAndKnowsThemOnTheNextFrame() throws {
      let live = try Live()
      let clip = try Clip("obama.jpg")
      var track = 0
      for index in 0..<5 {
        let answer = try live.show(clip.frame(index))
        #expect(answer.frame == index + 1)
        let face = try #require(answer.tracks.first)
        #expect(face.face.identity == nil && face.face.candidates == [])
        #expect(face.confirmed == (index > 0))
        track = face.track
      }
      let learning = try live.learn(track, ["name": "Barack", "count": 12])
      while try !live.isListed("stream.learn") {}
      var index = 5
      while !live.isAnswered(learning), index < 80 {
        #expect(try live.show(clip.frame(index)).tracks.map(\.track) == [track])
        index += 1
      }
      let result = try live.worker.host.reply(learning, StreamLearn.self).result
      #expect(result.subject == "Barack" && result.ended == "count")
      #expect(result.captured == 12 && result.added == 12 && result.templates == 12)
      #expect(result.job == nil)
      let events = try live.worker.host.frames.filter { $0.id.value == learning && $0.kind == .event }
        .map { try WireJSON.decode(CaptureEvent.self, from: $0.json) }
      #expect(events.map(\.captured) == events.map(\.captured).sorted())
      #expect(events.last?.captured == 12)

      let known = try live.show(clip.frame(index))
      #expect(known.tracks.first?.face.identity?.name == "Barack")
      #expect(known.tracks.first?.votes.subjects.first?.subject == "Barack")

      // The picture shows the subject, and goes with them.
      let media = try #require(result.media)
      let sheet = try ImageDecoder.decode(Photos.bytes(media.path), limits: DecodeLimits()).image
      #expect(sheet.width > 4 * 112 && sheet.height > 3 * 112)
      let removal = try live.worker.host.call(live.next(), SubjectsRemove.self, ["subject": "Barack"]).result
      #expect(removal.media == 1)
      #expect(!FileManager.default.fileExists(atPath: media.path))
      let forgotten = try live.show(clip.frame(index + 1))
      #expect(forgotten.tracks.map(\.track) == [track])
      #expect(forgotten.tracks.first?.face.identity == nil)
      #expect(forgotten.tracks.first?.votes.subjects == [])
      #expect(try live.worker.finish() == .exit(0))
    }

    @Test func somebodyElseInThePlaceIsAnotherTrackAndIsNotLearned() throws {
      let live = try Live()
      let (first, second) = (try Clip("obama.jpg"), try Clip("biden.jpg"))
      for index in 0..<6 { _ = try live.show(first.frame(index)) }
      let learning = try live.learn(1, ["subject": "one", "count": 200, "seconds": 600])
      while try !live.isListed("stream.learn") {}
      for index in 6..<20 { _ = try live.show(first.frame(index)) }
      // A cut: another person, then the first again, within the second that a track lives.
      var others: Set<Int> = []
      for index in 20..<35 { others.formUnion(try live.show(second.frame(index)).tracks.map(\.track)) }
      #expect(!others.contains(1) && !others.isEmpty)
      var again: Set<Int> = []
      for index in 35..<50 { again.formUnion(try live.show(first.frame(index)).tracks.map(\.track)) }
      #expect(again.contains(1))
      live.worker.host.closeInput()
      try live.worker.host.readToEnd()
      let result = try live.worker.host.reply(learning, StreamLearn.self).result
      #expect(result.ended == "inputEnded")
      #expect(result.captured > 5)
      #expect(result.rejected.allSatisfy { !$0.reasons.isEmpty })
      #expect(try live.worker.wait() == .exit(0))
    }

    @Test func aKnownSubjectIsNotMixedWithSomebodyElse() throws {
      let live = try Live()
      _ = try live.worker.host.call(
        live.next(), Enroll.self, ["subject": "joe"], images: Photos.small("biden.jpg", width: 500))
      let clip = try Clip("obama.jpg")
      for index in 0..<4 { _ = try live.show(clip.frame(index)) }
      let refused = try live.learn(1, ["subject": "joe", "count": 3])
      let error = try live.worker.host.error(refused)
      #expect(error.code == .subjectExists)
      #expect(error.details["reason"] == "otherFace")
      let forced = try live.learn(1, ["subject": "joe", "count": 3, "force": true])
      while try !live.isListed("stream.learn") {}
      var index = 4
      while !live.isAnswered(forced), index < 40 {
        _ = try live.show(clip.frame(index))
        index += 1
      }
      #expect(try live.worker.host.reply(forced, StreamLearn.self).result.templates == 4)
      #expect(try live.worker.finish() == .exit(0))
    }

    @Test func whatIsBrokenOffWritesNothing() throws {
      let live = try Live()
      let clip = try Clip("obama.jpg")
      for index in 0..<4 { _ = try live.show(clip.frame(index)) }
      #expect(try live.worker.host.error(live.learn(99, ["name": "x"])).code == .noFace)
      let cancelled = try live.learn(1, ["name": "x", "count": 100])
      while try !live.isListed("stream.learn") {}
      #expect(try live.worker.host.error(live.learn(1, ["name": "y"])).code == .busy)
      for index in 4..<8 { _ = try live.show(clip.frame(index)) }
      try live.worker.host.cancel(cancelled)
      #expect(try live.worker.host.error(cancelled).code == .cancelled)

      let tired = try live.learn(1, ["name": "x", "count": 100, "seconds": 0.2])
      let nothing = try live.worker.host.error(tired)
      #expect(nothing.code == .lowQuality && nothing.details["ended"] == "time")

      let closed = try live.learn(1, ["name": "x", "count": 100])
      while try !live.isListed("stream.learn") {}
      _ = try live.show(clip.frame(9))
      let counts = try live.worker.host.call(
        live.next(), StreamClose.self, ["stream": .string(live.stream)]
      ).result
      #expect(counts.frames == live.frames && counts.tracks == 1)
      #expect(try live.worker.host.error(closed).code == .sessionLost)
      #expect(try live.worker.host.error(live.send(clip.frame(0))).code == .sessionLost)
      let gallery = try live.worker.host.call(live.next(), SubjectsList.self).result
      #expect(gallery.subjects.isEmpty)
      #expect(try live.worker.finish() == .exit(0))
      #expect(live.worker.host.terminals.values.allSatisfy { $0 == 1 })
    }

    @Test func dropsWhatItHasNoTimeFor() throws {
      let live = try Live()
      let clip = try Clip("obama.jpg")
      let ids = try (0..<30).map { try live.send(clip.frame($0)) }
      var answers: [FrameAnswer] = []
      for id in ids { answers.append(try live.worker.host.reply(id, StreamFrame.self).result) }
      var shown: [Int] = []
      for (index, answer) in answers.enumerated() {
        switch answer {
        case .dropped(let frame): #expect(frame == index + 1)
        case .tracks(let tracks):
          #expect(tracks.frame == index + 1)
          shown.append(tracks.frame)
        }
      }
      #expect(shown.last == 30)
      #expect(shown.count >= 2)
      let counts = try live.worker.host.call(
        live.next(), StreamClose.self, ["stream": .string(live.stream)]
      ).result
      #expect(counts.frames == 30 && counts.dropped == 30 - shown.count)
      #expect(try live.worker.finish() == .exit(0))
    }

    @Test func takesFramesOfAnySizeAndOnlyImages() throws {
      let live = try Live()
      let clip = try Clip("obama.jpg")
      for (index, width) in [400, 60, 1, 397, 200].enumerated() {
        let image = clip.frame(index).resized(width: width, height: max(1, width * 3 / 4))
        #expect(try live.show(image).image == ImageSize(width: image.width, height: image.height))
      }
      let params: JSONValue = ["stream": .string(live.stream)]
      func fails(_ attachments: [[UInt8]], _ params: JSONValue) throws -> WireError {
        let id = live.next()
        try live.worker.host.request(
          id, "stream.frame", params, descriptors: attachments.map { .init(length: $0.count) },
          attachments: attachments.flatMap { $0 })
        return try live.worker.host.error(id)
      }
      #expect(
        try fails([[1, 2, 3]], params).code == .imageUnsupported
          || fails([[1, 2, 3]], params).code == .imageUndecodable)
      #expect(try fails([], params).code == .badParams)
      #expect(try fails([[1], [2]], params).code == .badParams)
      #expect(try fails([[1]], ["stream": "s-nobody"]).code == .sessionLost)
      #expect(try live.show(clip.frame(7)).tracks.count == 1)
      #expect(try live.worker.finish() == .exit(0))
    }

    @Test func openingIsBounded() throws {
      let live = try Live()
      var refused = 0
      for _ in 0..<2_000 {
        let id = live.next()
        try live.worker.host.request(id, "stream.open")
        let frame = try live.worker.host.terminal(id)
        if frame.kind == .error {
          #expect(try live.worker.host.error(id).code == .busy)
          refused += 1
        }
      }
      #expect(refused == 2_000 - (Limits.standard.maxStreams - 1))
      #expect(try live.show(Clip("obama.jpg").frame(0)).tracks.count == 1)
      #expect(try live.worker.finish() == .exit(0))
    }

    @Test func aStreamOutlivesTheSwapOfItsModels() throws {
      let live = try Live()
      let clip = try Clip("obama.jpg")
      for index in 0..<5 { _ = try live.show(clip.frame(index)) }
      let before = try live.show(clip.frame(5))
      _ = try live.worker.host.call(live.next(), ModelsActivate.self, ["id": "dlib-resnet-v1"])
      let after = try live.show(clip.frame(6))
      #expect(after.tracks.map(\.track) == before.tracks.map(\.track))
      // Enrolled meanwhile: known from the next frame on.
      _ = try live.worker.host.call(
        live.next(), Enroll.self, ["subject": "barack", "select": "largest"],
        images: Photos.small("obama.jpg", width: 500))
      #expect(try live.show(clip.frame(7)).tracks.first?.face.identity?.subject == "barack")
      _ = try live.worker.host.call(live.next(), SubjectsRename.self, ["subject": "barack", "to": "b2"])
      #expect(try live.show(clip.frame(8)).tracks.first?.face.identity?.subject == "b2")
      #expect(try live.worker.finish() == .exit(0))
    }
  }
}
