import Protocol
import TestSupport
import Testing

@testable import WorkerService

/// Jobs run beside the requests, one at a time, and keep the rules that every request keeps.
@Suite struct SessionJobTests {
  private func job(_ harness: SessionHarness, _ id: UInt64, _ model: String = "gate", deadlineMs: Int? = nil) throws {
    try harness.host.request(id, "gallery.reembed", ["model": .string(model)], deadlineMs: deadlineMs)
  }

  /// Reads until the request with this id has sent an event.
  private func waitForEvent(_ harness: SessionHarness, _ id: UInt64) throws {
    while !harness.host.frames.contains(where: { $0.id.value == id && $0.kind == .event }) {
      _ = try harness.host.next()
    }
  }

  @Test func aJobKeepsNoExecutorFromRequests() throws {
    let harness = try SessionHarness { $0.executors = 1 }
    try job(harness, 1)
    try job(harness, 2)
    try harness.waitForBlocked(1)
    for id in 3...20 { try harness.host.request(UInt64(id), "subjects.get", ["subject": "x"]) }
    for id in 3...20 { _ = try harness.host.reply(UInt64(id), SubjectsGet.self) }
    #expect(harness.host.terminals[1] == nil && harness.host.terminals[2] == nil)
    try waitForEvent(harness, 1)
    try harness.host.request(21, "status")
    let status = try harness.host.reply(21, Status.self).result
    #expect(
      status.jobs == [
        JobStatus(id: "1", kind: "gallery.reembed", state: "running", progress: 0.25),
        JobStatus(id: "2", kind: "gallery.reembed", state: "waiting"),
      ])
    #expect(status.queue.pending == 0 && status.queue.running == 0)
    harness.gate.open()
    #expect(try harness.host.reply(1, GalleryReembed.self).result.embedded == 4)
    #expect(try harness.host.reply(2, GalleryReembed.self).result.embedded == 4)
    try harness.host.request(22, "status")
    #expect(try harness.host.reply(22, Status.self).result.jobs == [])
    harness.host.closeInput()
    try harness.host.readToEnd()
    #expect(try harness.status() == 0)
  }

  @Test func aJobIsCancelledRunningAndWaiting() throws {
    let harness = try SessionHarness { $0.executors = 1 }
    try job(harness, 1, "spin")
    try job(harness, 2, "spin")
    try waitForEvent(harness, 1)
    try harness.host.cancel(2)
    #expect(try harness.host.error(2).code == .cancelled)
    try harness.host.cancel(1)
    #expect(try harness.host.error(1).code == .cancelled)
    try job(harness, 3, "x")
    #expect(try harness.host.reply(3, GalleryReembed.self).result.model == "x")
    try job(harness, 4, "spin", deadlineMs: 50)
    #expect(try harness.host.error(4).code == .deadlineExceeded)
    try harness.host.request(5, "status")
    #expect(try harness.host.reply(5, Status.self).result.queue.pendingBytes == 0)
  }

  @Test func theEndOfInputFinishesJobs() throws {
    let harness = try SessionHarness()
    try job(harness, 1)
    try job(harness, 2)
    try harness.waitForBlocked(1)
    harness.host.closeInput()
    harness.gate.open()
    try harness.host.readToEnd()
    #expect(harness.host.frames.filter { $0.kind == .result }.map(\.id.value) == [1, 2])
    #expect(try harness.status() == 0)
  }

  /// What a job has done stays, so it does not wait for the limit of 4 s.
  @Test func aStopEndsJobsAtTheirNextStep() throws {
    let harness = try SessionHarness { $0.stopLimitMs = 600_000 }
    try job(harness, 1, "spin")
    try job(harness, 2, "spin")
    try waitForEvent(harness, 1)
    // Read in order: with its answer the second job is in the queue.
    try harness.host.request(3, "ping")
    _ = try harness.host.reply(3, Ping.self)
    harness.session.stop()
    try harness.host.readToEnd()
    #expect(try harness.host.error(1).code == .cancelled)
    #expect(try harness.host.error(2).code == .cancelled)
    #expect(try harness.status() == 0)
  }

  @Test func tooManyJobsAreRefused() throws {
    let harness = try SessionHarness()
    try job(harness, 1)
    try harness.waitForBlocked(1)
    let last = UInt64(RequestBoard.jobBound) + 2
    for id in 2...last { try job(harness, id) }
    let error = try harness.host.error(last)
    #expect(error.code == .busy && error.retry == .later)
    // Requests are not counted against the jobs' places.
    try harness.host.request(100, "subjects.get", ["subject": "x"])
    _ = try harness.host.reply(100, SubjectsGet.self)
    harness.gate.open()
    for id in 1..<last { _ = try harness.host.reply(id, GalleryReembed.self) }
  }

  /// In text mode the order of the lines counts for jobs too.
  @Test func textModeKeepsTheOrder() throws {
    let text = """
      {"id":1,"method":"gallery.reembed","params":{"model":"x"}}
      {"id":2,"method":"subjects.get","params":{"subject":"x"}}
      """
    let (lines, status) = try LineModeTests.run(text)
    #expect(status == 0)
    let results = lines.filter { $0["kind"] == "result" }.map { $0["id"] }
    #expect(results == [1, 2])
  }
}
