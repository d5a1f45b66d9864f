internal import Calibration

/// How scores spread, as shares of their kind, with thresholds.
enum ScoreChart {
  static func draw(
    _ scores: ScoreBins, kinds: (genuine: String, impostor: String), thresholds: [(score: Float, text: String)]
  ) -> String {
    func shares(_ counts: [Int]) -> [Double] {
      let total = Double(max(1, counts.reduce(0, +)))
      return counts.map { Double($0) / total }
    }
    let (genuine, impostor) = (shares(scores.genuine), shares(scores.impostor))
    let high = scores.low + scores.width * Double(max(scores.genuine.count, 1))
    let shown = thresholds.filter { Double($0.score) >= scores.low && Double($0.score) <= high }
    let most = max(genuine.max() ?? 0, impostor.max() ?? 0, 1e-3)
    var plot = Plot(
      "Distribution of scores", x: .linear(scores.low, high), y: .linear(0, most * 1.06), xTitle: "score",
      yTitle: "share of the kind", height: 330 + Double(shown.count) * Plot.labelHeight,
      top: 14 + Double(shown.count) * Plot.labelHeight, xText: { NumberText.decimal($0, scores.width < 0.002 ? 3 : 2) },
      yText: NumberText.axisPercent)
    plot.steps(impostor, low: scores.low, width: scores.width, "c2")
    plot.steps(genuine, low: scores.low, width: scores.width, "c1")
    for (index, threshold) in shown.enumerated() {
      plot.threshold(Double(threshold.score), threshold.text, level: shown.count - 1 - index)
    }
    return Plot.legend([("c1", kinds.genuine), ("c2", kinds.impostor)]) + plot.svg
  }
}

/// Whether probabilities are as often right as they say.
enum ReliabilityChart {
  static func draw(_ reliability: Reliability) -> String {
    var plot = Plot(
      "Reliability", x: .linear(0, 1), y: .linear(0, 1), xTitle: "probability stated", yTitle: "share that was right",
      height: 330, xText: { NumberText.decimal($0, 1) }, yText: { NumberText.decimal($0, 1) })
    let most = Double(max(1, reliability.bins.map(\.count).max() ?? 1))
    plot.line([(0, 0), (1, 1)], "equal")
    let filled = reliability.bins.filter { $0.count > 0 }
    for bin in filled {
      let right = Int((bin.seen * Double(bin.count)).rounded())
      let range = ClopperPearson.interval(errors: right, trials: bin.count)
      plot.whisker(bin.said, from: range.low, to: range.high, "c1")
    }
    for bin in filled {
      plot.dot(
        (bin.said, bin.seen), "c1",
        "\(NumberText.grouped(bin.count)) stated about \(NumberText.percent(bin.said)); \(NumberText.percent(bin.seen)) right",
        radius: 3 + 6 * (Double(bin.count) / most).squareRoot())
    }
    return plot.svg
  }
}

/// How a training went.
enum TrainingChart {
  static func draw(_ points: [TrainingPoint]) -> String {
    guard let first = points.first, let last = points.last else { return "" }
    let epochs = AxisScale.linear(Double(first.epoch), Double(max(last.epoch, first.epoch + 1)))
    let highest = points.map(\.loss).filter(\.isFinite).max() ?? 1
    var loss = Plot(
      "Loss by epoch", x: epochs, y: .linear(0, max(highest, 1e-6) * 1.05), xTitle: "epoch", yTitle: "loss",
      height: 260,
      xText: { NumberText.decimal($0, 0) }, yText: { NumberText.decimal($0, highest < 1 ? 2 : 1) })
    loss.line(points.filter { $0.loss.isFinite }.map { (Double($0.epoch), $0.loss) }, "c2")
    let known = points.compactMap { point in point.accuracy.map { (Double(point.epoch), $0) } }
    guard !known.isEmpty else { return loss.svg }
    let lowest = known.map(\.1).min() ?? 0
    let floor = [0.9, 0.75, 0.5].first { lowest >= $0 } ?? 0
    var accuracy = Plot(
      "Accuracy by epoch", x: epochs, y: .linear(floor, 1), xTitle: "epoch", yTitle: "accuracy", height: 260,
      xText: { NumberText.decimal($0, 0) }, yText: NumberText.axisPercent)
    accuracy.line(known, "c1")
    return loss.svg + accuracy.svg
  }
}
