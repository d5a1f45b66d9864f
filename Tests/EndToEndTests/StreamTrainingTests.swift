import Foundation
import Images
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// A stream that goes on while a training runs behind it and its head is swapped in.
  @Suite struct StreamTrainingTests {
    /// A face that moves about a still picture, every frame a little different.
    private struct Clip {
      let photo: Image

      init(_ name: String) throws {
        let image = try Photos.smallImage(name, width: 520)
        photo = image.cropped(x: 0, y: 0, width: 520, height: min(image.height, 400))
      }

      func frame(_ index: Int) -> Image {
        let part = photo.cropped(
          x: 40 + Int(30 * sin(Double(index) / 4)), y: 10 + Int(10 * cos(Double(index) / 5)), width: 400, height: 300)
        let gain = 1 + 0.15 * sin(Double(index) / 3)
        return Image(width: 400, height: 300, pixels: part.pixels.map { UInt8(min(255, Double($0) * gain)) })
      }
    }

    @Test(.timeLimit(.minutes(10)))
    func framesAreAnsweredAndNamedBeforeDuringAndAfterASwap() throws {
      let worker = try WorkerProcess([])
      try worker.ready()
      var id: UInt64 = 0
      func next() -> UInt64 {
        id += 1
        return id
      }
      let (clip, other) = (try Clip("obama.jpg"), try Clip("biden.jpg"))
      for index in 0..<8 {
        _ = try worker.host.call(
          next(), Enroll.self, ["subject": "joe"], images: try ImageEncoder.png(other.frame(index * 7)))
      }
      let stream = try worker.host.call(next(), StreamOpen.self).result.stream
      var shown = 0
      var sent: Set<UInt64> = []
      /// Frames come one by one, so that none has a reason to be dropped.
      func show() throws -> FrameTracks {
        shown += 1
        let image = clip.frame(shown)
        let frame = next()
        sent.insert(frame)
        try worker.host.request(
          frame, "stream.frame", ["stream": .string(stream), "timeMs": .number(Double(shown) * 40)],
          descriptors: [.init(type: "image/x-rgb", length: image.pixels.count, width: 400, height: 300)],
          attachments: image.pixels)
        guard case .tracks(let tracks) = try worker.host.reply(frame, StreamFrame.self).result else {
          throw TestHost.Failure(description: "frame \(shown) was dropped")
        }
        return tracks
      }
      var track = 0
      for _ in 0..<4 { track = try #require(try show().tracks.first).track }
      let learning = next()
      try worker.host.request(
        learning, "stream.learn",
        ["stream": .string(stream), "track": .integer(Int64(track)), "name": "Barack", "count": 12])
      while worker.host.terminals[learning] == nil, shown < 200 { _ = try show() }
      let learned = try worker.host.reply(learning, StreamLearn.self).result
      let job = try #require(learned.job)

      /// The last event of the training, once it came.
      func ending() throws -> TrainEvent? {
        for frame in worker.host.frames.reversed() where frame.id.value == 0 && frame.kind == .event {
          let event = try? WireJSON.decode(TrainEvent.self, from: frame.json)
          if let event, event.job == job, event.phase == "done" { return event }
        }
        return nil
      }
      func expectKnown(_ answer: FrameTracks, _ when: String) {
        #expect(answer.tracks.map(\.track) == [track], "\(when)")
        #expect(answer.tracks.first?.face.identity?.subject == "Barack", "\(when), frame \(answer.frame)")
      }
      var during = 0
      var end: TrainEvent?
      while end == nil {
        expectKnown(try show(), "while it trains")
        during += 1
        end = try ending()
      }
      let result = try #require(end?.result)
      #expect(result.state == .swapped && result.subjects == 2 && during > 5, "\(result), \(during) frames")
      for _ in 0..<20 { expectKnown(try show(), "after the swap") }
      // The head in use is the new one, and names the right person first. With two people it may still hold the unknown for as likely.
      let classifier = try worker.host.call(next(), Status.self).result.gallery.classifier
      #expect(classifier?.head == result.head && classifier?.problem == nil)
      let view = try #require(try show().tracks.first?.face.classifier)
      #expect(view.subject == "Barack")
      let counts = try worker.host.call(next(), StreamClose.self, ["stream": .string(stream)]).result
      #expect(counts.frames == shown && counts.dropped == 0 && counts.tracks == 1)
      #expect(try worker.finish() == .exit(0))
      #expect(sent.allSatisfy { worker.host.terminals[$0] == 1 })
    }
  }
}
