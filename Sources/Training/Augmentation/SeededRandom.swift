/// A seeded generator (SplitMix64: Steele, Lea and Flood 2014), keyed by what its numbers are for: the same key gives the
/// same numbers on every machine, whatever else was drawn before.
package struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A generator for a purpose under a job's seed.
  package init(seed: UInt64, _ key: [UInt64] = [], purpose: String = "") {
    state = seed
    for part in key { absorb(part) }
    // FNV-1a
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    absorb(hash)
  }

  /// One number of two.
  static func mixed(_ seed: UInt64, _ key: UInt64) -> UInt64 {
    var random = SeededRandom(seed: seed, [key])
    return random.next()
  }

  private mutating func absorb(_ part: UInt64) {
    state = next() ^ part
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// From 0 to below 1, in steps of 2^-53.
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Evenly between two numbers.
  package mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * unit() }

  /// `true` with a probability.
  package mutating func chance(_ probability: Double) -> Bool { unit() < probability }

  /// A number from 0 to `count - 1`; `count` must be above 0.
  package mutating func index(below count: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(count)).high)
  }

  /// Nearly normal with mean 0 and deviation 1: the sum of four even numbers of 16 bits, in whole numbers until the end
  /// so that every machine gets the same. Reaches to 3.46.
  package mutating func bell() -> Float {
    let bits = next()
    let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + bits >> 48
    return (Float(sum) - 131_070) * (1 / 37_837.227)
  }

  /// The numbers 0 to `count - 1` in a drawn order (Fisher and Yates).
  package mutating func permutation(of count: Int) -> [Int] {
    var order = Array(0..<max(0, count))
    for last in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(last, index(below: last + 1)) }
    return order
  }
}
