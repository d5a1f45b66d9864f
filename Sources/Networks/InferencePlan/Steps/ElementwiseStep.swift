internal import CKernels
internal import Tensors

/// `act(x * scale + shift)` per channel, where no layer before could take it in.
struct ElementwiseStep: PlanStep {
  let input: ValueID
  let output: ValueID
  let scale: [Float]?
  let shift: [Float]?
  let activation: Activation
  let slope: [Float]?

  var inputs: [ValueID] { [input] }
  var outputs: [ValueID] { [output] }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    let (x, y) = (context.view(input), context.view(output))
    withOptionalPointer(scale) { scale in
      withOptionalPointer(shift) { shift in
        withOptionalPointer(slope) { slope in
          fk_affine(x, y, scale, shift, activation.kernel, slope)
        }
      }
    }
  }

  private func withOptionalPointer(_ values: [Float]?, _ body: (UnsafePointer<Float>?) -> Void) {
    guard let values else { return body(nil) }
    values.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}

/// The sum of two images; what one lacks counts as zero.
struct AddStep: PlanStep {
  let left: ValueID
  let right: ValueID
  let output: ValueID

  var inputs: [ValueID] { [left, right] }
  var outputs: [ValueID] { [output] }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    fk_add(context.view(left), context.view(right), context.view(output), FK_ACT_NONE, nil)
  }
}

/// Joins channels. Inputs that were produced in place are not touched.
struct ConcatStep: PlanStep {
  let inputs: [ValueID]
  let output: ValueID

  var outputs: [ValueID] { [output] }

  func channelsInsideOutput(_ shape: (ValueID) -> Shape) -> [(value: ValueID, channel: Int)] {
    var channel = 0
    return inputs.map { value in
      defer { channel += shape(value)[1] }
      return (value, channel)
    }
  }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    var target = context.view(output)
    for value in inputs {
      let source = context.view(value)
      target.c = source.c
      if source.data != target.data { fk_copy(source, target) }
      target.data += Int(source.c)
    }
  }
}

/// A fully connected layer on `sgemm`.
struct LinearStep: PlanStep {
  let input: ValueID
  let output: ValueID
  let weight: Tensor
  let bias: [Float]

  var inputs: [ValueID] { [input] }
  var outputs: [ValueID] { [output] }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    let (x, y) = (context.buffer(input), context.buffer(output))
    let shape = context.shape(output)
    weight.withUnsafeBuffer { weight in
      Linear.product(
        x: UnsafeBufferPointer(x), weight: weight, bias: bias, shape: shape, depth: self.weight.shape[1], into: y)
    }
  }
}
