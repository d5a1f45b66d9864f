internal import Networks
internal import Tensors

/// ONNX `MaxPool` over one or two spatial dimensions, all opsets. The indices of the largest values are not computed.
enum MaxPoolImport: OperatorImport {
  static let name = "MaxPool"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let (x, shape, spatial) = try node.image()
    node.refuseOutput(1, "its second output (the indices)")
    let pooled = try node.emit(MaxPool2d(try node.poolWindow(shape, spatial: spatial)), [x])
    // Quantized networks pool 8-bit values.
    try node.setImage(pooled, spatial: spatial, type: try node.elementType(0))
  }
}

extension NodeImport {
  /// The window of a pool over an image of `shape`.
  func poolWindow(_ shape: Shape, spatial: Int) throws(OnnxError) -> Window {
    guard let kernel = try ints("kernel_shape"), kernel.count == spatial else {
      throw invalid("its kernel_shape is missing or does not have \(spatial) lengths")
    }
    let attributes = try WindowAttributes(self, kernel: kernel, input: shape, padsForDilation: false)
    return Window(
      kernel: attributes.kernel, stride: attributes.stride, padding: attributes.padding, dilation: attributes.dilation,
      ceiling: try int("ceil_mode", default: 0) != 0)
  }
}
