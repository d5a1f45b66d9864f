internal import CKernels

/// Converts an image from one format to another.
struct RecastStep: PlanStep {
  let input: ValueID
  let output: ValueID

  var inputs: [ValueID] { [input] }
  var outputs: [ValueID] { [output] }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    let task = UncheckedSendable(
      (
        x: context.view(input), from: context.format(input), y: context.view(output), to: context.format(output),
        isa: context.isa
      ))
    let y = task.value.y
    let rows = Int(y.n) * Int(y.h)
    context.pool.split(rows, work: rows * Int(y.w) * Int(y.c), grain: 200_000) { first, last in
      let task = task.value
      fk_convert(
        task.isa, task.x, task.from.kernel, task.from.quant, task.y, task.to.kernel, task.to.quant, first, last)
    }
  }
}
