internal import Calibration

extension VerificationReport {
  /// The report as one HTML file.
  package func html() -> String {
    let sentence =
      "\(NumberText.grouped(genuine)) pairs of one person, \(NumberText.grouped(impostor)) of two, \(NumberText.grouped(people)) people."
    var body = [ReportParts.head(header, sentence)]
    if unusable > 0 {
      body.append(
        "<p class=\"warn\">\(NumberText.grouped(unusable)) pairs have a photo that could not be used; they match at no threshold.</p>"
      )
    }
    if let measures {
      body += [tiles(measures), curves(measures), scoreSection(measures), rates(measures)]
    } else {
      body.append(
        "<p class=\"warn\">There are no pairs of \(genuine == 0 ? "one person" : "two people"): no rates.</p>")
      body.append(scoreSection(nil))
    }
    body += [groupSection, ReportParts.photos(photos)]
    body.append(
      ReportParts.method(
        header,
        [
          "A pair matches when the cosine of its embeddings is at the threshold or above. FMR is the share of pairs of two "
            + "people that match, FNMR the share of pairs of one person that do not.",
          "The best threshold is chosen on all pairs, so its accuracy flatters; in the folds it is chosen on the others.",
        ]))
    return HTMLPage.document(title: header.title, body: body)
  }

  private func tiles(_ measures: CurveMeasures) -> String {
    let equal = measures.equalErrorRate
    var tiles = [
      HTMLPage.tile("Equal error rate", NumberText.percent(equal.value), NumberText.interval(equal.low, equal.high))
    ]
    for held in measures.held where held.falseRate < 0.05 {
      tiles.append(
        HTMLPage.tile(
          "FNMR at FMR \(NumberText.axisPercent(held.falseRate))", NumberText.percent(held.missRate.value),
          NumberText.interval(held.missRate.low, held.missRate.high)))
    }
    if let accuracy {
      tiles.append(
        HTMLPage.tile(
          "Accuracy, best threshold", NumberText.percent(accuracy.best),
          "at \(NumberText.score(accuracy.bestThreshold))"))
      if let mean = accuracy.mean, let error = accuracy.standardError, let folds = accuracy.folds {
        tiles.append(
          HTMLPage.tile(
            "Accuracy, \(folds) folds", NumberText.percent(mean), "standard error \(NumberText.percent(error))"))
      }
    }
    tiles.append(HTMLPage.tile("Area under ROC", NumberText.decimal(measures.area, 5), "1 is perfect"))
    return HTMLPage.tiles(tiles)
  }

  private func curves(_ measures: CurveMeasures) -> String {
    let curve = [NamedCurve(name: "all pairs", measures: measures, style: "c1")]
    return HTMLPage.section(
      "Error curves",
      HTMLPage.pair([
        Markup.figure(
          "DET", CurveCharts.det(curve, .verification),
          "Lower left is better. Axes of normal deviates, whose ends stand for 0 too; the point is the equal error rate, the shade the 95 % interval."
        ),
        Markup.figure(
          "ROC", CurveCharts.roc(curve, .verification), "Upper left is better. False matches on an axis of decades."),
      ]))
  }

  private func scoreSection(_ measures: CurveMeasures?) -> String {
    guard let scores else { return "" }
    var thresholds: [(score: Float, text: String)] = [(threshold, "verify: \(NumberText.score(threshold))")]
    if let equal = measures?.equalErrorRate.threshold {
      thresholds.append((equal, "equal error: \(NumberText.score(equal))"))
    }
    var figures = [
      Markup.figure(
        "Distribution of scores",
        ScoreChart.draw(scores, kinds: ("one person", "two people"), thresholds: thresholds),
        "Each kind adds up to 100 %. Where they overlap, no threshold is right for all.")
    ]
    if let reliability {
      figures.append(
        Markup.figure(
          "Reliability of the stated probability", ReliabilityChart.draw(reliability),
          "On the line, probabilities are as often right as they say; bars are 95 % intervals, larger points stand for more "
            + "pairs. Both kinds of pairs weigh the same. Expected calibration error "
            + "\(NumberText.percent(reliability.expectedError))."))
    }
    return HTMLPage.section("Scores and probabilities", HTMLPage.pair(figures))
  }

  private func rates(_ measures: CurveMeasures) -> String {
    var text = ReportParts.held(measures, .verification, unit: "pairs of two people")
    if let fixed = measures.fixed {
      let source = thresholdSource == "manifest" ? "the model's manifest" : "a calibration (\(thresholdSource))"
      text +=
        "<h3>At the threshold in use</h3><p>\(NumberText.score(fixed.threshold)), from \(Markup.escaped(source)): FMR "
        + "\(Markup.rate(fixed.falseRate)), FNMR \(Markup.rate(fixed.missRate)).</p>"
    }
    return HTMLPage.section("Rates", text)
  }

  private var groupSection: String {
    guard let groups, !groups.isEmpty else { return "" }
    let rows = groups.map { group in
      [
        Markup.name(group.name), NumberText.grouped(group.genuine), NumberText.grouped(group.impostor),
        group.falseRate.map(Markup.rate) ?? "–", group.missRate.map(Markup.rate) ?? "–",
        group.measures.map {
          "\(NumberText.percent($0.equalErrorRate.value)) <small>\(NumberText.interval($0.equalErrorRate.low, $0.equalErrorRate.high))</small>"
        } ?? "–",
      ]
    }
    return HTMLPage.section(
      "Groups",
      Markup.table(
        ["group", "pairs of one", "pairs of two", "FMR", "FNMR", "equal error rate"], rows),
      "<p class=\"note\">FMR and FNMR at the threshold in use; only pairs whose photos are both of the group.</p>")
  }
}
