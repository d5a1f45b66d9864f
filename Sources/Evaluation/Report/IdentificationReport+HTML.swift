internal import Calibration

extension IdentificationReport {
  private static let styles = ["c1", "c2", "c3", "c4"]
  private static let listedPeople = 500
  private static let listedConfusions = 20

  /// The report as one HTML file.
  package func html() -> String {
    let sentence =
      "\(NumberText.grouped(people.count)) people enrolled with \(NumberText.grouped(people.reduce(0) { $0 + $1.usable })) photos, "
      + "\(NumberText.grouped(probes)) photos of them and \(NumberText.grouped(strangers)) of strangers looked up."
    var body = [ReportParts.head(header, sentence)]
    let empty = people.count { $0.usable == 0 }
    if empty > 0 {
      body.append("<p class=\"warn\">\(empty) people could not be enrolled: none of their photos could be used.</p>")
    }
    body += [tiles, comparison, curveSection, trainingSection]
    for rule in rules { body.append(section(rule)) }
    body.append(ReportParts.photos(photos))
    body.append(
      ReportParts.method(
        header,
        [
          "FPIR is the share of strangers' photos that get a name; FNIR the share of known people's photos that do not get "
            + "the right one, photos without a usable face included. The threshold for an FPIR is chosen on these strangers.",
          leftOut > 0
            ? "\(NumberText.grouped(leftOut)) photos of strangers were left out, since their folder has the name of an enrolled person."
            : "",
        ].filter { !$0.isEmpty }))
    return HTMLPage.document(title: header.title, body: body)
  }

  private var measured: [RuleMeasures] { rules.compactMap(\.measures) }

  private var curves: [NamedCurve] {
    measured.enumerated().compactMap { index, measures in
      measures.curve.map {
        NamedCurve(name: measures.rule, measures: $0, style: Self.styles[index % Self.styles.count])
      }
    }
  }

  /// The rule with the fewest misses at 1 %, else the one with the most right names in front.
  private var best: RuleMeasures? {
    measured.min { a, b in
      func miss(_ rule: RuleMeasures) -> Double {
        rule.curve?.held.first { $0.falseRate == 0.01 }?.missRate.value ?? 1 - rule.rank1.value
      }
      return miss(a) < miss(b)
    }
  }

  private var tiles: String {
    guard let best else { return "" }
    let which = measured.count > 1 ? ", \(best.rule)" : ""
    var tiles = [
      HTMLPage.tile(
        "Right name in front\(which)", NumberText.percent(best.rank1.value),
        NumberText.interval(best.rank1.low, best.rank1.high))
    ]
    for held in best.curve?.held ?? [] where held.falseRate < 0.05 {
      tiles.append(
        HTMLPage.tile(
          "FNIR at FPIR \(NumberText.axisPercent(held.falseRate))\(which)", NumberText.percent(held.missRate.value),
          NumberText.interval(held.missRate.low, held.missRate.high)))
    }
    tiles.append(
      HTMLPage.tile(
        "Wrong names, as decided\(which)", NumberText.percent(best.decisions.wrong.value),
        NumberText.interval(best.decisions.wrong.low, best.decisions.wrong.high)))
    if let named = best.decisions.strangersNamed {
      tiles.append(
        HTMLPage.tile(
          "Strangers named, as decided\(which)", NumberText.percent(named.value),
          NumberText.interval(named.low, named.high)))
    }
    return HTMLPage.tiles(tiles)
  }

  private var comparison: String {
    let rows = rules.map { rule -> [String] in
      guard let measures = rule.measures else {
        return [Markup.escaped(rule.rule), "not tried"] + Array(repeating: "", count: 6)
      }
      func held(_ rate: Double) -> String {
        measures.curve?.held.first { $0.falseRate == rate }.map { Markup.rate($0.missRate) } ?? "–"
      }
      let wrong = measures.wrongNames.first { $0.falseRate == 0.01 }.map { Markup.rate($0.rate) } ?? "–"
      return [
        Markup.escaped(rule.rule), Markup.rate(measures.rank1), held(0.01), held(0.001), wrong,
        Markup.rate(measures.decisions.right), Markup.rate(measures.decisions.wrong),
        measures.decisions.strangersNamed.map(Markup.rate) ?? "–",
      ]
    }
    return HTMLPage.section(
      "Rules",
      Markup.table(
        [
          "rule", "right name in front", "FNIR at FPIR 1 %", "at 0.1 %", "wrong name at FPIR 1 %", "named rightly",
          "given another's name", "strangers named",
        ], rows),
      "<p class=\"note\">The last three columns are at the rule's own thresholds, as identify would answer.</p>")
  }

