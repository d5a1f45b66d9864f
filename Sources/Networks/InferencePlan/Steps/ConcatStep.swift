internal import CKernels
internal import Tensors

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
    let format = context.format(output)
    var target = context.view(output)
    for value in inputs {
      let source = context.view(value)
      target.c = source.c
      if source.data != target.data { fk_format_copy(source, target, format.kernel) }
      target = target.advanced(by: Int(source.c), format)
    }
  }
}
