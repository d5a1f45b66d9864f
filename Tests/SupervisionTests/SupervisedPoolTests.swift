import Foundation
import Protocol
import TestSupport
import Testing

@testable import Supervision

/// Pools, replacements and limits with real processes.
@Suite struct SupervisedPoolTests {
  @Test func aCrashInAPoolLosesNothing() throws {
    let status = try TestHost.run {
      $0.workers = 3
    } _: { host, supervisor, worker in
      host.wait("three workers") { _ in worker.processes.count == 3 }
      for id in 1...60 {
        let params = id == 30 ? #""crashOnce":1"# : ""
        supervisor.send(.request(UInt64(id), id % 3 == 0 ? "enroll" : "detect", params, key: "k\(id)"))
      }
      host.wait("all answers") { host in (1...60).allSatisfy { !host.terminals($0).isEmpty } }
      for id in 1...60 {
        let terminals = host.terminals(UInt64(id))
        #expect(terminals.count == 1 && terminals[0].hasPrefix(#"{"result""#), "request \(id): \(terminals)")
      }
      #expect(worker.processes.count >= 3)
    }
    #expect(status == 0)
  }

  @Test func replacementUnderLoadLosesNothing() throws {
    try TestHost.run {
      $0.workers = 2
    } _: { host, supervisor, worker in
      host.wait("both workers") { _ in worker.processes.count == 2 }
      var last: UInt64 = 0
      func send(_ count: Int) {
        for _ in 0..<count {
          last += 1
          supervisor.send(.request(last, "detect"))
        }
      }
      send(20)
      supervisor.replaceWorkers()
      host.wait("two replacements") { host in
        send(1)
        return events(of: host, "replaced").count == 2
      }
      send(20)
      host.wait("all answers") { host in (1...last).allSatisfy { !host.terminals($0).isEmpty } }
      #expect((1...last).allSatisfy { host.terminals($0).first?.hasPrefix(#"{"result""#) == true })
      #expect(worker.processes.count == 4)
      host.wait("the end of the old workers") { _ in worker.journal.count { $0.hasSuffix(" eof") } == 2 }
    }
  }

  @Test func programThatDoesNotStartChangesNothing() throws {
    try TestHost.run { host, supervisor, worker in
      supervisor.send(.request(1, "detect"))
      host.wait("an answer") { !$0.terminals(1).isEmpty }
      supervisor.replaceWorkers(command: ["/nowhere/face-worker"])
      supervisor.replaceWorkers(command: worker.command() + ["--dies-at-start"])
      supervisor.send(.request(2, "detect"))
      host.wait("an answer") { !$0.terminals(2).isEmpty }
      #expect(host.terminals(2) == host.terminals(1))
    }
  }

  @Test func recycledWorkersLoseNothing() throws {
    try TestHost.run {
      $0.recycleRequests = 10
    } _: { host, supervisor, worker in
      var last: UInt64 = 0
      host.wait("two replacements") { host in
        last += 1
        supervisor.send(.request(last, "detect"))
        let id = last
        host.wait("an answer") { !$0.terminals(id).isEmpty }
        return events(of: host, "replaced").count >= 2
      }
      #expect((1...last).allSatisfy { host.terminals($0).first?.hasPrefix(#"{"result""#) == true })
      #expect(events(of: host, "restarted").isEmpty)
    }
  }

  @Test func memoryHasACeiling() throws {
    try TestHost.run {
      $0.memoryLimit = 512 << 20
    } _: { host, supervisor, _ in
      supervisor.send(.request(1, "detect", #""allocate":16"#))
      host.wait("an answer") { !$0.terminals(1).isEmpty }
      #expect(host.terminals(1).first?.hasPrefix(#"{"result""#) == true)
      supervisor.send(.request(2, "detect", #""allocate":1024"#))
      supervisor.send(.request(3, "embed"))
      host.wait("two answers") { !$0.terminals(2).isEmpty && !$0.terminals(3).isEmpty }
      #expect(host.terminals(2) == ["sessionLost"])
      #expect(host.error(2)?.details["poisoned"] == .bool(true))
      #expect(host.terminals(3).first?.hasPrefix(#"{"result""#) == true)
    }
  }

  @Test func quarantineRemembersThePicture() throws {
    try TestHost.run { host, supervisor, worker in
      supervisor.send(.request(1, "detect", #""poison":1"#, attachment: 1_000))
      host.wait("an answer") { !$0.terminals(1).isEmpty }
      let starts = worker.processes.count
      #expect(starts == 3 || host.terminals(1) == ["sessionLost"])
      supervisor.send(.request(2, "identify", "", attachment: 1_000))
      host.wait("an answer") { !$0.terminals(2).isEmpty }
      #expect(host.error(2)?.details["quarantined"] == .bool(true))
      supervisor.send(.request(3, "identify", "", attachment: 1_001))
      host.wait("an answer") { !$0.terminals(3).isEmpty }
      #expect(host.terminals(3).first?.hasPrefix(#"{"result""#) == true)
    }
  }

  @Test func metricsAreWritten() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "metrics-\(UUID().uuidString).prom")
    defer { try? FileManager.default.removeItem(at: file) }
    try TestHost.run {
      $0.metricsFile = file.path
    } _: { host, supervisor, _ in
      supervisor.send(.request(1, "detect", #""crash":1"#))
      host.wait("an answer") { !$0.terminals(1).isEmpty }
    }
    let text = try String(contentsOf: file, encoding: .utf8)
    let metrics = try MetricParser(text)
    #expect(metrics.value("face_supervisor_answers_total", ["outcome": "result"]) == 1)
    #expect(metrics.value("face_supervisor_losses_total", ["end": "signal_9"]) == 1)
    #expect(metrics.value("face_supervisor_replays_total") == 1)
  }

  private func events(of host: TestHost, _ name: String) -> [Frame] {
    host.received.filter {
      $0.kind == .event && String(decoding: $0.json, as: UTF8.self).contains(#""event":"\#(name)""#)
    }
  }
}
