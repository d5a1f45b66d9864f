import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// Swaps of the detector and the recognizer under a stream of requests.
  @Suite struct ModelSwapTests {
    private static let inFlight = 8

    /// What one pair of models answers to the photo.
    private struct Answer {
      let models: ModelsUsed
      let box: Box
      let embedding: [Float]

      init(_ faces: ImageFaces) throws {
        models = try #require(faces.models)
        let face = try #require(faces.faces.first)
        box = face.box
        embedding = try #require(face.embedding)
      }

      func isLike(_ other: Answer) -> Bool {
        abs(box.x - other.box.x) < 0.05 && abs(box.width - other.box.width) < 0.05
          && embedding.count == other.embedding.count
          && zip(embedding, other.embedding).allSatisfy { abs($0 - $1) < 1e-4 }
      }
    }

    /// What a stream brought: answers, and the longest time between two of them in milliseconds.
    private struct Stream {
      var answers: [Answer] = []
      var swaps = 0
      var longestGap = 0.0
    }

    @Test func noErrorNoMixNoPause() throws {
      let models = try ModelFolder()
      let photo = try Photos.small("obama.jpg")
      let files = Installation.shared + "/models"
      let hasShared = Installation.exists(files + "/scrfd_500m.onnx")
      var options = ["--allow-path", ModelFolder.allowed]
      if hasShared { options += ["--allow-path", files] }
      let worker = try WorkerProcess(options, models: models.path)
      try worker.ready()
      // Models that answer differently, so that a mix could not go unseen.
      var (detectors, recognizers) = (["mtcnn", "second"], ["dlib-resnet-v1", "mirrored"])
      _ = try worker.importCopy(1, "mirrored", of: "dlib-resnet-v1", ["testTime": ["mirror": true]])
      if hasShared {
        (detectors[1], recognizers[1]) = ("scrfd-500m", "mobilefacenet")
        for (id, file) in [("scrfd-500m", "scrfd_500m.onnx"), ("mobilefacenet", "mobilefacenet.onnx")] {
          let params: JSONValue = [
            "manifest": try ModelFolder.catalogued(id, ["files": [["name": "net.onnx"]]]),
            "path": .string(files + "/" + file),
          ]
          _ = try worker.host.call(2, ModelsImport.self, params)
        }
      } else {
        print("without ../shared the second detector has the first one's weights")
        _ = try worker.importCopy(2, "second", of: "mtcnn")
      }

      var expected: [String: Answer] = [:]
      for detector in detectors {
        for recognizer in recognizers {
          for id in [detector, recognizer] { _ = try worker.host.call(3, ModelsActivate.self, ["id": .string(id)]) }
          try worker.host.send(4, Embed.self, images: [photo])
          let answer = try Answer(worker.host.faces(4, Embed.self))
          #expect(answer.models == ModelsUsed(detector: detector, recognizer: recognizer))
          expected["\(detector) \(recognizer)"] = answer
        }
      }
      let different = try #require(expected["mtcnn \(recognizers[1])"])
      #expect(expected["mtcnn dlib-resnet-v1"]?.isLike(different) == false)

      let usual = try Self.stream(worker, photo, requests: 80, swaps: [])
      let order = [detectors[0], recognizers[0], detectors[1], recognizers[1]]
      var swapping = try Self.stream(worker, photo, requests: 240, swaps: order)
      // A pause that swaps cause comes back each time; one that the machine causes does not.
      for _ in 0..<2 where swapping.longestGap >= usual.longestGap + 200 {
        swapping.longestGap = try Self.stream(worker, photo, requests: 240, swaps: order).longestGap
      }
      for answer in usual.answers + swapping.answers {
        let pair = "\(answer.models.detector) \(answer.models.recognizer ?? "none")"
        #expect(try #require(expected[pair], "\(pair)").isLike(answer), "an answer mixes models: \(pair)")
      }
      #expect(swapping.swaps >= 8, "\(swapping.swaps) swaps")
      #expect(Set(swapping.answers.map { "\($0.models)" }).count >= 3)
      #expect(swapping.longestGap < usual.longestGap + 200)
      print(
        "\(swapping.swaps) swaps under \(Self.inFlight) concurrent requests: longest time between answers "
          + "\(Int(swapping.longestGap)) ms, without swaps \(Int(usual.longestGap)) ms")
      #expect(try worker.finish() == .exit(0))
    }

    /// Keeps eight requests in flight, and one activation after the other of the models named.
    private static func stream(
      _ worker: WorkerProcess, _ photo: [UInt8], requests: Int, swaps: [String]
    ) throws -> Stream {
      let (firstSwap, base) = (UInt64(1_000_000), worker.host.frames.count)
      var stream = Stream()
      var (sent, swapsSent) = (0, 0)
      func sendEmbed() throws {
        try worker.host.send(UInt64(10_000 + base * 1_000 + sent), Embed.self, images: [photo])
        sent += 1
      }
      func sendSwap() throws {
        guard !swaps.isEmpty else { return }
        let id = swaps[swapsSent % swaps.count]
        try worker.host.send(
          firstSwap + UInt64(base * 1_000 + swapsSent), ModelsActivate.self, ["id": .string(id)], images: [])
        swapsSent += 1
      }
      var wantsMore: Bool { sent < requests || (!swaps.isEmpty && stream.swaps < 8 && sent < 20 * requests) }
      for _ in 0..<inFlight { try sendEmbed() }
      try sendSwap()
      var last: ContinuousClock.Instant?
      while stream.answers.count < sent || stream.swaps < swapsSent {
        guard let frame = try worker.host.next() else { throw TestHost.Failure(description: "the worker ended") }
        // Answers from before this stream.
        guard frame.id.value >= 10_000 else { continue }
        guard frame.kind == .result else {
          throw TestHost.Failure(description: "not a result: \(String(decoding: frame.json, as: UTF8.self))")
        }
        if (try? WireJSON.decode(Reply<ModelSwap>.self, from: frame.json)) != nil {
          stream.swaps += 1
          if wantsMore { try sendSwap() }
          continue
        }
        let now = ContinuousClock.now
        if let last { stream.longestGap = max(stream.longestGap, (now - last) / .milliseconds(1)) }
        last = now
        guard case .one(let faces) = try WireJSON.decode(Reply<ImageAnswer>.self, from: frame.json).result else {
          throw TestHost.Failure(description: "counts")
        }
        stream.answers.append(try Answer(faces))
        if wantsMore { try sendEmbed() }
      }
      return stream
    }
  }
}
