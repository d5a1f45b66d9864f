/// The whole number that stands for a value: `x / scale` rounded half to even, plus the zero point, within a range.
///
/// Input and output: any shape. Reference: ONNX `QuantizeLinear` with one scale.
package struct Quantize: ElementwiseOperation {
  package static let name = "QuantizeLinear"
  package var scale: Float
  package var zeroPoint: Float
  /// The smallest and the largest number of the type.
  package var range: ClosedRange<Float>

  package init(scale: Float, zeroPoint: Float, range: ClosedRange<Float>) {
    self.scale = scale
    self.zeroPoint = zeroPoint
    self.range = range
  }

  package func apply(_ values: UnsafeMutableBufferPointer<Float>) {
    let (scale, zeroPoint) = (scale, zeroPoint)
    let (lower, upper) = (range.lowerBound - zeroPoint, range.upperBound - zeroPoint)
    // Adding and subtracting 1.5 * 2^23 rounds half to even what is smaller than 2^22, without a call.
    if max(lower.magnitude, upper.magnitude) < 0x1p22 {
      let magic: Float = 0x1.8p23
      values.replaceEach { value in
        let steps = value / scale
        let raised = steps > lower ? steps : lower
        let kept = raised < upper ? raised : upper
        return (kept + magic) - magic + zeroPoint
      }
    } else {
      values.replaceEach { value in
        let steps = value / scale
        let raised = steps > lower ? steps : lower
        return (raised < upper ? raised : upper).rounded(.toNearestOrEven) + zeroPoint
      }
    }
  }
}
