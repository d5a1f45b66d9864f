/// A small generator for seeded choices: the same numbers for the same seed on every machine.
///
/// Reference: Steele, Lea and Flood 2014 (SplitMix64).
package struct SplitMix: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) {
    state = seed
  }

  /// One of many independent streams of a seed.
  package init(seed: UInt64, stream: UInt64) {
    var mixer = SplitMix(seed: seed &+ 0x632B_E59B_D9B4_E019 &* (stream &+ 1))
    state = mixer.next()
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// From 0 up to and without 1, in steps of 2^-24.
  package mutating func unitFloat() -> Float { Float(next() >> 40) * 0x1p-24 }
}
