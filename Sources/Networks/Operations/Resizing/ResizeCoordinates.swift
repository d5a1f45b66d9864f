/// Where a pixel of a resized axis lies in the original, as ONNX `Resize` names the rules. In float32, as onnxruntime.
package enum ResizeCoordinates: String, Hashable, Sendable {
  case halfPixel = "half_pixel"
  case halfPixelSymmetric = "half_pixel_symmetric"
  case pytorchHalfPixel = "pytorch_half_pixel"
  case alignCorners = "align_corners"
  case asymmetric
  case tfHalfPixelForNearest = "tf_half_pixel_for_nn"
  case tfCropAndResize = "tf_crop_and_resize"

  /// The place of output index `index` in an axis of `length` elements.
  func original(_ index: Int, _ axis: Resize.Axis, length: Int) -> Float {
    let (x, scale) = (Float(index), axis.scale)
    let (input, output) = (Float(length), Float(axis.length))
    switch self {
    case .halfPixel: return (x + 0.5) / scale - 0.5
    case .halfPixelSymmetric:
      let adjustment = output / (scale * input)
      return input / 2 * (1 - adjustment) + (x + 0.5) / scale - 0.5
    case .pytorchHalfPixel: return axis.length > 1 ? (x + 0.5) / scale - 0.5 : 0
    case .alignCorners: return axis.length == 1 ? 0 : x * (input - 1) / (output - 1)
    case .asymmetric: return x / scale
    case .tfHalfPixelForNearest: return (x + 0.5) / scale
    case .tfCropAndResize:
      guard axis.length > 1 else { return 0.5 * (axis.start + axis.end) * (input - 1) }
      return axis.start * (input - 1) + x * (axis.end - axis.start) * (input - 1) / (output - 1)
    }
  }
}
