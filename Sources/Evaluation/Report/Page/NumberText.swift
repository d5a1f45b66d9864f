internal import Calibration
internal import Glibc

/// Numbers as people read them.
enum NumberText {
  /// With so many digits after the point.
  static func decimal(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "–" }
    let limited = min(max(value, -1e12), 1e12)
    let scale = pow(10, Double(digits))
    let whole = Int((abs(limited) * scale).rounded())
    let divisor = Int(scale)
    let sign = limited < 0 && whole > 0 ? "−" : ""
    guard digits > 0 else { return sign + grouped(whole) }
    let fraction = String(whole % divisor)
    return sign + grouped(whole / divisor) + "." + String(repeating: "0", count: digits - fraction.count) + fraction
  }

  /// A share in percent, with as many digits as make sense for its size.
  static func percent(_ share: Double) -> String {
    let value = share * 100
    let digits = abs(value) < 0.0995 ? 3 : abs(value) < 99.995 && abs(value) > 99.9 ? 2 : abs(value) < 9.995 ? 2 : 1
    return decimal(value, value == 0 ? 0 : digits) + " %"
  }

  /// A share on an axis, as short as it goes.
  static func axisPercent(_ share: Double) -> String {
    let value = share * 100
    var digits = 0
    while digits < 6, abs(value * pow(10, Double(digits)) - (value * pow(10, Double(digits))).rounded()) > 1e-6 {
      digits += 1
    }
    return decimal(value, digits) + " %"
  }

  /// Low and high end of an interval.
  static func interval(_ low: Double, _ high: Double) -> String {
    let (from, to) = (percent(low), percent(high))
    return "\(from.dropLast(2)) – \(to)"
  }

  /// A score.
  static func score(_ value: Float?) -> String { value.map { decimal(Double($0), 4) } ?? "any" }

  /// A whole number, thousands set apart by a thin space.
  static func grouped(_ value: Int) -> String {
    var digits = String(value.magnitude)
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return (value < 0 ? "−" : "") + ([digits] + groups).joined(separator: "\u{202F}")
  }
}

/// Pieces of HTML and SVG.
enum Markup {
  /// Text from outside, safe within an element and an attribute; control characters become replacement characters.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n": result += " "
      default:
        let isPlain = scalar.properties.generalCategory != .control && scalar.properties.generalCategory != .surrogate
        result.unicodeScalars.append(isPlain ? scalar : "\u{FFFD}")
      }
    }
    return result
  }

  /// A name from outside: its direction of writing stays its own.
  static func name(_ text: String) -> String { "<bdi>\(escaped(text))</bdi>" }

  /// At most so many characters.
  static func shortened(_ text: String, to limit: Int) -> String {
    text.count <= limit ? text : text.prefix(limit - 1) + "…"
  }

  /// A coordinate of a drawing.
  static func place(_ value: Double) -> String {
    let tenths = Int((min(max(value, -1e6), 1e6) * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
  }

  /// A table: the first row are heads; columns but the first are numbers, aligned to the right.
  static func table(_ heads: [String], _ rows: [[String]], numbersFrom first: Int = 1) -> String {
    func cell(_ tag: String, _ index: Int, _ text: String) -> String {
      "<\(tag)\(index >= first ? " class=\"n\"" : "")>\(text)</\(tag)>"
    }
    let head = heads.enumerated().map { cell("th", $0, $1) }.joined()
    let body = rows.map { row in "<tr>" + row.enumerated().map { cell("td", $0, $1) }.joined() + "</tr>" }
    return
      "<div class=\"scroll\"><table><thead><tr>\(head)</tr></thead><tbody>\(body.joined(separator: "\n"))</tbody></table></div>"
  }

  /// A rate with its interval and counts, for a table's cell.
  static func rate(_ rate: Rate) -> String {
    "\(NumberText.percent(rate.value)) <small>\(NumberText.interval(rate.low, rate.high))</small>"
  }

  /// A figure with a heading and an explanation.
  static func figure(_ title: String, _ chart: String, _ note: String) -> String {
    "<figure><figcaption>\(escaped(title))</figcaption>\(chart)<p class=\"note\">\(note)</p></figure>"
  }
}
