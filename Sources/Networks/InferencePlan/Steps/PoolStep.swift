internal import CKernels
internal import Tensors

/// Pooling over channels-last pixels, shared over rows when there are many.
struct PoolStep: PlanStep {
  enum Kind: Sendable {
    case max
    case average(countsPadding: Bool)
    /// The mean over the whole image.
    case global
  }

  let kind: Kind
  let window: Window?
  let input: ValueID
  let output: ValueID

  var inputs: [ValueID] { [input] }
  var outputs: [ValueID] { [output] }

  func work(_ context: borrowing StepContext) -> StepWork {
    let x = context.shape(input)
    let taps = window.map { $0.kernel.height * $0.kernel.width } ?? x.dimensions.dropFirst(2).reduce(1, *)
    let name =
      switch kind {
      case .max: "max pool"
      case .average: "average pool"
      case .global: "global pool"
      }
    return StepWork(kernel: name, operations: Double(context.shape(output).count) * Double(taps))
  }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    let views = UncheckedSendable((x: context.view(input), y: context.view(output)))
    let window =
      self.window
      ?? Window(
        kernel: Extent(height: Int(views.value.x.h), width: Int(views.value.x.w)),
        stride: Extent(height: max(Int(views.value.x.h), 1), width: max(Int(views.value.x.w), 1)))
    let rows = Int(views.value.y.n) * Int(views.value.y.h)
    let values = rows * Int(views.value.y.w) * Int(views.value.y.c) * window.kernel.height * window.kernel.width
    let parts = max(1, min(context.pool.lanes, values / 400_000, rows))
    let share = (rows + parts - 1) / max(parts, 1)
    let (kind, isa) = (kind, context.isa)
    guard rows > 0 else { return }
    context.pool.run(parts) { part in
      let (x, y) = views.value
      let (first, last) = (min(rows, part * share), min(rows, (part + 1) * share))
      let (kernel, stride) = (window.kernel, window.stride)
      switch kind {
      case .max:
        fk_max_pool(
          isa, x, y, Int32(kernel.height), Int32(kernel.width), Int32(stride.height), Int32(stride.width),
          Int32(window.padding.top), Int32(window.padding.left), first, last)
      case .average(let countsPadding):
        fk_average_pool(
          isa, x, y, Int32(kernel.height), Int32(kernel.width), Int32(stride.height), Int32(stride.width),
          Int32(window.padding.top), Int32(window.padding.left), countsPadding ? 1 : 0, first, last)
      case .global:
        fk_average_pool(
          isa, x, y, Int32(kernel.height), Int32(kernel.width), Int32(stride.height), Int32(stride.width), 0, 0, 0,
          first,
          last)
      }
    }
  }
}
