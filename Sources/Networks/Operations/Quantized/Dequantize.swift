/// The value that a whole number stands for: `(x - zero point) * scale`.
///
/// Input and output: any shape. Reference: ONNX `DequantizeLinear` with one scale.
package struct Dequantize: ElementwiseOperation {
  package static let name = "DequantizeLinear"
  package var scale: Float
  package var zeroPoint: Float

  package init(scale: Float, zeroPoint: Float) {
    self.scale = scale
    self.zeroPoint = zeroPoint
  }

  package func apply(_ values: UnsafeMutableBufferPointer<Float>) {
    let (scale, zeroPoint) = (scale, zeroPoint)
    values.replaceEach { ($0 - zeroPoint) * scale }
  }
}
