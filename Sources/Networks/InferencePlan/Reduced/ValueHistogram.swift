/// How the numbers of one value of a network are spread, from as many runs as are added.
struct ValueHistogram: Sendable {
  /// The least and the largest number seen.
  private(set) var low = Float.infinity
  private(set) var high = -Float.infinity
  /// Bins on each side of 0; the last ones end at ``reach``.
  private static let half = 2048
  private var reach: Float = 0
  /// Numbers in each bin, those below 0 first. Zeros are not counted: bytes hold them exactly.
  private var counts = [Int](repeating: 0, count: 2 * half)

  /// Adds numbers; what is not finite is left out.
  mutating func add(_ values: UnsafeBufferPointer<Float>) {
    var (least, most) = (Float.infinity, -Float.infinity)
    for value in values where value.isFinite { (least, most) = (min(least, value), max(most, value)) }
    guard least <= most else { return }
    (low, high) = (min(low, least), max(high, most))
    widen(to: max(-least, most))
    guard reach > 0 else { return }
    let scale = Float(Self.half) / reach
    counts.withUnsafeMutableBufferPointer { counts in
      for value in values where value.isFinite && value != 0 {
        counts[min(max(Int((value * scale).rounded(.down)) + Self.half, 0), 2 * Self.half - 1)] += 1
      }
    }
  }

  /// Doubles the reach until it has `size` in it; two bins become one.
  private mutating func widen(to size: Float) {
    guard size > reach else { return }
    guard reach > 0, size < reach * 1e6 else {
      // Numbers so much smaller than these that all fit the two bins beside 0.
      let (below, above) = (counts[..<Self.half].reduce(0, +), counts[Self.half...].reduce(0, +))
      counts = Array(repeating: 0, count: 2 * Self.half)
      (counts[Self.half - 1], counts[Self.half]) = (below, above)
      reach = size
      return
    }
    while reach < size {
      var wider = [Int](repeating: 0, count: 2 * Self.half)
      for (bin, count) in counts.enumerated() { wider[(bin + Self.half) / 2] += count }
      (counts, reach) = (wider, reach * 2)
    }
  }

  // MARK: Ranges

  /// The range that bytes should cover, by a rule for what lies far out; `nil` when nothing was added.
  func range(_ clipping: Clipping) -> ClosedRange<Float>? {
    guard low <= high else { return nil }
    switch clipping {
    case .none: return low...high
    case .tails: return quantile(1e-4)
    case .leastSquares: return leastSquares
    }
  }

  private func edge(_ bin: Int) -> Float { Float(bin - Self.half) / Float(Self.half) * reach }

  /// Without the outermost `share` of the numbers that are not 0, on each side.
  private func quantile(_ share: Double) -> ClosedRange<Float> {
    let allowed = Int(Double(counts.reduce(0, +)) * share)
    func outermost(_ bins: some Sequence<Int>) -> Int {
      var left = allowed
      for bin in bins {
        left -= counts[bin]
        if left < 0 { return bin }
      }
      return Self.half
    }
    let first = max(edge(outermost(0..<2 * Self.half)), low)
    let last = min(edge(outermost((0..<2 * Self.half).reversed()) + 1), high)
    return min(first, last)...max(first, last)
  }

  /// Where the squares of what rounding and clipping change are least in sum, each end in turn.
  private var leastSquares: ClosedRange<Float> {
    var (least, most) = (min(low, 0), max(high, 0))
    for _ in 0..<2 {
      most = best(most) { squares(least, $0) }
      least = best(least) { squares($0, most) }
    }
    return least...most
  }

  private func best(_ end: Float, _ cost: (Float) -> Double) -> Float {
    let ends = stride(from: Float(1), through: 0.2, by: -0.02).map { end * $0 }
    return ends.map { ($0, cost($0)) }.min { $0.1 < $1.1 }?.0 ?? end
  }

  private func squares(_ least: Float, _ most: Float) -> Double {
    let step = Double(most - least) / 255
    let rounding = step * step / 12
    var sum = 0.0
    for (bin, count) in counts.enumerated() where count > 0 {
      let middle = Double(edge(bin) + edge(bin + 1)) / 2
      let outside = max(Double(least) - middle, middle - Double(most), 0)
      sum += Double(count) * (outside > 0 ? outside * outside : rounding)
    }
    return sum
  }
}

/// What becomes of the few numbers of a value that lie far out: covering them makes the steps between bytes larger for all.
package enum Clipping: String, Sendable, CaseIterable, Codable {
  /// They are covered.
  case none
  /// A ten-thousandth on each side is not.
  case tails
  /// The range with the least mean square of all changes.
  case leastSquares
}
