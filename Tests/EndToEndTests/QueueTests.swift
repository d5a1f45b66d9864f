import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// Pings, cancels, deadlines and refusals while every core is busy.
  @Suite struct QueueTests {
    /// A worker whose executors are all busy for some seconds with ids 1 and 2.
    ///
    /// The pictures are raw and textured, with small faces asked for: the longest work there is.
    private static func busyWorker() throws -> WorkerProcess {
      let worker = try WorkerProcess(["--threads", "2"])
      try worker.ready()
      let (width, height) = (5_000, 4_000)
      let row = (0..<width).map { UInt8(truncatingIfNeeded: $0 &* $0 / 7) }
      var pixels: [UInt8] = []
      pixels.reserveCapacity(width * height)
      for _ in 0..<height { pixels += row }
      for id in 1...2 {
        try worker.host.request(
          UInt64(id), "detect", ["minFaceSize": 12],
          descriptors: [
            AttachmentDescriptor(type: "image/x-gray", length: pixels.count, width: width, height: height)
          ], attachments: pixels)
      }
      while true {
        try worker.host.request(3, "status")
        if try worker.host.reply(3, Status.self).result.queue.running == 2 { return worker }
        usleep(5_000)
      }
    }

    /// A small picture without faces.
    private static func sendTiny(_ worker: WorkerProcess, _ id: UInt64, deadlineMs: Int? = nil) throws {
      try worker.host.request(
        id, "detect", deadlineMs: deadlineMs,
        descriptors: [AttachmentDescriptor(type: "image/x-gray", length: 1_600, width: 40, height: 40)],
        attachments: [UInt8](repeating: 99, count: 1_600))
    }

    private static func milliseconds(_ body: () throws -> Void) rethrows -> Double {
      let start = ContinuousClock.now
      try body()
      return (ContinuousClock.now - start) / .milliseconds(1)
    }

    @Test func pingsWhileEveryCoreIsBusy() throws {
      let worker = try Self.busyWorker()
      var times: [Double] = []
      for id in 100..<140 {
        times.append(
          try Self.milliseconds {
            try worker.host.request(UInt64(id), "ping")
            _ = try worker.host.reply(UInt64(id), Ping.self)
          })
        usleep(5_000)
      }
      #expect(worker.host.terminals[1] == nil && worker.host.terminals[2] == nil, "it was busy all the time")
      times.sort()
      // The last few are left to a machine that does other things as well.
      #expect(times[35] < 50, "\(times)")
      #expect(times[39] < 500, "\(times)")
      print("Pings on a busy worker: median \(times[20]) ms, slowest \(times[39]) ms")
      for id in 1...2 { try worker.host.cancel(UInt64(id)) }
      #expect(try worker.finish() == .exit(0))
    }

    @Test func cancelsWhatWaitsAndWhatRuns() throws {
      let worker = try Self.busyWorker()
      try Self.sendTiny(worker, 10)
      try worker.host.cancel(10)
      let time = try Self.milliseconds { _ = try worker.host.terminal(10) }
      #expect(time < 500, "\(time) ms")
      #expect(try worker.host.error(10).code == .cancelled)
      #expect(worker.host.terminals[1] == nil && worker.host.terminals[2] == nil)
      // Unknown and finished ids are ignored.
      try worker.host.cancel(10)
      try worker.host.cancel(999)
      try worker.host.cancel(1)
      try worker.host.cancel(2)
      #expect(try worker.host.error(1).code == .cancelled)
      #expect(try worker.host.error(2).code == .cancelled)
      try Self.sendTiny(worker, 11)
      _ = try worker.host.reply(11, Detect.self)
      #expect(try worker.finish() == .exit(0))
      #expect(worker.host.terminals.values.allSatisfy { $0 == 1 } || worker.host.terminals[3] ?? 0 >= 1)
    }

    @Test func deadlinesOfWhatWaitsAndWhatRuns() throws {
      let worker = try Self.busyWorker()
      try Self.sendTiny(worker, 10, deadlineMs: 150)
      let time = try Self.milliseconds { _ = try worker.host.terminal(10) }
      #expect(try worker.host.error(10).code == .deadlineExceeded)
      #expect(time > 100 && time < 1_000, "\(time) ms")
      #expect(worker.host.terminals[1] == nil && worker.host.terminals[2] == nil, "it expired while it waited")
      for id in 1...2 { try worker.host.cancel(UInt64(id)) }
      for id in 1...2 { _ = try worker.host.terminal(UInt64(id)) }
      // A running request stops at its next step.
      let photo = try Photos.sample("obama.jpg")
      try worker.host.send(11, Detect.self, ["minFaceSize": 12], deadlineMs: 5, images: [photo, photo, photo, photo])
      #expect(try worker.host.error(11).code == .deadlineExceeded)
      // One with time enough is not disturbed.
      try Self.sendTiny(worker, 12, deadlineMs: 60_000)
      _ = try worker.host.reply(12, Detect.self)
      #expect(try worker.finish() == .exit(0))
    }

    @Test func refusesBeyondTheQueue() throws {
      let worker = try Self.busyWorker()
      let pending = 256
      for id in 0..<(pending + 30) { try Self.sendTiny(worker, UInt64(1_000 + id)) }
      try worker.host.request(5_000, "ping")
      _ = try worker.host.terminal(5_000)
      #expect(worker.host.terminals[1] == nil && worker.host.terminals[2] == nil)
      let refused = worker.host.frames.filter { $0.kind == .error }.map(\.id.value)
      #expect(refused == (1_256..<1_286).map { $0 })
      for id in refused {
        let error = try worker.host.error(id)
        #expect(error.code == .busy)
        #expect(error.retry == .later)
        #expect((1...60_000).contains(error.retryAfterMs ?? 0), "\(error)")
      }
      for id in 1...2 { try worker.host.cancel(UInt64(id)) }
      #expect(try worker.finish() == .exit(0))
      for id in 1_000..<1_286 { #expect(worker.host.terminals[UInt64(id)] == 1) }
      #expect(worker.host.frames.filter { $0.kind == .result && $0.id.value >= 1_000 }.count == pending + 1)
    }

    /// Bytes are bounded as well: three pictures of 50 MB, of which two fit behind the one that runs.
    @Test func refusesBeyondTheBytes() throws {
      let worker = try Self.busyWorker()
      let bytes = [UInt8](repeating: 7, count: 60_000_000)
      for id in 10...12 { try worker.host.send(UInt64(id), Detect.self, images: [bytes]) }
      #expect(try worker.host.error(12).code == .busy)
      #expect(worker.memory() < 500 << 20, "\(worker.memory() >> 20) MB")
      for id in 1...2 { try worker.host.cancel(UInt64(id)) }
      #expect(try worker.finish() == .exit(0))
      #expect(try worker.host.error(10).code == .imageUndecodable)
      #expect(try worker.host.error(11).code == .imageUndecodable)
    }
  }
}
