internal import Calibration

/// A measured curve with its name and color.
struct NamedCurve {
  let name: String
  let measures: CurveMeasures
  /// `c1` to `c4`.
  let style: String
}

/// DET and ROC curves.
enum CurveCharts {
  /// What the two kinds of errors are called.
  struct Words {
    let falseRate: String
    let missRate: String

    static let verification = Words(
      falseRate: "false match rate (FMR)", missRate: "false non-match rate (FNMR)")
    static let identification = Words(
      falseRate: "strangers who are named (FPIR)", missRate: "known people not named rightly (FNIR)")
  }

  /// Both errors on axes of normal deviates, with the interval of the first curve.
  static func det(_ curves: [NamedCurve], _ words: Words) -> String {
    guard let first = curves.first else { return "" }
    let x = AxisScale.deviate(lowest(first.measures.impostor), 0.5)
    let y = AxisScale.deviate(lowest(first.measures.genuine), 0.5)
    var plot = Plot(
      "Detection error trade-off", x: x, y: y, xTitle: words.falseRate, yTitle: words.missRate,
      xText: NumberText.axisPercent, yText: NumberText.axisPercent)
    plot.line([(x.ends.0, x.ends.0), (0.5, 0.5)], "equal")
    band(curves, &plot) { $0 }
    for curve in curves {
      plot.line(
        curve.measures.curve.filter { $0.falseRate < 1 || $0.missRate > 0 }.map { ($0.falseRate, $0.missRate) },
        curve.style)
    }
    for curve in curves {
      let rate = curve.measures.equalErrorRate
      plot.dot(
        (rate.value, rate.value), curve.style, "\(curve.name): equal error rate \(NumberText.percent(rate.value))")
    }
    return plot.svg
  }

  /// The share accepted of either kind; false acceptances on an axis of decades.
  static func roc(_ curves: [NamedCurve], _ words: Words) -> String {
    guard let first = curves.first else { return "" }
    let low = max(1e-6, 1 / Double(max(first.measures.impostor, 2)))
    // The miss rate at the left end: the vertical axis shows no more than the curves need.
    let worst =
      curves.map { curve in
        curve.measures.curve.last { $0.falseRate <= low }?.missRate ?? 1
      }.max() ?? 1
    let floor = [0.99, 0.98, 0.95, 0.9, 0.8, 0.7, 0.5].first { 1 - worst >= $0 } ?? 0
    var plot = Plot(
      "Receiver operating characteristic", x: .logarithmic(low, 1), y: .linear(floor, 1), xTitle: words.falseRate,
      yTitle: "1 − " + (words.missRate.split(separator: "(").last.map { String($0.dropLast()) } ?? words.missRate),
      xText: NumberText.axisPercent, yText: NumberText.axisPercent)
    band(curves, &plot) { 1 - $0 }
    for curve in curves {
      plot.line(curve.measures.curve.filter { $0.falseRate > 0 }.map { ($0.falseRate, 1 - $0.missRate) }, curve.style)
    }
    for curve in curves {
      for held in curve.measures.held {
        plot.dot(
          (held.falseRate, 1 - held.missRate.value), curve.style,
          "\(curve.name): \(NumberText.percent(1 - held.missRate.value)) at \(NumberText.percent(held.falseRate))",
          radius: 3)
      }
    }
    return plot.svg
  }

  private static func band(_ curves: [NamedCurve], _ plot: inout Plot, _ value: (Double) -> Double) {
    guard curves.count == 1, let curve = curves.first else { return }
    plot.band(
      curve.measures.band.map { ($0.falseRate, value($0.high)) },
      curve.measures.band.map { ($0.falseRate, value($0.low)) }, curve.style)
  }

  /// Half of what one trial is worth, so that 0 lies at the axis' end.
  private static func lowest(_ trials: Int) -> Double { min(0.05, max(1e-6, 0.5 / Double(max(trials, 1)))) }
}