  private var curveSection: String {
    guard !curves.isEmpty else { return "" }
    let legend = curves.count > 1 ? Plot.legend(curves.map { (style: $0.style, text: $0.name) }) : ""
    return HTMLPage.section(
      "Error curves", legend,
      HTMLPage.pair([
        Markup.figure(
          "DET", CurveCharts.det(curves, .identification),
          "Lower left is better. Axes of normal deviates; points are equal error rates."),
        Markup.figure(
          "ROC", CurveCharts.roc(curves, .identification), "Upper left is better. FPIR on an axis of decades."),
      ]))
  }

  private var trainingSection: String {
    guard let training, !training.isEmpty else { return "" }
    return HTMLPage.section(
      "Training of the classifier",
      "<div class=\"pair\"><figure>\(TrainingChart.draw(training))</figure></div>")
  }

  private func section(_ rule: Rule) -> String {
    guard let measures = rule.measures else {
      return HTMLPage.section("Rule: \(rule.rule)", "<p>Not tried: \(Markup.escaped(rule.skipped ?? ""))</p>")
    }
    let names = people.map(\.name)
    var figures: [String] = []
    if let scores = rule.scores {
      let thresholds = (measures.curve?.held ?? []).compactMap { held in
        held.threshold.map {
          (score: $0, text: "FPIR \(NumberText.axisPercent(held.falseRate)): \(NumberText.score($0))")
        }
      }
      figures.append(
        Markup.figure(
          "Scores of the name in front",
          ScoreChart.draw(scores, kinds: ("known people, right name", "strangers"), thresholds: thresholds),
          "Each kind adds up to 100 %."))
    }
    if let reliability = measures.reliability {
      let meaning =
        rule.rule == "gallery"
        ? " This rule states how likely two photos with such a score are one person's, and knows nothing of strangers."
        : ""
      figures.append(
        Markup.figure(
          "Reliability of the stated probability", ReliabilityChart.draw(reliability),
          "All probes, strangers too: a stranger's name is never right.\(meaning) Expected calibration error "
            + "\(NumberText.percent(reliability.expectedError))."))
    }
    let matrix = ConfusionChart.draw(measures, names: names)
    let partial =
      matrix.leftOut > 0
      ? " The \(names.count - matrix.leftOut) people with the most errors; \(matrix.leftOut) are left out." : ""
    let confusion = Markup.figure(
      "Who was given whose name", matrix.svg,
      "Rows are who it was, columns who was named; shades are shares of a row.\(partial)")
    return HTMLPage.section(
      "Rule: \(rule.rule)", HTMLPage.pair(figures),
      measures.curve.map { ReportParts.held($0, .identification, unit: "photos of strangers") } ?? "",
      confusion, confusions(measures, names), table(measures, names))
  }

  private func confusions(_ measures: RuleMeasures, _ names: [String]) -> String {
    func name(_ person: Int32) -> String { names.indices.contains(Int(person)) ? Markup.name(names[Int(person)]) : "?" }
    let wrong = measures.confusions.filter { $0.named != nil && $0.named != $0.person }
    guard !wrong.isEmpty else { return "<p>Nobody was given another's name.</p>" }
    let rows = wrong.prefix(Self.listedConfusions).map {
      [$0.person.map(name) ?? "a stranger", $0.named.map(name) ?? "", NumberText.grouped($0.count)]
    }
    return "<h3>Most frequent wrong names</h3>"
      + Markup.table(["who it was", "named", "times"], Array(rows), numbersFrom: 2)
  }

  private func table(_ measures: RuleMeasures, _ names: [String]) -> String {
    let rows = measures.people.prefix(Self.listedPeople).compactMap { row -> [String]? in
      guard people.indices.contains(Int(row.person)) else { return nil }
      let person = people[Int(row.person)]
      let enrolled = person.usable == person.photos ? "\(person.usable)" : "\(person.usable) of \(person.photos)"
      return [
        Markup.name(person.name), enrolled, "\(row.probes)", "\(row.first)", "\(row.right)", "\(row.wrong)",
        "\(row.unknown)",
        row.median.map { NumberText.score($0) } ?? "–", row.lowest.map { NumberText.score($0) } ?? "–",
      ]
    }
    let note =
      measures.people.count > Self.listedPeople
      ? "<p class=\"note\">The first \(Self.listedPeople) are listed.</p>" : ""
    return "<h3>People</h3>"
      + Markup.table(
        [
          "person", "enrolled", "looked up", "in front", "named rightly", "another's name", "not named", "median score",
          "lowest score",
        ], rows) + note
  }
}
