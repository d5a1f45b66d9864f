internal import Networks
internal import OnnxImport
internal import Tensors

extension FuzzTarget {
  /// ONNX files: read, imported for small inputs, planned, and run both ways where the network is small.
  static let onnx = FuzzTarget(
    "onnx", maxBytes: 16_384, largestAllocation: 96,
    fixtures: ["arithmetic", "convolutions", "layout", "quantized", "structure"].map {
      Fixtures(folder: "Tests/OnnxImportTests/Fixtures/" + $0, suffixes: [".onnx"])
    }
  ) { bytes in
    let network: OnnxNetwork
    let graph: Graph
    let shapes: [Shape]
    do throws(OnnxError) {
      network = try OnnxNetwork(OnnxBytes(bytes))
      shapes = try network.inputs.map { (info) throws(OnnxError) in try shape(info) }
      graph = try network.graph(inputShapes: shapes)
    } catch {
      try FuzzFinding.unless(!error.message.isEmpty, "an error says nothing")
      return
    }
    try FuzzFinding.unless(graph.outputs.count == network.outputs.count, "outputs went missing")
    try checkRun(graph, shapes)
  }

  /// The declared shape, with small numbers where it is free.
  private static func shape(_ info: OnnxValueInfo) throws(OnnxError) -> Shape {
    let sizes = (info.dimensions ?? []).enumerated().map { index, dimension in
      switch dimension {
      case .fixed(let size): size
      case .free: [1, 3, 8, 8][min(index, 3)]
      }
    }
    guard let shape = Shape(untrusted: sizes, limit: 1 << 12) else {
      throw OnnxError(.tooLarge, "The input is larger than this target tries.")
    }
    return shape
  }

  private static func checkRun(_ graph: Graph, _ shapes: [Shape]) throws {
    guard let known = try? graph.shapes(inputs: shapes) else { return }
    // Work grows with the sizes of all values together.
    guard known.values.reduce(0, { $0 &+ $1.count }) <= 1 << 15 else { return }
    let inputs = shapes.map { shape in
      Tensor(shape: shape, values: (0..<shape.count).map { Float($0 % 7) * 0.25 - 0.5 })
    }
    let plain = try? PlainExecution.run(graph, inputs: inputs)
    if let plain {
      try FuzzFinding.unless(
        zip(graph.outputs, plain).allSatisfy { known[$0]?.dimensions == $1.shape.dimensions },
        "an answer has another shape than was foretold")
    }
    guard let plan = try? InferencePlan(graph, example: shapes), let answers = try? plan.run(inputs) else { return }
    if let plain {
      try FuzzFinding.unless(
        answers.map(\.shape.dimensions) == plain.map(\.shape.dimensions), "the plan answers in another shape")
    }
  }
}
