internal import CKernels
internal import Tensors

/// The sum of two images; what one lacks counts as zero.
struct AddPaddedStep: PlanStep {
  let left: ValueID
  let right: ValueID
  let output: ValueID

  var inputs: [ValueID] { [left, right] }
  var outputs: [ValueID] { [output] }

  func work(_ context: borrowing StepContext) -> StepWork {
    StepWork(kernel: "add padded", operations: Double(context.shape(output).count))
  }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    fk_add_padded(context.view(left), context.view(right), context.view(output))
  }
}
