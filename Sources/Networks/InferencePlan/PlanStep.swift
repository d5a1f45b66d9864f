internal import CKernels
package import Tensors

/// One piece of work of an inference plan: reads some values, writes others.
///
/// Values of rank 4 lie channels-last (NHWC), surrounded by the zero border their readers ask for; all others lie
/// row-major without gaps. A rank-2 value N x C is the same memory as an image of one pixel.
package protocol PlanStep: Sendable {
  var inputs: [ValueID] { get }
  var outputs: [ValueID] { get }
  /// Zero pixels this step wants around an input, `nil` when it needs none.
  func border(of input: ValueID) -> Padding?
  /// Inputs that may be produced directly inside the (only) output, with their first channel there.
  func channelsInsideOutput(_ shape: (ValueID) -> Shape) -> [(value: ValueID, channel: Int)]
  /// What a profile says of this step: the kernel, and the arithmetic operations of a run (see ``StepWork``).
  func work(_ context: borrowing StepContext) -> StepWork
  /// Does the work. Must not fail: shapes were checked when the plan for them was made.
  func run(_ context: borrowing StepContext) throws(GraphError)
}

extension PlanStep {
  package func border(of input: ValueID) -> Padding? { nil }
  package func channelsInsideOutput(_ shape: (ValueID) -> Shape) -> [(value: ValueID, channel: Int)] { [] }

  package func work(_ context: borrowing StepContext) -> StepWork {
    StepWork(kernel: "\(type(of: self))".droppingSuffix("Step"), operations: 0)
  }
}

/// What a running step can reach.
package struct StepContext: ~Copyable {
  let shapePlan: ShapePlan
  let base: UnsafeMutablePointer<Float>
  let parameters: [ValueID: Tensor]
  /// Threads for steps large enough to share.
  let pool: WorkPool
  let isa: fk_isa

  func format(_ value: ValueID) -> ValueFormat { shapePlan.placements[value]?.format ?? .float32 }

  func shape(_ value: ValueID) -> Shape { shapePlan.shapes[value] ?? parameters[value]?.shape ?? [] }

  /// The value's memory as channels-last pixels; rank 2 counts as one pixel. Distances count numbers of its format.
  func view(_ value: ValueID) -> fk_view {
    shapePlan.placements[value]?.view(base: base) ?? fk_view()
  }

  /// The value's memory as lines of channels: its pixels when it is of rank 4, or 2 if `keepsRows`, else one line of all
  /// values.
  func lines(_ value: ValueID, keepsRows: Bool = true) -> fk_view {
    let shape = shape(value)
    var view = view(value)
    if shape.rank != 4 && (shape.rank != 2 || !keepsRows) {
      view.n = 1
      view.c = Int32(clamping: shape.count)
      (view.pixel, view.row, view.image) = (shape.count, shape.count, shape.count)
    }
    return view
  }

  /// The value's memory when it lies row-major without gaps (any rank but 4).
  func buffer(_ value: ValueID) -> UnsafeMutableBufferPointer<Float> {
    guard let placement = shapePlan.placements[value] else { return UnsafeMutableBufferPointer(start: nil, count: 0) }
    return UnsafeMutableBufferPointer(start: base + placement.offset, count: shape(value).count)
  }

  /// A copy of the value in plain NCHW order.
  func tensor(_ value: ValueID) -> Tensor {
    if let parameter = parameters[value] { return parameter }
    let shape = shape(value)
    return Tensor(shape: shape) { destination in
      guard let start = destination.baseAddress else { return }
      if shape.rank == 4 {
        fk_nhwc_to_nchw(view(value), start)
      } else {
        _ = destination.initialize(from: buffer(value))
      }
    }
  }

  /// Writes a plain tensor into the value's place.
  func store(_ tensor: Tensor, in value: ValueID) {
    tensor.withUnsafeBuffer { source in
      guard let start = source.baseAddress else { return }
      if tensor.shape.rank == 4 {
        fk_nchw_to_nhwc(start, view(value))
      } else {
        _ = buffer(value).update(from: source)
      }
    }
  }
}
