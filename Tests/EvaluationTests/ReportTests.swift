import Foundation
import FoundationXML
import TestSupport
import Testing

@testable import Evaluation

/// Reports are well-formed, need nothing from outside, and show names as text only.
@Suite struct ReportTests {
  private static let hostile = "</title><script>alert(1)</script>\"'&\u{0}\u{202E}\u{1B}[31m"

  private static let header = ReportHeader(
    title: "Report " + hostile, version: "1", created: "2026-01-02T03:04:05.678Z",
    models: [.init(role: "recognizer", id: hostile, sha256: "00", licence: hostile)], facts: [.init(hostile, hostile)])

  private static var photos: PhotoSummary {
    var photos = PhotoSummary()
    for _ in 0..<300 { photos.add(PhotoFailure(path: hostile, code: hostile, message: hostile), listed: 1000) }
    return photos
  }

  private static func trials(_ count: Int) -> TrialSet {
    var random = SeededGenerator(seed: 3)
    var set = TrialSet()
    for index in 0..<count {
      let person = Int32(index % 20)
      set.add(Trial(score: Float.random(in: 0.3...0.9, using: &random), first: person), isGenuine: true)
      set.add(
        Trial(score: Float.random(in: -0.2...0.4, using: &random), first: person, second: person + 1), isGenuine: false)
    }
    return set
  }

  private static func verification(_ set: TrialSet, groups: [(name: String, trials: TrialSet)]? = nil) throws
    -> VerificationReport
  {
    try VerificationReport(
      header: header, photos: photos, people: 21, trials: set, folds: 10, threshold: 0.35, thresholdSource: "manifest",
      groups: groups, draws: 50, probability: { ($0 + 1) / 2 }, checkpoint: {})
  }

  private static func identification(_ people: Int, strangers: Int) throws -> IdentificationReport {
    var random = SeededGenerator(seed: 4)
    var outcomes: [ProbeOutcome] = []
    for person in 0..<people {
      for _ in 0..<4 {
        let named = Int.random(in: 0..<10, using: &random) == 0 ? (person + 1) % people : person
        outcomes.append(
          ProbeOutcome(
            person: Int32(person), group: Int32(person), best: Int32(named),
            score: Float.random(in: 0.4...1, using: &random),
            named: named % 7 == 0 ? nil : Int32(named), probability: 0.9, rank: 1))
      }
    }
    for stranger in 0..<strangers {
      outcomes.append(
        ProbeOutcome(
          person: nil, group: Int32(people + stranger), best: 0, score: Float.random(in: 0...0.6, using: &random),
          named: nil))
    }
    let measures = try RuleMeasures.measure(
      rule: "gallery", outcomes, people: people, groups: people + strangers, draws: 50)
    let rule = IdentificationReport.Rule(
      rule: "gallery", measures: measures, scores: ScoreBins(genuine: outcomes.map(\.score), impostor: [0.1]))
    return IdentificationReport(
      header: header, photos: photos, people: (0..<people).map { .init(name: "\($0)" + hostile, photos: 5, usable: 4) },
      probes: people * 4, strangers: strangers, leftOut: 3,
      rules: [rule, .init(rule: "classifier", skipped: hostile)],
      training: (1...9).map { .init(epoch: $0, loss: 1 / Double($0), accuracy: 0.9 + Double($0) / 100) })
  }

