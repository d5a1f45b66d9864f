/// Metrics in Prometheus' text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats): families of samples,
/// each with its HELP and TYPE, in the order in which they are added.
///
/// Names are ours and must be valid; label values and help texts may be anything, and are escaped.
package struct MetricText: Sendable {
  /// What the samples of a family are.
  package enum Kind: String, Sendable {
    /// Only rises, until the process starts anew; the name ends in `_total`.
    case counter
    /// Rises and falls.
    case gauge
    /// Counts by size.
    case histogram
  }

  /// The text so far; ends with a line feed.
  package private(set) var text = ""
  private let labels: [MetricLabel]

  /// An empty text.
  ///
  /// - Parameter labels: put on every sample, before its own.
  package init(labels: [MetricLabel] = []) { self.labels = labels }

  /// One number that only rises.
  package mutating func counter(_ name: String, _ help: String, _ value: Double) {
    family(name, .counter, help, [([], value)])
  }

  /// Numbers that only rise, one for each value of a label.
  package mutating func counters(_ name: String, _ help: String, _ label: String, _ values: [String: Int]) {
    family(name, .counter, help, MetricText.samples(label, values))
  }

  /// One number that rises and falls.
  package mutating func gauge(_ name: String, _ help: String, _ value: Double) {
    family(name, .gauge, help, [([], value)])
  }

  /// Numbers that rise and fall, one for each value of a label.
  package mutating func gauges(_ name: String, _ help: String, _ label: String, _ values: [String: Int]) {
    family(name, .gauge, help, MetricText.samples(label, values))
  }

  /// A family of its samples; each has labels of its own.
  package mutating func family(_ name: String, _ kind: Kind, _ help: String, _ samples: [([MetricLabel], Double)]) {
    head(name, kind, help)
    for (own, value) in samples { sample(name, own, value) }
  }

  /// Histograms, one for each value of a label; sizes in seconds.
  package mutating func histograms(_ name: String, _ help: String, _ label: String, _ values: [String: MetricHistogram])
  {
    head(name, .histogram, help)
    for (value, histogram) in values.sorted(by: { $0.key < $1.key }) {
      let own = MetricLabel(label, value)
      for (bound, count) in histogram.cumulative {
        sample(name + "_bucket", [own, MetricLabel("le", MetricText.number(bound))], Double(count))
      }
      sample(name + "_sum", [own], histogram.sum)
      sample(name + "_count", [own], Double(histogram.count))
    }
  }

  private static func samples(_ label: String, _ values: [String: Int]) -> [([MetricLabel], Double)] {
    values.sorted { $0.key < $1.key }.map { ([MetricLabel(label, $0.key)], Double($0.value)) }
  }

  private mutating func head(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(MetricText.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
  }

  private mutating func sample(_ name: String, _ own: [MetricLabel], _ value: Double) {
    let all = labels + own
    let list = all.map { "\($0.name)=\"\(MetricText.escaped($0.value, quotes: true))\"" }.joined(separator: ",")
    text += all.isEmpty ? name : "\(name){\(list)}"
    text += " \(MetricText.number(value))\n"
  }

  /// Whole numbers without a point, as people and diffs like them.
  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
