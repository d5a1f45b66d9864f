internal import Tensors

/// A fully connected layer on `sgemm`, its outputs shared among threads where there are many.
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
    let (shape, depth) = (context.shape(output), weight.shape[1])
    let (rows, columns) = (shape[0], shape[1])
    weight.withUnsafeBuffer { weight in
      bias.withUnsafeBufferPointer { bias in
        guard let x = context.buffer(input).baseAddress, let y = context.buffer(output).baseAddress,
          let weight = weight.baseAddress, let bias = bias.baseAddress, rows > 0, columns > 0
        else { return }
        let task = UncheckedSendable((x: x, y: y, weight: weight, bias: bias))
        context.pool.split(columns, work: shape.count * depth, grain: 200_000) { first, last in
          let task = task.value
          for row in 0..<rows {
            (task.y + row * columns + first).update(from: task.bias + first, count: last - first)
          }
          guard depth > 0 else { return }
          BLAS.sgemm(
            transposeB: true, m: rows, n: last - first, k: depth, a: task.x, lda: depth, b: task.weight + first * depth,
            ldb: depth, beta: 1, c: task.y + first, ldc: columns)
        }
      }
    }
  }
}