  /// Insists on well-formed markup without scripts or addresses; returns all text of it.
  private static func check(_ html: String) throws -> String {
    final class Reader: NSObject, XMLParserDelegate {
      var text = ""
      var names: Set<String> = []
      var attributes: Set<String> = []
      func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
      func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes found: [String: String]
      ) {
        names.insert(name)
        attributes.formUnion(found.keys)
      }
    }
    // HTML's void elements are closed for the XML parser.
    let closed = html.replacingOccurrences(of: "(<meta[^>]*[^/])>", with: "$1/>", options: .regularExpression)
      .replacingOccurrences(of: "<!DOCTYPE html>", with: "")
    let parser = XMLParser(data: Data(closed.utf8))
    let reader = Reader()
    parser.delegate = reader
    #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "") line \(parser.lineNumber)")
    #expect(reader.names.isDisjoint(with: ["script", "img", "link", "iframe", "object", "a", "form"]))
    #expect(!reader.attributes.contains { $0.hasPrefix("on") || $0 == "href" || $0 == "src" })
    #expect(!html.contains("http://") && !html.contains("https://") && !html.contains("url("))
    #expect(!html.utf8.contains(0) && !html.utf8.contains(0x1B))
    #expect(!html.contains("NaN") && !html.contains("inf\"") && !html.contains("nil"))
    return reader.text
  }

  @Test func verificationShowsTextAsText() throws {
    let groups = [(name: Self.hostile, trials: Self.trials(30)), (name: "empty", trials: TrialSet())]
    let html = try Self.verification(Self.trials(400), groups: groups).html()
    let text = try Self.check(html)
    #expect(text.contains("<script>alert(1)</script>"))
    #expect(html.contains("<svg") && html.contains("FNMR at FMR 1 %"))
    #expect(text.contains("Not shown: 0.1 %, 0.01 %"))
  }

  @Test(arguments: [
    TrialSet(), TrialSet(genuine: [Trial(score: 0.5, first: 0)]),
    TrialSet(impostor: [Trial(score: 0.5, first: 0, second: 1)]),
    TrialSet(
      genuine: [Trial(score: Trial.never, first: 0)], impostor: [Trial(score: Trial.never, first: 0, second: 1)]),
    TrialSet(genuine: [Trial(score: 0.5, first: 0)], impostor: [Trial(score: 0.5, first: 0, second: 1)]),
    TrialSet(genuine: [Trial(score: 1e30, first: 0)], impostor: [Trial(score: -1e30, first: 0, second: 1)]),
  ])
  func littleDataMakeAReportToo(set: TrialSet) throws {
    let report = try Self.verification(set)
    _ = try Self.check(report.html())
    _ = try JSONEncoder().encode(report)
  }

  @Test(arguments: [(1, 0), (2, 1), (30, 400), (60, 50)])
  func identificationShowsTextAsText(people: Int, strangers: Int) throws {
    let report = try Self.identification(people, strangers: strangers)
    let text = try Self.check(report.html())
    #expect(text.contains("<script>alert(1)</script>"))
    let decoded = try JSONDecoder().decode(IdentificationReport.self, from: JSONEncoder().encode(report))
    #expect(decoded == report)
  }

  @Test func csvQuotesAndDisarms() {
    var csv = CSVText(["a", "b"])
    csv.add(["=1+2", "x,\"y\"\n"])
    csv.add(["-0.25", "plain"])
    csv.add(["-cmd", "@x"])
    #expect(
      String(decoding: csv.bytes, as: UTF8.self) == "a,b\r\n'=1+2,\"x,\"\"y\"\"\n\"\r\n-0.25,plain\r\n'-cmd,'@x\r\n")
  }

  @Test(arguments: [
    (0.0, "0 %"), (0.0132, "1.32 %"), (0.5, "50.0 %"), (1, "100.0 %"), (0.0001, "0.010 %"), (0.9995, "99.95 %"),
    (0.00999, "1.00 %"),
  ])
  func writesShares(share: Double, text: String) { #expect(NumberText.percent(share) == text) }

  @Test func writesNumbers() {
    #expect(NumberText.decimal(-0.00004, 2) == "0.00")
    #expect(NumberText.decimal(-1234.5, 1) == "−1\u{202F}234.5")
    #expect(NumberText.decimal(.infinity, 2) == "–" && NumberText.decimal(1e300, 0).count > 3)
    #expect(NumberText.axisPercent(0.0001) == "0.01 %" && NumberText.axisPercent(0.2) == "20 %")
    #expect(NumberText.grouped(Int.min).hasPrefix("−9"))
  }
}
