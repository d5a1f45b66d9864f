internal import CKernels
package import Tensors

/// The least and the largest number of each value of a network, from runs on images like those it will see: what bytes are
/// scaled by.
package struct ActivationRanges: Sendable, Hashable, Codable {
  /// By ``key(_:_:)`` of what writes the value.
  package private(set) var bounds: [String: Bounds] = [:]
  /// Keys of values that bytes would harm: they become bf16.
  package var kept: Set<String> = []

  package struct Bounds: Sendable, Hashable, Codable {
    package var low: Float
    package var high: Float

    package init(low: Float, high: Float) {
      (self.low, self.high) = (low, high)
    }
  }

  package init() {}

  /// Ranges from a file: by key, and the keys of what is to stay bf16.
  package init(bounds: [String: Bounds], kept: Set<String>) {
    (self.bounds, self.kept) = (bounds, kept)
  }

  /// Names an output of a node of the rewritten graph.
  static func key(_ node: Node, _ output: Int) -> String { output == 0 ? node.name : "\(node.name)#\(output)" }

  /// Widens a range.
  mutating func include(_ range: ClosedRange<Float>, for key: String) {
    let known = bounds[key] ?? Bounds(low: range.lowerBound, high: range.upperBound)
    bounds[key] = Bounds(low: min(known.low, range.lowerBound), high: max(known.high, range.upperBound))
  }

  /// The format for values that share one; `nil`, float32, when one of them is not known.
  func format(_ keys: [String]) -> ValueFormat? {
    if !kept.isDisjoint(with: keys) { return .bfloat16 }
    var result: ClosedRange<Float>?
    for key in keys {
      guard let known = bounds[key], known.low <= known.high else { return nil }
      result = min(result?.lowerBound ?? known.low, known.low)...max(result?.upperBound ?? known.high, known.high)
    }
    return result.map { ValueFormat(bytesFor: $0) }
  }
}

extension InferencePlan {
  /// Runs once, in float32, and adds what each value was to `ranges`.
  package func measure(_ inputs: [Tensor], into ranges: inout ActivationRanges, pool: WorkPool = .serial) throws {
    let survey = RangeSurvey()
    try watch(inputs, pool: pool) { survey.add($0, $1, $2) }
    for (key, range) in survey.ranges(.none) { ranges.include(range, for: key) }
  }
}

/// What the values of a network were in all runs that were watched; used by one thread at a time.
final class RangeSurvey {
  private var histograms: [String: ValueHistogram] = [:]

  func add(_ node: Node, _ place: Int, _ tensor: Tensor) {
    guard tensor.shape.rank == 4 else { return }
    tensor.withUnsafeBuffer { histograms[ActivationRanges.key(node, place), default: ValueHistogram()].add($0) }
  }

  func ranges(_ clipping: Clipping) -> [(key: String, range: ClosedRange<Float>)] {
    histograms.compactMap { key, histogram in histogram.range(clipping).map { (key, $0) } }
  }
}
