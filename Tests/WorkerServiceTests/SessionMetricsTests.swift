import Foundation
import Protocol
import Telemetry
import TestSupport
import Testing

@testable import WorkerService

/// Metrics in a file, as a collector reads them.
@Suite struct SessionMetricsTests {
  private let file = FileManager.default.temporaryDirectory.path + "/session-\(UUID().uuidString).prom"

  private func run(startTime: Double? = nil, intervalMs: Int = 60_000) throws {
    let harness = try SessionHarness {
      $0.metrics = MetricsDestination(
        path: file, labels: [MetricLabel("slot", "3")], intervalMs: intervalMs, startTime: startTime)
    }
    _ = try harness.host.next()
    try harness.host.request(1, "status")
    _ = try harness.host.terminal(1)
    try harness.host.request(2, "status", ["odd": 1])
    _ = try harness.host.terminal(2)
    try harness.host.request(3, "nonsense")
    _ = try harness.host.terminal(3)
    harness.host.closeInput()
    #expect(try harness.status() == 0)
  }

  @Test func theLastWriteHasEverything() throws {
    defer { try? FileManager.default.removeItem(atPath: file) }
    try run()
    let metrics = try MetricParser(String(contentsOfFile: file, encoding: .utf8))
    #expect(metrics.samples.allSatisfy { $0.labels["slot"] == "3" })
    #expect(metrics.value("face_worker_requests_total") == 3)
    let answers = metrics.samples.filter { $0.name == "face_worker_answers_total" }
    #expect(answers.reduce(0) { $0 + $1.value } == 3)
    #expect(metrics.value("face_worker_answers_total", ["outcome": "unknownMethod"]) == 1)
    let count = try #require(metrics.value("face_worker_request_duration_seconds_count", ["method": "status"]))
    #expect(count == 2)
    #expect(metrics.value("face_worker_gallery_subjects") == 3)
    #expect(metrics.value("face_worker_gallery_templates") == 9)
    #expect(metrics.value("face_worker_generation") == 42)
    #expect(metrics.value("face_worker_model_info", ["role": "recognizer", "model": "m"]) == 1)
    #expect(try #require(metrics.value("face_worker_resident_bytes")) > 1_000_000)
    #expect(try #require(metrics.value("face_worker_open_descriptors")) > 3)
    #expect(try #require(metrics.value("face_worker_cpu_seconds_total")) > 0)
    for name in ["work", "models", "status", "jobs", "trainings", "captures"] {
      #expect(metrics.value("face_worker_waiting_requests", ["class": name]) == 0, "\(name)")
      #expect(metrics.value("face_worker_running_requests", ["class": name]) == 0, "\(name)")
    }
    let start = try #require(metrics.value("face_worker_start_time_seconds"))
    #expect(abs(start - Date.now.timeIntervalSince1970) < 60)
  }

  /// What is written is what PROTOCOL.md lists, and no more.
  @Test func theDocumentListsThemAll() throws {
    defer { try? FileManager.default.removeItem(atPath: file) }
    try run()
    let metrics = try MetricParser(String(contentsOfFile: file, encoding: .utf8))
    let document = URL(filePath: #filePath).appending(path: "../../../PROTOCOL.md").standardized
    let text = try String(contentsOf: document, encoding: .utf8)
    let listed = text.matches(of: /\| `(face_worker_[a-z_]+)`/).map { String($0.1) }
    #expect(Set(listed) == Set(metrics.kinds.keys))
    #expect(listed.count == Set(listed).count)
  }

  @Test func isWrittenWhileItRuns() throws {
    defer { try? FileManager.default.removeItem(atPath: file) }
    let harness = try SessionHarness { $0.metrics = MetricsDestination(path: file, intervalMs: 10) }
    _ = try harness.host.next()
    try harness.host.request(1, "status")
    _ = try harness.host.terminal(1)
    let limit = ContinuousClock.now + .seconds(20)
    func received() -> Double? {
      (try? MetricParser(String(contentsOfFile: file, encoding: .utf8)))?.value("face_worker_requests_total")
    }
    while received() != 1, ContinuousClock.now < limit { usleep(5_000) }
    #expect(received() == 1)
    harness.host.closeInput()
    #expect(try harness.status() == 0)
  }

  /// A worker that was replaced finishes beside its successor and must not write over it; a file that nobody writes any more is
  /// taken over whatever it says.
  @Test func theLastToStartHasTheFile() throws {
    defer { try? FileManager.default.removeItem(atPath: file) }
    let later = Date.now.timeIntervalSince1970 + 1_000
    let foreign = "face_worker_start_time_seconds{slot=\"3\"} \(later)\n"
    #expect(MetricsFile.write(foreign, to: file) == 0)
    try run()
    #expect(try String(contentsOfFile: file, encoding: .utf8) == foreign)
    try FileManager.default.setAttributes([.modificationDate: Date.now - 120], ofItemAtPath: file)
    try run()
    #expect(try String(contentsOfFile: file, encoding: .utf8) != foreign)
    try run(startTime: later)
    #expect(MetricsFile.value(of: MetricsReport.startTimeName, in: file)?.value == later)
  }

  @Test func aFolderThatIsGoneStopsNothing() throws {
    let harness = try SessionHarness { $0.metrics = MetricsDestination(path: "/nowhere/x.prom", intervalMs: 5) }
    _ = try harness.host.next()
    try harness.host.request(1, "ping")
    _ = try harness.host.terminal(1)
    harness.host.closeInput()
    #expect(try harness.status() == 0)
  }
}
