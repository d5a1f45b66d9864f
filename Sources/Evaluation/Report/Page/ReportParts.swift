internal import Calibration

/// Sections that both kinds of reports have.
enum ReportParts {
  private static let listedFailures = 200

  static func head(_ header: ReportHeader, _ sentence: String) -> String {
    let day = header.created.prefix(10)
    let time = header.created.dropFirst(11).prefix(8)
    return
      "<h1>\(Markup.escaped(header.title))</h1><p class=\"sub\">\(Markup.escaped("\(day) \(time) UTC")), face-worker "
      + "\(Markup.escaped(header.version)). \(sentence)</p>"
  }

  /// Models, settings, and the meaning of intervals.
  static func method(_ header: ReportHeader, _ notes: [String]) -> String {
    let models = Markup.table(
      ["model", "id", "SHA-256 of the weights", "licence"],
      header.models.map {
        [
          Markup.escaped($0.role), Markup.escaped($0.id), "<code>\(Markup.escaped($0.sha256))</code>",
          Markup.escaped($0.licence),
        ]
      }, numbersFrom: 9)
    let facts = Markup.table(
      ["setting", "value"], header.facts.map { [Markup.escaped($0.name), Markup.escaped($0.value)] }, numbersFrom: 9)
    let intervals =
      "<p>Small numbers are 95 % intervals. They come from drawing people anew, with replacement, since photos of one person "
      + "are alike; they are never narrower than the exact binomial interval (Clopper and Pearson). Intervals that overlap show "
      + "no difference.</p>"
    return HTMLPage.section("How this was measured", models, facts, intervals, notes.map { "<p>\($0)</p>" }.joined())
  }

  /// Photos that could not be used.
  static func photos(_ photos: PhotoSummary) -> String {
    let reasons = photos.reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\(NumberText.grouped($0.value)) \(Markup.escaped($0.key))" }.joined(separator: ", ")
    let share = photos.photos > 0 ? Double(photos.failed) / Double(photos.photos) : 0
    var text =
      "<p>\(NumberText.grouped(photos.photos)) photos; \(NumberText.grouped(photos.failed)) could not be used "
      + "(\(NumberText.percent(share)) failures to find a face\(reasons.isEmpty ? "" : ": " + reasons)). In "
      + "\(NumberText.grouped(photos.severalFaces)) there were several faces, of which one was taken.</p>"
    if !photos.failures.isEmpty {
      text += Markup.table(
        ["photo", "reason", "explanation"],
        photos.failures.prefix(listedFailures).map {
          [Markup.name($0.path), Markup.escaped($0.code), Markup.escaped($0.message)]
        }, numbersFrom: 9)
      if photos.failed > listedFailures { text += "<p class=\"note\">The first \(listedFailures) are listed.</p>" }
    }
    return HTMLPage.section("Photos", text)
  }

  /// The miss rates where the false rate is held.
  static func held(_ measures: CurveMeasures, _ words: CurveCharts.Words, unit: String) -> String {
    let rows = measures.held.map { held in
      [
        NumberText.axisPercent(held.falseRate), NumberText.score(held.threshold), Markup.rate(held.missRate),
        "\(NumberText.grouped(held.missRate.errors)) of \(NumberText.grouped(held.missRate.comparisons))",
      ]
    }
    let missing = CurveMeasures.falseRates.filter { $0 < measures.smallestFalseRate }
    let note =
      missing.isEmpty
      ? ""
      : "<p class=\"note\">Not shown: \(missing.map(NumberText.axisPercent).joined(separator: ", ")). With "
        + "\(NumberText.grouped(measures.impostor)) \(unit) rates below \(NumberText.percent(measures.smallestFalseRate)) "
        + "cannot be told from none (rule of three).</p>"
    return Markup.table(["\(words.falseRate), at most", "threshold", words.missRate, "misses"], rows)
      + note
  }
}
