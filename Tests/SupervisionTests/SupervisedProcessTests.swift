import Foundation
import Protocol
import Testing

@testable import Supervision

/// The supervisor with real processes that really die.
@Suite struct SupervisedProcessTests {
  @Test func crashWithFiveRequestsInFlight() throws {
    let status = try TestHost.run { host, supervisor, worker in
      supervisor.send(.request(1, "identify", #""hold":1"#))
      supervisor.send(.request(2, "enroll", #""hold":1"#, key: "k2"))
      supervisor.send(.request(3, "enroll", #""hold":1"#))
      supervisor.send(.request(4, "subjects.list", #""hold":1"#))
      supervisor.send(.request(5, "detect", #""crash":1"#))
      host.wait("five answers") { host in (1...5).allSatisfy { !host.terminals($0).isEmpty } }
      supervisor.send(.request(6, "subjects.get"))
      host.wait("one more answer") { !$0.terminals(6).isEmpty }
      for id: UInt64 in [1, 2, 4, 5, 6] {
        #expect(host.terminals(id) == [#"{"result": {"life": 2, "bytes": 0}}"#], "request \(id)")
      }
      #expect(host.terminals(3) == ["sessionLost"])
      #expect(host.error(3)?.retry == .later)
      let replayed = worker.journal.filter { $0.hasPrefix("2 ") && !$0.contains("start") }
      #expect(replayed == ["2 identify -", "2 enroll k2", "2 subjects.list -", "2 detect -", "2 subjects.get -"])
      let news = host.received.filter { $0.id.isConnection }.map { String(decoding: $0.json, as: UTF8.self) }
      #expect(news.count == 2)
      #expect(news.first == #"{"life": 1}"#)
      #expect(news.last?.contains(#""ready":{"life":2}"#) == true)
    }
    #expect(status == 0)
  }

  @Test func poisonIsQuarantinedAndOthersAreServed() throws {
    try TestHost.run { host, supervisor, _ in
      supervisor.send(.request(1, "detect", #""hold":1"#))
      supervisor.send(.request(2, "detect", #""poison":1"#))
      supervisor.send(.request(3, "embed", #""hold":1"#))
      host.wait("three answers") { host in (1...3).allSatisfy { !host.terminals($0).isEmpty } }
      #expect(host.terminals(1) == [#"{"result": {"life": 2, "bytes": 0}}"#])
      #expect(host.terminals(2) == ["sessionLost"])
      #expect(host.error(2)?.details["poisoned"] == .bool(true))
      #expect(host.terminals(3) == [#"{"result": {"life": 3, "bytes": 0}}"#])
    }
  }

  @Test func imagesOfAReplayComeOnce() throws {
    try TestHost.run { host, supervisor, _ in
      supervisor.send(.request(1, "detect", #""images":6,"crashAt":3"#))
      host.wait("the answer") { !$0.terminals(1).isEmpty }
      let events = host.received.filter { $0.id.value == 1 && $0.kind == .event }
      #expect(events.compactMap { FrameFacts($0).image } == [0, 1, 2, 3, 4, 5])
    }
  }

  @Test func crashLoopGivesUp() throws {
    let status = try TestHost.run(["--dies-at-start"]) { host, supervisor, worker in
      supervisor.send(.request(1, "detect"))
      #expect(supervisor.waitUntilExit() == 70)
      #expect(host.terminals(1) == ["sessionLost"])
      #expect(host.received.last?.id == .connection)
      #expect(worker.processes.count == 6)
    }
    #expect(status == 70)
  }

  @Test(arguments: [[], ["--stubborn"]])
  func hangIsKilledAndReplaced(options: [String]) throws {
    try TestHost.run(options) {
      $0.pingInterval = .milliseconds(250)
      $0.killGrace = .milliseconds(250)
    } _: { host, supervisor, worker in
      supervisor.send(.request(1, "detect", #""hang":1"#))
      host.wait("the answer") { !$0.terminals(1).isEmpty }
      #expect(host.terminals(1) == [#"{"result": {"life": 2, "bytes": 0}}"#])
    }
  }

  @Test func neverReadyIsKilledAndReplaced() throws {
    try TestHost.run(["--never-ready"]) {
      $0.startLimit = .seconds(2)
      $0.maxRestarts = 1
    } _: { _, supervisor, worker in
      #expect(supervisor.waitUntilExit() == 70)
      #expect(worker.processes.count == 2)
    }
  }

  @Test(arguments: ["crashInFrame", "chatter"])
  func brokenOutput(how: String) throws {
    try TestHost.run { host, supervisor, _ in
      supervisor.send(.request(1, "detect", #""\#(how)":1"#))
      host.wait("the answer") { !$0.terminals(1).isEmpty }
      #expect(host.terminals(1) == [#"{"result": {"life": 2, "bytes": 0}}"#])
    }
  }

  @Test func childrenOfTheWorkerDieWithIt() throws {
    try TestHost.run { host, supervisor, worker in
      supervisor.send(.request(1, "detect", #""child":1"#))
      host.wait("an answer") { !$0.terminals(1).isEmpty }
      supervisor.send(.request(2, "detect", #""crash":1"#))
      host.wait("the answer of the next life") { !$0.terminals(2).isEmpty }
      #expect(worker.processes.count == 3)
    }
  }

  @Test func bigFramesBothWaysAndAFloodOfLog() throws {
    try TestHost.run { host, supervisor, _ in
      for id in 1...4 {
        supervisor.send(.request(UInt64(id), "detect", #""flood":2048"#, attachment: 4 << 20))
      }
      host.wait("four answers") { host in (1...4).allSatisfy { !host.terminals($0).isEmpty } }
      let answers = host.received.filter { $0.kind == .result }
      #expect(answers.count == 4)
      #expect(answers.allSatisfy { $0.attachments.count == 4 << 20 && $0.attachments.allSatisfy { $0 == 7 } })
      host.wait("the log") { $0.logBytes >= 8 << 20 }
    }
  }

  @Test func cancelReachesTheWorker() throws {
    try TestHost.run { host, supervisor, _ in
      let request = Frame.request(1, "detect", #""hold":1"#)
      supervisor.send(request)
      host.wait("ready") { !$0.received.isEmpty }
      supervisor.send(Frame(kind: .cancel, id: request.id, json: "{}"))
      host.wait("the answer") { !$0.terminals(1).isEmpty }
      #expect(host.terminals(1) == ["cancelled"])
    }
  }

  @Test func endOfInputGivesTheWorkersStatus() throws {
    let status = try TestHost.run(["--status-5"]) { host, supervisor, worker in
      supervisor.send(.request(1, "detect"))
      supervisor.finish()
      _ = supervisor.waitUntilExit()
      #expect(host.terminals(1).count == 1)
      #expect(worker.journal.last == "1 eof")
    }
    #expect(status == 5)
  }

  @Test func missingProgram() {
    let supervisor = Supervisor(command: ["/nowhere/face-worker"], log: { _ in }, deliver: { _ in true })
    supervisor.start()
    #expect(supervisor.waitUntilExit() == 127)
  }
}
