internal import CKernels
internal import Tensors

/// `act(x * scale + shift)` with values per channel, where no layer before could take it in.
///
/// Without such values (no scale, shift or slopes) the value may have any rank.
struct ChannelStep: PlanStep {
  let input: ValueID
  let output: ValueID
  let scale: [Float]?
  let shift: [Float]?
  let epilogue: Epilogue

  var inputs: [ValueID] { [input] }
  var outputs: [ValueID] { [output] }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    let keepsRows = scale != nil || shift != nil || epilogue.hasSlopes
    let (x, y) = (context.lines(input, keepsRows: keepsRows), context.lines(output, keepsRows: keepsRows))
    let rows = Int(y.n) * Int(y.h)
    withOptionalPointer(scale) { scale in
      withOptionalPointer(shift) { shift in
        let task = UncheckedSendable(
          (x: x, y: y, scale: scale, shift: shift, epilogue: epilogue.kernel(), isa: context.isa))
        context.pool.split(rows, work: rows * Int(y.w) * Int(y.c), grain: 100_000) { first, last in
          let task = task.value
          withUnsafePointer(to: task.epilogue) {
            fk_affine(task.isa, task.x, task.y, task.scale, task.shift, $0, first, last)
          }
        }
      }
    }
  }

  private func withOptionalPointer(_ values: [Float]?, _ body: (UnsafePointer<Float>?) -> Void) {
    guard let values else { return body(nil) }
    values.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
