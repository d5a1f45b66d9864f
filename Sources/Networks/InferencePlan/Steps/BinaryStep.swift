internal import CKernels
internal import Tensors

/// Arithmetic on two operands that are repeated to the shape of the result as ONNX broadcasts them.
struct BinaryStep: PlanStep {
  private let kind: fk_binary_kind
  private let left: Operand
  private let right: Operand
  private let output: ValueID

  /// `nil` when no value is computed or there are more axes than a walk has.
  init?(kind: fk_binary_kind, node: Node, context: LoweringContext) {
    guard node.inputs.count == 2, let output = node.outputs.first, let rank = context.ranks[output],
      rank <= Int(FK_MAX_AXES)
    else { return nil }
    self.kind = kind
    self.output = output
    left = Operand(node.inputs[0], context)
    right = Operand(node.inputs[1], context)
    if inputs.isEmpty { return nil }
  }

  var inputs: [ValueID] { [left.value, right.value].compactMap { $0 } }
  var outputs: [ValueID] { [output] }

  func work(_ context: borrowing StepContext) -> StepWork {
    StepWork(kernel: "binary", operations: Double(context.shape(output).count))
  }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    let shape = context.shape(output)
    guard shape.count > 0, let a = context.address(left), let b = context.address(right) else { return }
    var walk = fk_walk()
    for position in 0..<shape.rank {
      let axis = memoryAxis(position, rank: shape.rank)
      fk_walk_add(
        &walk, shape[axis], context.stride(left, broadcastAxis: axis, rank: shape.rank),
        context.stride(right, broadcastAxis: axis, rank: shape.rank), context.stride(.value(output), axis: axis))
    }
    let task = UncheckedSendable((walk: walk, a: a, b: b, y: context.view(output).data, isa: context.isa, kind: kind))
    let pieces = withUnsafePointer(to: walk) { fk_walk_pieces($0) }
    context.pool.split(pieces, work: shape.count, grain: 100_000) { first, last in
      let task = task.value
      withUnsafePointer(to: task.walk) { fk_binary(task.isa, task.kind, $0, task.a, task.b, task.y, first, last) }
    }
  }
}
