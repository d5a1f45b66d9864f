import Foundation
import Telemetry
import TestSupport
import Testing

@Suite struct MetricTextTests {
  @Test func everyKindIsReadBack() throws {
    var text = MetricText(labels: [MetricLabel("slot", "1")])
    text.counter("a_total", "All of \"them\", \\ and\nmore.", 1e15)
    text.gauge("b", "Less.", -0.125)
    text.counters("c_total", "By kind.", "kind", ["x": 1, "y \"quoted\" \\ and\nbroken": 2])
    text.gauges("d", "None.", "kind", [:])
    text.gauge("e", "Odd.", .infinity)
    text.gauge("f", "Tiny.", 1.5e-300)
    let parsed = try MetricParser(text.text)
    #expect(parsed.value("a_total", ["slot": "1"]) == 1e15)
    #expect(text.text.contains("a_total{slot=\"1\"} 1000000000000000\n"))
    #expect(parsed.value("b") == -0.125)
    #expect(parsed.value("c_total", ["kind": "x", "slot": "1"]) == 1)
    #expect(parsed.value("c_total", ["kind": "y \"quoted\" \\ and\nbroken"]) == 2)
    #expect(parsed.kinds["d"] == "gauge")
    #expect(parsed.value("e") == .infinity)
    #expect(parsed.value("f") == 1.5e-300)
  }

  @Test func histogramsAreExactAtTheirBounds() throws {
    var histogram = MetricHistogram()
    for bound in MetricHistogram.bounds { histogram.record(bound) }
    for odd in [-1, .nan, 1e300, Double.infinity] { histogram.record(odd) }
    var text = MetricText()
    text.histograms("t_seconds", "Times.", "method", ["m": histogram])
    let parsed = try MetricParser(text.text)
    for (place, bound) in MetricHistogram.bounds.enumerated() {
      let le = bound == bound.rounded() ? "\(Int(bound))" : "\(bound)"
      #expect(parsed.value("t_seconds_bucket", ["le": le, "method": "m"]) == Double(place + 3), "\(le)")
    }
    #expect(parsed.value("t_seconds_bucket", ["le": "+Inf"]) == Double(MetricHistogram.bounds.count + 4))
    #expect(parsed.value("t_seconds_count") == Double(histogram.count))
  }

  @Test(arguments: [
    ("slot=1", "slot", "1"), ("_a9=", "_a9", ""), ("a=b=c", "a", "b=c"), ("a=\"", "a", "\""),
  ])
  func labelsOfTheUser(text: String, name: String, value: String) {
    #expect(MetricLabel(text) == MetricLabel(name, value))
  }

  @Test(arguments: ["", "=", "=x", "slot", "9a=x", "a-b=x", "é=x", "__a=x", "le=1", "method=x", " a=x"])
  func labelsThatAreNone(text: String) { #expect(MetricLabel(text) == nil) }

  /// The reader of the tests must be able to refuse.
  @Test(arguments: [
    "a 1\n", "# HELP a x\na 1\n", "# HELP a x\n# TYPE a gauge\na 1", "# HELP a x\n# TYPE a counter\na 1\n",
    "# HELP a_total x\n# TYPE a_total gauge\na_total 1\n", "# HELP a x\n# TYPE a gauge\na 1\na 2\n",
    "# HELP a x\n# TYPE a gauge\nb 1\n", "# HELP a x\n# TYPE a gauge\na  1\n", "# HELP a x\n# TYPE a gauge\na x\n",
    "# HELP a x\n# TYPE a gauge\na{b=\"c} 1\n", "# HELP a x\n# TYPE a gauge\na{b=c} 1\n",
    "# HELP a x\n# TYPE a gauge\na{b=\"\\c\"} 1\n", "# HELP a_total x\n# TYPE a_total counter\na_total -1\n",
    "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n",
    "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
  ])
  func theReaderIsStrict(text: String) {
    #expect(throws: MetricParser.Problem.self) { try MetricParser(text) }
  }
}

@Suite struct MetricsFileTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "metrics-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  @Test func replacesAndLeavesNothing() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.path + "/x.prom"
    let old = umask(0o077)
    #expect(MetricsFile.write("one 1\n", to: path) == 0)
    #expect(MetricsFile.write("two_total 1\ntwo{a=\"b\"} 2.5\n", to: path) == 0)
    umask(old)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x.prom"])
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o644)
    let found = try #require(MetricsFile.value(of: "two", in: path))
    #expect(found.value == 2.5)
    #expect(abs(found.age) <= 5)
    #expect(MetricsFile.value(of: "one", in: path) == nil)
    #expect(MetricsFile.value(of: "two", in: folder.path) == nil)
    #expect(MetricsFile.write("x", to: folder.path + "/nowhere/x.prom") == ENOENT)
  }

  @Test func theSystemTells() throws {
    let resident = try #require(ProcessFacts.residentBytes())
    #expect(resident > 1_000_000)
    #expect(try #require(ProcessFacts.peakResidentBytes) >= 1_000_000)
    #expect(ProcessFacts.residentBytes(of: getpid()) != nil)
    let before = try #require(ProcessFacts.descriptors)
    let opened = (0..<50).map { _ in open("/dev/null", O_RDONLY) }
    // Other tests run beside this one.
    #expect(abs(try #require(ProcessFacts.descriptors) - before - 50) < 20)
    opened.forEach { close($0) }
    #expect(try #require(ProcessFacts.descriptorLimit) >= 50)
    #expect(ProcessFacts.processorSeconds > 0)
  }
}
