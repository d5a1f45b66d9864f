import Tensors

@testable import Networks

/// A small linear congruential generator, so that every run sees the same numbers.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let mixed = (state >> 29) ^ state
    return mixed &* 0xBF58_476D_1CE4_E5B9
  }

  mutating func tensor(_ shape: Shape, in range: ClosedRange<Float> = -1...1) -> Tensor {
    Tensor(shape: shape, values: (0..<shape.count).map { _ in Float.random(in: range, using: &self) })
  }
}

/// The largest difference between two tensors of one shape, `nil` when the shapes differ.
func largestDifference(_ a: Tensor, _ b: Tensor) -> Float? {
  guard a.shape == b.shape else { return nil }
  return zip(a.values, b.values).map { abs($0 - $1) }.max() ?? 0
}
