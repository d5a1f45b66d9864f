package import Tensors

/// Quantizes to 0...255 by the range that the values themselves have, widened to hold 0.
///
/// Input: any shape. Outputs: whole numbers of that shape; the scale and the zero point, each a scalar. Reference: ONNX
/// `DynamicQuantizeLinear`.
package struct DynamicQuantize: Operation {
  package static let name = "DynamicQuantizeLinear"

  package init() {}

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    return [inputs[0], [], []]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    var (least, most): (Float, Float) = (0, 0)
    inputs[0].withUnsafeBuffer { x in
      for value in x {
        least = value < least ? value : least
        most = value > most ? value : most
      }
    }
    let scale = most == least ? 1 : (most - least) / 255
    let zeroPoint = min(max(-least / scale, 0), 255).rounded(.toNearestOrEven)
    let quantized = try Quantize(scale: scale, zeroPoint: zeroPoint, range: 0...255).forward(inputs)[0]
    return [quantized, Tensor(shape: [], values: [scale]), Tensor(shape: [], values: [zeroPoint])]
  }
}
