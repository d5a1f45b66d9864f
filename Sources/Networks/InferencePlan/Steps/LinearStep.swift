internal import Tensors

/// A fully connected layer on `sgemm`.
struct LinearStep: PlanStep {
  let input: ValueID
  let output: ValueID
  let weight: Tensor
  let bias: [Float]

  var inputs: [ValueID] { [input] }
  var outputs: [ValueID] { [output] }

  func work(_ context: borrowing StepContext) -> StepWork {
    StepWork(kernel: "linear", operations: 2 * Double(context.shape(output).count) * Double(weight.shape[1]))
  }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    let (x, y) = (context.buffer(input), context.buffer(output))
    let shape = context.shape(output)
    weight.withUnsafeBuffer { weight in
      Linear.product(
        x: UnsafeBufferPointer(x), weight: weight, bias: bias, shape: shape, depth: self.weight.shape[1], into: y)
    }
  }
}
