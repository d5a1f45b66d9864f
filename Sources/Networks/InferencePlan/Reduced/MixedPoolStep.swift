internal import CKernels
internal import Tensors

/// Pooling from and to formats other than float32.
struct MixedPoolStep: PlanStep {
  let kind: PoolStep.Kind
  let window: Window?
  let input: ValueID
  let output: ValueID

  var inputs: [ValueID] { [input] }
  var outputs: [ValueID] { [output] }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    let (x, y) = (context.view(input), context.view(output))
    let window =
      self.window
      ?? Window(
        kernel: Extent(height: Int(x.h), width: Int(x.w)),
        stride: Extent(height: max(Int(x.h), 1), width: max(Int(x.w), 1)))
    var (isMax, countsPadding) = (false, false)
    switch kind {
    case .max: isMax = true
    case .average(let counts): countsPadding = counts
    case .global: break
    }
    let call = fk_mixed_pool(
      x: x, y: y, from: context.format(input).kernel, to: context.format(output).kernel,
      from_quant: context.format(input).quant, to_quant: context.format(output).quant, is_max: isMax ? 1 : 0,
      count_pad: countsPadding ? 1 : 0, kernel_h: Int32(window.kernel.height), kernel_w: Int32(window.kernel.width),
      stride_h: Int32(window.stride.height), stride_w: Int32(window.stride.width), pad_h: Int32(window.padding.top),
      pad_w: Int32(window.padding.left))
    let task = UncheckedSendable((call: call, isa: context.isa))
    let rows = Int(y.n) * Int(y.h)
    let work = rows * Int(y.w) * Int(y.c) * window.kernel.height * window.kernel.width
    context.pool.split(rows, work: work, grain: 400_000) { first, last in
      withUnsafePointer(to: task.value.call) { fk_mixed_pool_run(task.value.isa, $0, first, last) }
    }
  }
}
