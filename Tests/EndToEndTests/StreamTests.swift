import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// What PROTOCOL.md promises about bytes that come oddly, or are no frames.
  @Suite struct StreamTests {
    private static func lastError(_ worker: WorkerProcess) throws -> WireError {
      let last = try #require(worker.host.frames.last)
      #expect(last.kind == .error)
      #expect(last.id.isConnection)
      return try WireJSON.decode(ErrorBody.self, from: last.json).error
    }

    @Test(arguments: [
      ("hello, is anybody there?\n", "68 65 6C 6C 6F"), ("{\"id\":1,\"method\":\"ping\"}\n", "--json-lines"),
      ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "47 45 54"),
    ])
    func textInsteadOfFrames(text: String, quoted: String) throws {
      let worker = try WorkerProcess()
      try worker.host.send(Array(text.utf8))
      // What comes behind is read and dropped, so that the parent is not stuck in its write.
      try worker.host.send([UInt8](repeating: 0x41, count: 1 << 20))
      #expect(try worker.finish() == .exit(65))
      let error = try Self.lastError(worker)
      #expect(error.code == .badFrame)
      #expect(error.message.contains(quoted), "\(error.message)")
      #expect(error.details["firstBytes"] != nil)
      #expect(worker.host.frames.map(\.kind) == [.ready, .error])
    }

    @Test func badFramesAfterWork() throws {
      let photo = try Photos.small("obama2.jpg")
      let headers: [[UInt8]] = [
        [0, 0, 0, 15, 0xFA, 1, 1, 0], [0, 0, 0, 16, 0xFB], [0, 0, 0, 16, 0xFA, 2], [0, 0, 0, 16, 0xFA, 1, 9],
        [0, 0, 0, 16, 0xFA, 1, 18, 0], [0, 0, 0, 16, 0xFA, 1, 1, 1], [4, 0, 0, 1, 0xFA, 1, 1, 0],
        [0, 0, 0, 16, 0xFA, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 16, 0xFA, 1, 1, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 16, 0xFA, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1], [33, 0, 0, 0, 0xFA, 1, 1, 0],
      ]
      for header in headers {
        let worker = try WorkerProcess()
        try worker.host.send(1, Detect.self, images: [photo])
        try worker.host.send(header + [UInt8](repeating: 0, count: 32))
        #expect(try worker.finish() == .exit(65), "\(header)")
        #expect(try Self.lastError(worker).code == .badFrame, "\(header)")
        #expect(try worker.host.faces(1, Detect.self).faces.count == 1)
      }
    }

    @Test func halfAFrameAtTheEnd() throws {
      let photo = try Photos.small("obama2.jpg")
      for part in [1, 3, 4, 12, 20, 30, 500] {
        let worker = try WorkerProcess()
        try worker.host.send(1, Detect.self, images: [photo])
        let frame = try worker.host.bytes(2, "detect", attachments: photo)
        try worker.host.send(Array(frame.prefix(part)))
        #expect(try worker.finish() == .exit(65), "\(part) bytes")
        #expect(try Self.lastError(worker).code == .badFrame)
        #expect(worker.host.terminals == [1: 1, 0: 1])
      }
    }

    @Test func oneByteAtATime() throws {
      let photo = try Photos.small("obama2.jpg", width: 160)
      let worker = try WorkerProcess()
      var bytes = try worker.host.bytes(1, "detect", attachments: photo)
      bytes += try worker.host.bytes(2, "ping")
      for byte in bytes { try worker.host.send([byte]) }
      #expect(try worker.host.faces(1, Detect.self).faces.count == 1)
      _ = try worker.host.reply(2, Ping.self)
      #expect(try worker.finish() == .exit(0))
    }

    @Test func anIDUsedTwice() throws {
      let worker = try WorkerProcess()
      try worker.ready()
      try worker.host.send(
        worker.host.bytes(7, "detect", attachments: Photos.sample("obama.jpg")) + worker.host.bytes(7, "ping"))
      #expect(try worker.finish() == .exit(65))
      #expect(worker.host.terminals == [7: 1, 0: 1])
      #expect(try worker.host.error(7).code == .badFrame)
      #expect(try Self.lastError(worker).details["reason"] == "duplicateID")
    }

    /// An id is free again after its terminal frame.
    @Test func anIDUsedAgain() throws {
      let worker = try WorkerProcess()
      let photo = try Photos.small("obama2.jpg", width: 160)
      for _ in 0..<20 {
        try worker.host.send(3, Detect.self, images: [photo])
        #expect(try worker.host.faces(3, Detect.self).faces.count == 1)
      }
      #expect(try worker.finish() == .exit(0))
    }

    /// For 2 s the parent reads nothing and sends 200 requests and 50 pings: memory stays bounded, and everything is
    /// answered once when it reads again.
    @Test func aParentThatDoesNotRead() throws {
      let worker = try WorkerProcess()
      let ready = try worker.ready()
      #expect(ready.limits.maxPending >= 200)
      let photo = try Photos.small("obama2.jpg", width: 160)
      let many = [[UInt8]](repeating: photo, count: 10)
      for id in 1...200 {
        try worker.host.send(UInt64(id), Embed.self, images: id % 10 == 0 ? many : [photo])
        if id % 4 == 0 { try worker.host.request(UInt64(1_000 + id), "ping") }
      }
      let began = ContinuousClock.now
      var most = 0
      while ContinuousClock.now - began < .seconds(2) {
        most = max(most, worker.memory())
        usleep(50_000)
      }
      #expect(most < 300 << 20, "\(most >> 20) MB")
      try worker.host.request(5_000, "ping")
      _ = try worker.host.terminal(5_000)
      #expect(try worker.finish() == .exit(0))
      #expect(worker.host.terminals.count == 200 + 50 + 1)
      #expect(worker.host.terminals.values.allSatisfy { $0 == 1 })
      #expect(worker.host.frames.filter { $0.kind == .error }.isEmpty)
      #expect(worker.host.frames.filter { $0.kind == .event }.count == 20 * 10)
      print("A parent that does not read for 2 s: at most \(most >> 20) MB")
    }

    /// The parent closes its reading end: the worker notices and leaves.
    @Test func nobodyReads() throws {
      let worker = try WorkerProcess()
      try worker.ready()
      worker.host.closeOutput()
      #expect(try worker.wait(withinMs: 10_000) == .exit(74))
    }

    /// Nothing but frames is on stdout, though everything is logged and pictures are drawn; stderr is JSON lines.
    @Test func standardOutputIsClean() throws {
      let media = try Folder()
      let worker = try WorkerProcess(["--log-level", "debug", "--media", media.path])
      let photo = try Photos.small("obama2.jpg")
      try worker.host.send(1, Enroll.self, ["subject": "secret-subject", "name": "Secret Name"], images: [photo])
      _ = try worker.host.terminal(1)
      try worker.host.send(2, Identify.self, ["annotate": true], images: [photo])
      try worker.host.send(3, Detect.self, images: [[1, 2, 3]])
      try worker.host.request(4, "status")
      // The host checks every byte: it throws on anything that is no frame.
      #expect(try worker.finish() == .exit(0))
      #expect(worker.host.terminals.count == 4)
      for line in try worker.logLines() {
        #expect(line["time"] != nil && line["level"] != nil && line["event"] != nil, "\(line)")
      }
      #expect(!worker.log.isEmpty)
      for secret in ["secret-subject", "Secret Name"] { #expect(!worker.log.contains(secret)) }
    }
  }
}
