internal import CKernels
package import Tensors

/// The least and the largest number of each value of a network, from runs on images like those it will see: what bytes are
/// scaled by.
package struct ActivationRanges: Sendable, Hashable, Codable {
  /// By ``key(_:_:)`` of what writes the value.
  package private(set) var bounds: [String: Bounds] = [:]

  package struct Bounds: Sendable, Hashable, Codable {
    package var low: Float
    package var high: Float
  }

  package init() {}

  /// Names an output of a node of the rewritten graph.
  static func key(_ node: Node, _ output: Int) -> String { output == 0 ? node.name : "\(node.name)#\(output)" }

  /// Widens a range by numbers; what is not finite is left out.
  mutating func include(_ values: [Float], for key: String) {
    var (low, high) = (Float.infinity, -Float.infinity)
    for value in values where value.isFinite { (low, high) = (min(low, value), max(high, value)) }
    guard low <= high else { return }
    let known = bounds[key] ?? Bounds(low: low, high: high)
    bounds[key] = Bounds(low: min(known.low, low), high: max(known.high, high))
  }

  /// The range of several values together; `nil` when one of them is not known or no range.
  func union(_ keys: [String]) -> ClosedRange<Float>? {
    var result: ClosedRange<Float>?
    for key in keys {
      guard let known = bounds[key], known.low <= known.high else { return nil }
      result = min(result?.lowerBound ?? known.low, known.low)...max(result?.upperBound ?? known.high, known.high)
    }
    return result
  }
}

extension InferencePlan {
  /// Runs once, in float32, and adds what each value was to `ranges`.
  package func measure(_ inputs: [Tensor], into ranges: inout ActivationRanges, pool: WorkPool = .serial) throws {
    let found = RangeBox(ranges)
    try watch(inputs, pool: pool) { node, place, tensor in
      if tensor.shape.rank == 4 { found.ranges.include(tensor.values, for: ActivationRanges.key(node, place)) }
    }
    ranges = found.ranges
  }
}

/// Ranges that a closure adds to; used by one thread only.
private final class RangeBox {
  var ranges: ActivationRanges

  init(_ ranges: ActivationRanges) {
    self.ranges = ranges
  }
}
