/// A drawing with two axes, as SVG whose colors come from the page's style.
struct Plot {
  static let width = 560.0
  let height: Double
  let x: AxisScale
  let y: AxisScale
  private let left = 62.0
  private let right = 24.0
  private let top: Double
  private let bottom = 46.0
  private var marks: [String] = []
  private var labels: [String] = []
  private let label: String
  static let labelHeight = 16.0

  /// An empty drawing; `label` says what it shows, for those who cannot see it.
  init(
    _ label: String, x: AxisScale, y: AxisScale, xTitle: String, yTitle: String, height: Double = 380,
    top: Double = 14, xText: (Double) -> String, yText: (Double) -> String
  ) {
    (self.label, self.x, self.y, self.height, self.top) = (label, x, y, height, top)
    for tick in x.ticks {
      let place = column(tick)
      labels.append(Self.line(place, top, place, height - bottom, "grid"))
      labels.append(Self.text(place, height - bottom + 17, xText(tick), "middle"))
    }
    for tick in y.ticks {
      let place = row(tick)
      labels.append(Self.line(left, place, Self.width - right, place, "grid"))
      labels.append(Self.text(left - 8, place + 4, yText(tick), "end"))
    }
    labels.append(Self.text((left + Self.width - right) / 2, height - 6, xTitle, "middle", "title"))
    let middle = (top + height - bottom) / 2
    labels.append(
      "<text class=\"title\" text-anchor=\"middle\" transform=\"translate(14 \(Markup.place(middle))) rotate(-90)\">"
        + Markup.escaped(yTitle) + "</text>")
  }

  func column(_ value: Double) -> Double { left + x.share(value) * (Self.width - left - right) }
  func row(_ value: Double) -> Double { height - bottom - y.share(value) * (height - top - bottom) }

  /// A line through points; color classes are `c1` to `c4`.
  mutating func line(_ points: [(Double, Double)], _ style: String) {
    marks.append("<path class=\"line \(style)\" d=\"\(path(points))\"/>")
  }

  /// The area between two lines.
  mutating func band(_ upper: [(Double, Double)], _ lower: [(Double, Double)], _ style: String) {
    guard !upper.isEmpty else { return }
    marks.append("<path class=\"band \(style)\" d=\"\(path(upper + lower.reversed()))Z\"/>")
  }

  /// The area under a line of steps: values of equally wide bins from `low` on.
  mutating func steps(_ values: [Double], low: Double, width: Double, _ style: String) {
    guard !values.isEmpty else { return }
    var points: [(Double, Double)] = [(low, 0)]
    for (index, value) in values.enumerated() {
      points.append((low + Double(index) * width, value))
      points.append((low + Double(index + 1) * width, value))
    }
    points.append((low + Double(values.count) * width, 0))
    marks.append("<path class=\"area \(style)\" d=\"\(path(points))Z\"/>")
  }

  /// A point with an explanation that shows when pointed at.
  mutating func dot(_ point: (Double, Double), _ style: String, _ title: String, radius: Double = 4) {
    marks.append(
      "<circle class=\"dot \(style)\" cx=\"\(Markup.place(column(point.0)))\" cy=\"\(Markup.place(row(point.1)))\" r=\"\(Markup.place(radius))\">"
        + "<title>\(Markup.escaped(title))</title></circle>")
  }

  /// A line across at a value of the horizontal axis, with a label above the axes; `level` 0, 1, 2 keeps labels apart and
  /// needs as many times ``labelHeight`` above them.
  mutating func threshold(_ value: Double, _ text: String, level: Int = 0) {
    let place = column(value)
    let y = top - 6 - Double(level) * Self.labelHeight
    marks.append(Self.line(place, y - 9, place, height - bottom, "threshold"))
    let isRight = place < Self.width - 170
    marks.append(Self.text(place + (isRight ? 5 : -5), y, text, isRight ? "start" : "end", "label"))
  }

  /// An interval of the vertical axis at a value of the horizontal one.
  mutating func whisker(_ value: Double, from low: Double, to high: Double, _ style: String) {
    let place = column(value)
    marks.append(Self.line(place, row(low), place, row(high), "whisker \(style)"))
  }

  var svg: String {
    "<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(height))\" role=\"img\" aria-label=\"\(Markup.escaped(label))\">"
      + labels.joined() + marks.joined()
      + Self.line(left, height - bottom, Self.width - right, height - bottom, "axis") + "</svg>"
  }

  private func path(_ points: [(Double, Double)]) -> String {
    var text = ""
    var last = ""
    for point in points {
      let place = "\(Markup.place(column(point.0))) \(Markup.place(row(point.1)))"
      guard place != last else { continue }
      text += (text.isEmpty ? "M" : "L") + place
      last = place
    }
    return text
  }

  static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) -> String {
    "<line class=\"\(style)\" x1=\"\(Markup.place(x1))\" y1=\"\(Markup.place(y1))\" x2=\"\(Markup.place(x2))\" y2=\"\(Markup.place(y2))\"/>"
  }

  static func text(_ x: Double, _ y: Double, _ text: String, _ anchor: String, _ style: String = "tick") -> String {
    "<text class=\"\(style)\" x=\"\(Markup.place(x))\" y=\"\(Markup.place(y))\" text-anchor=\"\(anchor)\">\(Markup.escaped(text))</text>"
  }

  /// What the colors mean, beside a chart.
  static func legend(_ entries: [(style: String, text: String)]) -> String {
    "<p class=\"legend\">"
      + entries.map { "<span><i class=\"\($0.style)\"></i>\(Markup.escaped($0.text))</span>" }.joined()
      + "</p>"
  }
}
