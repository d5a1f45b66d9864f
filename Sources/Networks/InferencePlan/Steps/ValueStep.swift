internal import CKernels
internal import Tensors

/// An operation on single values, in whatever order they lie.
struct ValueStep: PlanStep {
  let input: ValueID
  let output: ValueID
  let operation: any ElementwiseOperation

  var inputs: [ValueID] { [input] }
  var outputs: [ValueID] { [output] }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    let (x, y) = (context.lines(input, keepsRows: false), context.lines(output, keepsRows: false))
    let (task, operation) = (UncheckedSendable((x: x, y: y)), operation)
    let rows = Int(task.value.y.n) * Int(task.value.y.h)
    let values = rows * Int(task.value.y.w) * Int(task.value.y.c)
    // Functions of the C library cost tens of operations each.
    context.pool.split(rows, work: values * 16, grain: 200_000) { first, last in
      let (x, y) = task.value
      let dense = x.pixel == Int(x.c) && y.pixel == Int(y.c)
      let (pieces, length) = dense ? (1, Int(y.w) * Int(y.c)) : (Int(y.w), Int(y.c))
      for row in first..<last {
        let (image, line) = (row / Int(y.h), row % Int(y.h))
        for piece in 0..<pieces {
          let from = x.data + image * x.image + line * x.row + piece * x.pixel
          let to = UnsafeMutableBufferPointer(
            start: y.data + image * y.image + line * y.row + piece * y.pixel, count: length)
          _ = to.update(fromContentsOf: UnsafeBufferPointer(start: from, count: length))
          operation.apply(to)
        }
      }
    }
  }
}
