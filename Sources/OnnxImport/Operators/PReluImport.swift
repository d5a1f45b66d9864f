internal import Networks
internal import Tensors

/// ONNX `PRelu`, all opsets: slopes of any shape that broadcasts to the input.
enum PReluImport: OperatorImport {
  static let name = "PRelu"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let (x, slope) = (try node.shape(0), try node.shape(1))
    if let slopes = try node.channelValues(1, of: x) {
      // A plan can fuse one slope a channel.
      let parameter = node.parameter(Tensor(shape: [slopes.count], values: slopes))
      return try node.output(PReLU(), [node.value(0), parameter])
    }
    // Old exporters leave [C] for images, which broadcasts nowhere else.
    if slope.rank == 1, x.rank > 2, slope[0] == x[1], slope[0] != x[x.rank - 1], node.constantIfKnown(1) != nil {
      return try node.output(PReLU(), [node.value(0), node.value(1)])
    }
    guard Broadcasting.shape([x, slope]) == x else { throw node.invalid("slopes of \(slope) do not fit \(x)") }
    try node.output(BroadcastPReLU(), [node.value(0), node.value(1)])
  }
}
