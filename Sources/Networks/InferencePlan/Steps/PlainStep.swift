internal import Tensors

/// Runs an operation's plain arithmetic inside a plan, converting from and to channels-last where needed.
struct PlainStep: PlanStep {
  let inputs: [ValueID]
  let outputs: [ValueID]
  private let operation: any Operation

  init(node: Node, context: LoweringContext) {
    inputs = node.inputs
    outputs = node.outputs
    operation = node.operation
  }

  func work(_ context: borrowing StepContext) -> StepWork {
    StepWork(kernel: "plain \(type(of: operation).name)", operations: 0)
  }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    var arguments: [Tensor] = []
    for value in inputs { arguments.append(context.tensor(value)) }
    let results = try operation.forward(arguments)
    for (value, tensor) in zip(outputs, results) { context.store(tensor, in: value) }
  }
}
