internal import Tensors

/// The sum of two tensors of whole numbers with scales of their own, as whole numbers by a third scale.
///
/// `round(a * scaleA + b * scaleB + shift)` within a range, where the scales are those of a and b divided by the output's.
/// Inputs: a, b, which broadcast together. Output: the broadcast shape. Reference: onnxruntime's `QLinearAdd`, whose two
/// multiply-adds round once each; which way a half goes depends on that.
package struct QuantizedAdd: BinaryOperation {
  package static let name = "QLinearAdd"
  private let scaleA: Double
  private let scaleB: Double
  private let shift: Double
  private let range: ClosedRange<Float>

  /// Each operand's scale and zero point, and the numbers the output's type holds.
  package init(
    a: (scale: Float, zeroPoint: Float), b: (scale: Float, zeroPoint: Float), output: (scale: Float, zeroPoint: Float),
    range: ClosedRange<Float>
  ) {
    scaleA = Double(a.scale / output.scale)
    scaleB = Double(b.scale / output.scale)
    let second = Double(Float(scaleB * Double(b.zeroPoint)))
    let zeros = Float(scaleA * Double(a.zeroPoint) + second)
    shift = Double(output.zeroPoint - zeros)
    self.range = range
  }

  package func combine(_ a: Float, _ b: Float) -> Float {
    // A product of two float32 is exact in double precision: these are multiply-adds.
    let second = Double(Float(Double(b) * scaleB + shift))
    let sum = Float(Double(a) * scaleA + second)
    let raised = sum > range.lowerBound ? sum : range.lowerBound
    return (raised < range.upperBound ? raised : range.upperBound).rounded(.toNearestOrEven)
  }
}
