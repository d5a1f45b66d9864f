internal import Networks
internal import Tensors

/// The attributes that convolutions and pools share: strides, dilations, pads or `auto_pad`.
struct WindowAttributes {
  var stride = Extent(1)
  var dilation = Extent(1)
  var padding = Padding(0)

  /// Reads them for an input of N x C x H x W; `kernel` is its height and width.
  init(_ node: NodeImport, input: Shape, kernel: [Int]) throws(OnnxError) {
    stride = try Self.extent(node, "strides")
    dilation = try Self.extent(node, "dilations")
    guard kernel.count == 2, kernel.allSatisfy({ (1...1 << 16).contains($0) }) else {
      throw node.invalid("the kernel \(kernel) is not a height and a width")
    }
    switch try node.string("auto_pad", default: "NOTSET") {
    case "NOTSET", "":
      let pads = try node.ints("pads") ?? [0, 0, 0, 0]
      guard pads.count == 4, pads.allSatisfy({ (0...1 << 16).contains($0) }) else {
        throw node.invalid("the pads \(pads) are not four numbers of zero or more")
      }
      padding = Padding(top: pads[0], left: pads[1], bottom: pads[2], right: pads[3])
    case "VALID": padding = Padding(0)
    case "SAME_UPPER": padding = same(input, kernel, upper: true)
    case "SAME_LOWER": padding = same(input, kernel, upper: false)
    case let other: throw node.invalid("auto_pad \"\(other)\" does not exist")
    }
  }

  private static func extent(_ node: NodeImport, _ name: String) throws(OnnxError) -> Extent {
    let values = try node.ints(name) ?? [1, 1]
    guard values.count == 2, values.allSatisfy({ (1...1 << 16).contains($0) }) else {
      throw node.invalid("the \(name) \(values) are not two numbers of one or more")
    }
    return Extent(height: values[0], width: values[1])
  }

  /// Pads such that the output has `ceil(input / stride)` rows and columns.
  private func same(_ input: Shape, _ kernel: [Int], upper: Bool) -> Padding {
    func total(_ length: Int, _ stride: Int, _ kernel: Int, _ dilation: Int) -> Int {
      let outputs = (length + stride - 1) / stride
      return max(0, (outputs - 1) * stride + (kernel - 1) * dilation + 1 - length)
    }
    let vertical = total(input[2], stride.height, kernel[0], dilation.height)
    let horizontal = total(input[3], stride.width, kernel[1], dilation.width)
    func split(_ total: Int) -> (Int, Int) { upper ? (total / 2, total - total / 2) : (total - total / 2, total / 2) }
    let (rows, columns) = (split(vertical), split(horizontal))
    return Padding(top: rows.0, left: columns.0, bottom: rows.1, right: columns.1)
  }
}
