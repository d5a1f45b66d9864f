internal import Networks
internal import Tensors

/// ONNX `ConvTranspose` over one or two spatial dimensions, all opsets: groups, dilation, pads, `auto_pad`,
/// `output_padding`, `output_shape`.
enum ConvTransposeImport: OperatorImport {
  static let name = "ConvTranspose"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let (x, shape, spatial) = try node.image()
    let (weight, weightShape) = try node.kernel(spatial: spatial)
    let window = try WindowAttributes(node, kernel: Array(weightShape.dimensions.suffix(spatial)))
    var operation = ConvTranspose2d(
      stride: window.stride, padding: window.padding, dilation: window.dilation, groups: try node.groups())
    let added = try lengths(node, "output_padding", spatial) ?? [Int](repeating: 0, count: spatial)
    operation.outputPadding = Extent(height: spatial == 2 ? added[0] : 0, width: added[spatial - 1])

    // What the padding has to take from the full result to leave the output asked for.
    let full = Extent(
      height: length(shape[2], window.stride.height, window.kernel.height, window.dilation.height)
        + operation.outputPadding.height,
      width: length(shape[3], window.stride.width, window.kernel.width, window.dilation.width)
        + operation.outputPadding.width)
    let rule = try WindowAttributes.automatic(node)
    if let size = try lengths(node, "output_shape", spatial) {
      let (rows, columns) = (spatial == 2 ? size[0] : 1, size[spatial - 1])
      guard rows > 0, columns > 0, rows <= full.height, columns <= full.width else {
        throw node.invalid("an output of \(size) is not possible; without padding it is \(full.height)x\(full.width)")
      }
      operation.padding = (rule == .sameUpper ? .sameUpper : WindowAttributes.Automatic.sameLower)
        .padding(vertical: full.height - rows, horizontal: full.width - columns)
    } else if let rule, rule != .valid {
      operation.padding = rule.padding(
        vertical: max(0, full.height - shape[2] * window.stride.height),
        horizontal: max(0, full.width - shape[3] * window.stride.width))
    }
    try node.setImage(
      try node.emit(operation, node.has(2) ? [x, weight, node.value(2)] : [x, weight]), spatial: spatial)
  }

  /// The length of the full result in one dimension.
  private static func length(_ input: Int, _ stride: Int, _ kernel: Int, _ dilation: Int) -> Int {
    (input - 1) * stride + (kernel - 1) * dilation + 1
  }

  private static func lengths(_ node: NodeImport, _ name: String, _ spatial: Int) throws(OnnxError) -> [Int]? {
    guard let values = try node.ints(name), !values.isEmpty else { return nil }
    guard values.count == spatial, values.allSatisfy({ (0...ImportState.maxElements).contains($0) }) else {
      throw node.invalid("the \(name) \(values) is not \(spatial) numbers of zero or more")
    }
    return values
  }
}
