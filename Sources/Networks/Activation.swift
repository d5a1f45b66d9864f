/// The activations kernels can apply while they write.
package enum Activation: Sendable, Hashable {
  case none
  case relu
  /// Slope per channel, from the operation's second input.
  case prelu
  /// `x > 0 ? x : x * slope`.
  case leaky(slope: Float)
  /// To `low ... high`.
  case clip(low: Float, high: Float)
  case sigmoid
  /// `x * slope + offset`, to `0 ... 1`.
  case hardSigmoid(slope: Float, offset: Float)
  /// `x * (x / 6 + 1 / 2, to 0 ... 1)`.
  case hardSwish
}
