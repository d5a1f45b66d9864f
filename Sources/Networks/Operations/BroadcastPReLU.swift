/// `x` where not negative, else `x * slope`, with slopes of any shape that broadcasts to x.
///
/// Inputs: x; slope. Output: as x. Reference: ONNX `PRelu`. One slope a channel is ``PReLU``, which plans fuse.
package struct BroadcastPReLU: BinaryOperation {
  package static let name = "BroadcastPRelu"

  package init() {}

  package func combine(_ x: Float, _ slope: Float) -> Float { x < 0 ? x * slope : x }
}
