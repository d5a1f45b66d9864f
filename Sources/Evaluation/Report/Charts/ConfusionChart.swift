/// Who was given whose name, as a matrix: rows are who it was, columns who was named.
enum ConfusionChart {
  /// People shown at most; of more, those with the most errors.
  static let limit = 40
  private static let labelWidth = 170.0
  private static let headHeight = 120.0

  /// - Returns: the drawing, and how many people it leaves out.
  static func draw(_ measures: RuleMeasures, names: [String]) -> (svg: String, leftOut: Int) {
    let shown = people(measures, count: names.count)
    guard !shown.isEmpty else { return ("", 0) }
    var columns: [Int32: Int] = [:]
    for (column, person) in shown.enumerated() { columns[person] = column }
    var counts = [[Int]](repeating: [Int](repeating: 0, count: shown.count + 2), count: shown.count + 1)
    for confusion in measures.confusions {
      guard let row = confusion.person.map({ columns[$0] }) ?? shown.count else { continue }
      let column = confusion.named.map { columns[$0] ?? shown.count } ?? shown.count + 1
      counts[row][column] += confusion.count
    }
    let isPartial = shown.count < names.count
    let hasStrangers = counts[shown.count].contains { $0 > 0 }
    let rows = hasStrangers ? shown.count + 1 : shown.count
    let cell = min(24, max(11, 560 / Double(shown.count + 2)))
    func name(_ position: Int) -> String {
      let person = Int(shown[position])
      return names.indices.contains(person) ? Markup.shortened(names[person], to: 22) : "?"
    }
    var marks: [String] = []
    for row in 0..<rows {
      let y = headHeight + Double(row) * cell
      let isStranger = row == shown.count
      marks.append(Plot.text(labelWidth - 6, y + cell * 0.72, isStranger ? "strangers" : name(row), "end"))
      let total = Double(max(1, counts[row].reduce(0, +)))
      var place = 0
      for column in 0..<shown.count + 2 {
        if column == shown.count, !isPartial { continue }
        let x = labelWidth + Double(place) * cell
        place += 1
        let count = counts[row][column]
        let isRight = column == row || (isStranger && column == shown.count + 1)
        marks.append(
          square(x, y, cell, count, share: Double(count) / total, isRight: isRight, isNobody: column == shown.count + 1)
        )
      }
    }
    let heads = shown.indices.map(name) + (isPartial ? ["others"] : []) + ["nobody"]
    for (column, head) in heads.enumerated() {
      let x = labelWidth + (Double(column) + 0.65) * cell
      marks.append(
        "<text class=\"tick\" transform=\"translate(\(Markup.place(x)) \(Markup.place(headHeight - 5))) rotate(-60)\">"
          + Markup.escaped(head) + "</text>")
    }
    let width = Int(labelWidth + Double(heads.count) * cell + 70)
    let height = Int(headHeight + Double(rows) * cell + 6)
    let svg =
      "<svg class=\"wide\" style=\"max-width:\(width)px\" viewBox=\"0 0 \(width) \(height)\" role=\"img\" aria-label=\"Who was given whose name\">"
      + marks.joined() + "</svg>"
    return (svg, names.count - shown.count)
  }

  private static func square(
    _ x: Double, _ y: Double, _ cell: Double, _ count: Int, share: Double, isRight: Bool, isNobody: Bool
  ) -> String {
    let style = isRight ? "c1" : isNobody ? "c0" : "c2"
    let opacity = count == 0 ? 0 : 0.15 + 0.85 * share
    var text =
      "<rect class=\"cell\" x=\"\(Markup.place(x))\" y=\"\(Markup.place(y))\" width=\"\(Markup.place(cell - 1))\" height=\"\(Markup.place(cell - 1))\"/>"
    guard count > 0 else { return text }
    let percent = Int((opacity * 100).rounded())
    text +=
      "<rect class=\"fill \(style)\" fill-opacity=\"0.\(percent < 10 ? "0" : "")\(min(percent, 99))\" x=\"\(Markup.place(x))\" "
      + "y=\"\(Markup.place(y))\" width=\"\(Markup.place(cell - 1))\" height=\"\(Markup.place(cell - 1))\"/>"
    if cell >= 15, count < 10_000 {
      text +=
        "<text class=\"count\(count > 99 ? " small" : "")\(percent > 55 ? " on" : "")\" text-anchor=\"middle\" x=\"\(Markup.place(x + cell / 2 - 0.5))\" "
        + "y=\"\(Markup.place(y + cell * 0.68))\">\(count)</text>"
    }
    return text
  }

  private static func people(_ measures: RuleMeasures, count: Int) -> [Int32] {
    let rows = measures.people.filter { $0.probes > 0 || count <= limit }
    guard rows.count > limit else { return rows.map(\.person) }
    var wrongly: [Int32: Int] = [:]
    for confusion in measures.confusions where confusion.named != nil && confusion.named != confusion.person {
      for person in [confusion.person, confusion.named].compactMap({ $0 }) {
        wrongly[person, default: 0] += confusion.count
      }
    }
    let worst = rows.sorted { a, b in
      let (x, y) = (wrongly[a.person] ?? 0, wrongly[b.person] ?? 0)
      return (-x, -(a.probes - a.right), a.person) < (-y, -(b.probes - b.right), b.person)
    }
    return worst.prefix(limit).map(\.person).sorted()
  }
}
