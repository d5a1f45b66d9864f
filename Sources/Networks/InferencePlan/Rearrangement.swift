internal import Tensors

/// An operation that keeps all values in their row-major order and only gives them another shape.
protocol ShapingOperation: Operation {}

extension ShapingOperation {
  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    RearrangeStep(node, context: context) ?? PlainStep(node: node, context: context)
  }
}

/// A transposition and the reshape that follows it, such as a detector's head `0, 2, 3, 1` then N x anchors x values.
///
/// Made by the plan's rewriting only: between the two the values would lie in an order that nobody wants.
struct Rearrangement: Operation {
  static let name = "Rearrangement"
  var transpose: Transpose
  var shaping: any ShapingOperation

  func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try shaping.outputShapes(transpose.outputShapes(inputs))
  }

  func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    try shaping.forward(transpose.forward(inputs))
  }

  func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    RearrangeStep(node, order: transpose.order, context: context) ?? PlainStep(node: node, context: context)
  }
}

extension GraphRewriting {
  /// A transposition that only a reshape reads becomes one operation with it.
  static func fuseRearrangements(_ graph: inout Graph) {
    let readers = readers(graph)
    var producer: [ValueID: Int] = [:]
    var kept: [Node?] = []
    for var node in graph.nodes {
      if let shaping = node.operation as? any ShapingOperation, let input = node.inputs.first, node.inputs.count == 1,
        readers[input] == 1, let index = producer[input], let before = kept[index],
        let transpose = before.operation as? Transpose
      {
        node.operation = Rearrangement(transpose: transpose, shaping: shaping)
        node.inputs = before.inputs
        kept[index] = nil
      }
      for value in node.outputs { producer[value] = kept.count }
      kept.append(node)
    }
    graph.nodes = kept.compactMap { $0 }
  }
}
