internal import Networks
internal import Tensors

/// The attributes that convolutions and pools share: strides, dilations, pads or `auto_pad`.
///
/// With one spatial dimension they are those of an image of one row.
struct WindowAttributes {
  var kernel: Extent
  var stride = Extent(1)
  var dilation = Extent(1)
  var padding = Padding(0)

  /// No attribute of this kind may be larger, so that sums and products of a few of them fit.
  static let limit = 1 << 16

  /// Reads strides, dilations and pads for a kernel of one or two lengths; `auto_pad` is left to ``padSame``.
  init(_ node: NodeImport, kernel lengths: [Int]) throws(OnnxError) {
    guard (1...2).contains(lengths.count), lengths.allSatisfy({ (1...Self.limit).contains($0) }) else {
      throw node.invalid("the kernel \(lengths) is not possible")
    }
    kernel = Self.extent(lengths)
    stride = try Self.extent(node, "strides", lengths.count)
    dilation = try Self.extent(node, "dilations", lengths.count)
    guard try Self.automatic(node) == nil else { return }
    let pads = try node.ints("pads") ?? [Int](repeating: 0, count: 2 * lengths.count)
    guard pads.count == 2 * lengths.count, pads.allSatisfy({ (0...Self.limit).contains($0) }) else {
      throw node.invalid("the pads \(pads) are not \(2 * lengths.count) numbers of zero or more")
    }
    if lengths.count == 2 {
      padding = Padding(top: pads[0], left: pads[1], bottom: pads[2], right: pads[3])
    } else {
      padding = Padding(top: 0, left: pads[0], bottom: 0, right: pads[1])
    }
  }

  /// The same with `auto_pad` resolved for an input of N x C x H x W. onnxruntime leaves dilation out when it pads for
  /// pools, but not when it pads for convolutions.
  init(_ node: NodeImport, kernel lengths: [Int], input: Shape, padsForDilation: Bool) throws(OnnxError) {
    try self.init(node, kernel: lengths)
    guard let rule = try Self.automatic(node), rule != .valid else { return }
    let dilation = padsForDilation ? dilation : Extent(1)
    func total(_ length: Int, _ stride: Int, _ kernel: Int, _ dilation: Int) -> Int {
      let outputs = (length + stride - 1) / stride
      return max(0, (outputs - 1) * stride + (kernel - 1) * dilation + 1 - length)
    }
    padding = rule.padding(
      vertical: total(input[2], stride.height, kernel.height, dilation.height),
      horizontal: total(input[3], stride.width, kernel.width, dilation.width))
  }

  /// How padding is chosen without being stated.
  enum Automatic: String {
    case valid = "VALID"
    case sameUpper = "SAME_UPPER"
    case sameLower = "SAME_LOWER"

    /// Shares a number of rows and columns between both sides; the odd one goes to the end with `SAME_UPPER`.
    func padding(vertical: Int, horizontal: Int) -> Padding {
      let (top, left) =
        self == .sameUpper ? (vertical / 2, horizontal / 2) : (vertical - vertical / 2, horizontal - horizontal / 2)
      return Padding(top: top, left: left, bottom: vertical - top, right: horizontal - left)
    }
  }

  /// The value of `auto_pad`, `nil` where the pads are stated.
  static func automatic(_ node: NodeImport) throws(OnnxError) -> Automatic? {
    let name = try node.string("auto_pad", default: "NOTSET")
    if name == "NOTSET" || name.isEmpty { return nil }
    guard let rule = Automatic(rawValue: name) else { throw node.invalid("auto_pad \"\(name)\" does not exist") }
    return rule
  }

  private static func extent(_ lengths: [Int]) -> Extent {
    Extent(height: lengths.count == 2 ? lengths[0] : 1, width: lengths[lengths.count - 1])
  }

  private static func extent(_ node: NodeImport, _ name: String, _ spatial: Int) throws(OnnxError) -> Extent {
    let values = try node.ints(name) ?? [Int](repeating: 1, count: spatial)
    guard values.count == spatial, values.allSatisfy({ (1...limit).contains($0) }) else {
      throw node.invalid("the \(name) \(values) are not \(spatial) numbers of one or more")
    }
    return extent(values)
  }
}
