/// A strict reader of Prometheus' text format, written from its description and not from our writer: what it takes, a collector
/// takes. It refuses what collectors let pass, too: samples without HELP and TYPE, families in pieces, counters without `_total`.
package struct MetricParser {
  /// One sample.
  package struct Sample: Sendable, Equatable {
    package var name: String
    package var labels: [String: String]
    package var value: Double
  }

  /// What is wrong, and in which line.
  package struct Problem: Error, CustomStringConvertible {
    package var description: String
  }

  /// Kinds of families, by name.
  package private(set) var kinds: [String: String] = [:]
  /// All samples, in their order.
  package private(set) var samples: [Sample] = []
  private var helped: Set<String> = []
  private var current = ""
  private var keys: Set<String> = []

  /// Reads a whole text.
  package init(_ text: String) throws(Problem) {
    guard text.hasSuffix("\n") else { throw Problem(description: "no line feed at the end") }
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().enumerated() {
      do throws(Problem) {
        try line.hasPrefix("#") ? readComment(line) : readSample(line)
      } catch {
        throw Problem(description: "line \(number + 1), \(error.description): \(line)")
      }
    }
    for (name, kind) in kinds where kind == "histogram" { try checkHistogram(name) }
  }

  /// The value of the only sample with these labels among others.
  package func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
    let found = samples.filter { sample in
      sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
    }
    return found.count == 1 ? found[0].value : nil
  }

  private mutating func readComment(_ line: Substring) throws(Problem) {
    let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
    guard words.count == 4, words[0] == "#", MetricParser.isName(words[2]), !words[3].isEmpty else {
      throw Problem(description: "no HELP and no TYPE")
    }
    let name = words[2]
    switch words[1] {
    case "HELP":
      guard helped.insert(name).inserted else { throw Problem(description: "a second HELP") }
      _ = try MetricParser.unescaped(words[3], quotes: false)
      current = name
    case "TYPE":
      guard current == name, kinds[name] == nil else { throw Problem(description: "TYPE is not behind its HELP") }
      guard ["counter", "gauge", "histogram"].contains(words[3]) else { throw Problem(description: "unknown type") }
      guard (words[3] == "counter") == name.hasSuffix("_total") else {
        throw Problem(description: "counters, and only they, end in _total")
      }
      kinds[name] = words[3]
    default: throw Problem(description: "no HELP and no TYPE")
    }
  }

  private mutating func readSample(_ line: Substring) throws(Problem) {
    var rest = line
    let name = String(rest.prefix { $0 != "{" && $0 != " " })
    rest = rest.dropFirst(name.count)
    guard MetricParser.isName(name) else { throw Problem(description: "no name") }
    guard let kind = kinds[current] else { throw Problem(description: "no TYPE before it") }
    let suffixes = kind == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
    guard suffixes.contains(where: { current + $0 == name }) else { throw Problem(description: "of another family") }
    var labels: [String: String] = [:]
    if rest.first == "{" {
      rest = rest.dropFirst()
      repeat { try readLabel(&rest, into: &labels) } while rest.popFirst(if: ",")
      guard rest.popFirst(if: "}") else { throw Problem(description: "labels do not end") }
    }
    guard rest.popFirst(if: " "), !rest.contains(" "), let value = MetricParser.number(String(rest)) else {
      throw Problem(description: "no value")
    }
    let key = name + labels.sorted { $0.key < $1.key }.map { "|\($0.key)=\($0.value)" }.joined()
    guard keys.insert(key).inserted else { throw Problem(description: "the same sample again") }
    if kind != "gauge", value < 0 || !value.isFinite { throw Problem(description: "no count") }
    samples.append(Sample(name: name, labels: labels, value: value))
  }

  private func readLabel(_ rest: inout Substring, into labels: inout [String: String]) throws(Problem) {
    let name = String(rest.prefix { $0 != "=" })
    rest = rest.dropFirst(name.count)
    guard MetricParser.isName(name), !name.contains(":"), rest.popFirst(if: "="), rest.popFirst(if: "\"") else {
      throw Problem(description: "no label")
    }
    var value = ""
    while let next = rest.first, next != "\"" {
      value.append(rest.removeFirst())
      if next == "\\", let escaped = rest.popFirst() { value.append(escaped) }
    }
    guard rest.popFirst(if: "\"") else { throw Problem(description: "a label's value does not end") }
    guard labels.updateValue(try MetricParser.unescaped(value, quotes: true), forKey: name) == nil else {
      throw Problem(description: "the same label again")
    }
  }

  /// Buckets rise to `+Inf`, which counts all.
  private func checkHistogram(_ name: String) throws(Problem) {
    let counts = samples.filter { $0.name == name + "_count" }
    for count in counts {
      let buckets = samples.filter { sample in
        sample.name == name + "_bucket" && count.labels.allSatisfy { sample.labels[$0.key] == $0.value }
      }
      let bounds = buckets.map { $0.labels["le"].flatMap(MetricParser.number) ?? .nan }
      guard zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 }), bounds.last == .infinity else {
        throw Problem(description: "\(name): bounds that do not rise to +Inf")
      }
      guard zip(buckets, buckets.dropFirst()).allSatisfy({ $0.value <= $1.value }), buckets.last?.value == count.value
      else { throw Problem(description: "\(name): buckets that do not add up") }
      guard samples.contains(where: { $0.name == name + "_sum" && $0.labels == count.labels }) else {
        throw Problem(description: "\(name): no sum")
      }
    }
  }

  private static func isName(_ text: String) -> Bool { text.wholeMatch(of: /[a-zA-Z_:][a-zA-Z0-9_:]*/) != nil }

  private static func number(_ text: String) -> Double? {
    switch text {
    case "+Inf": .infinity
    case "-Inf": -.infinity
    case "NaN": .nan
    default: text.wholeMatch(of: /-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?/) == nil ? nil : Double(text)
    }
  }

  private static func unescaped(_ text: String, quotes: Bool) throws(Problem) -> String {
    var result = ""
    var rest = Substring(text)
    while let next = rest.popFirst() {
      guard next == "\\" else {
        result.append(next)
        continue
      }
      switch rest.popFirst() {
      case "\\": result.append("\\")
      case "n": result.append("\n")
      case "\"" where quotes: result.append("\"")
      default: throw Problem(description: "an unknown escape")
      }
    }
    return result
  }
}

extension Substring {
  /// Takes the first character if it is this one.
  fileprivate mutating func popFirst(if wanted: Character) -> Bool {
    guard first == wanted else { return false }
    removeFirst()
    return true
  }
}
