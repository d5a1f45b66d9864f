internal import CKernels
internal import Tensors

/// An operation whose every output index along an axis stands for one input index along the same axis.
protocol SelectingOperation: Operation {
  /// The tables for an input of `shape`; `nil` when this form of the operation computes more than a copy.
  func selection(for shape: Shape) -> AxisSelection?
}

extension SelectingOperation {
  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    guard context.isImage(node.inputs[0]) else { return PlainStep(node: node, context: context) }
    return SelectionStep(input: node.inputs[0], output: node.outputs[0], operation: self)
  }
}

/// Copies channels-last pixels as tables of rows and columns say: slices, padding, nearest resize.
struct SelectionStep: PlanStep {
  let input: ValueID
  let output: ValueID
  let operation: any SelectingOperation

  var inputs: [ValueID] { [input] }
  var outputs: [ValueID] { [output] }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    let shape = context.shape(output)
    guard shape.count > 0 else { return }
    guard let selection = operation.selection(for: context.shape(input)) else {
      context.store(try operation.forward([context.tensor(input)])[0], in: output)
      return
    }
    let tables = selection.sources.enumerated().map { axis, table in table ?? Array(0..<shape[axis]) }
    let channels = selection.sources[1]
    let views = UncheckedSendable((x: context.view(input), y: context.view(output)))
    let (fill, height) = (selection.fill, shape[2])
    context.pool.split(shape[0] * height, work: shape.count, grain: 100_000) { first, last in
      let (x, y) = views.value
      for at in first..<last {
        let (image, row) = (tables[0][at / height], tables[2][at % height])
        let source = x.data + image * x.image + row * x.row
        var target = y.data + (at / height) * y.image + (at % height) * y.row
        for column in tables[3] {
          if image < 0 || row < 0 || column < 0 {
            target.update(repeating: fill, count: Int(y.c))
          } else if let channels {
            let pixel = source + column * x.pixel
            for (channel, from) in channels.enumerated() { target[channel] = from < 0 ? fill : pixel[from] }
          } else {
            target.update(from: source + column * x.pixel, count: Int(y.c))
          }
          target += y.pixel
        }
      }
    }
  }
}
