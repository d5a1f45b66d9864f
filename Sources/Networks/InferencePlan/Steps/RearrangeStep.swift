internal import CKernels
internal import Tensors

/// Reorders the axes of a value and then reads the result, row-major, under the shape of the output: transpositions,
/// reshapes, and both at once. From channels-last memory `0, 2, 3, 1` is a plain copy.
struct RearrangeStep: PlanStep {
  private let input: ValueID
  private let output: ValueID
  /// Axis of the input for each axis of the reordered value.
  private let order: [Int]

  /// `nil` when the input is a constant or there are more axes than a walk has. Without `order` it stays as it is.
  init?(_ node: Node, order: [Int]? = nil, context: LoweringContext) {
    guard let input = node.inputs.first, let output = node.outputs.first, context.graph.parameters[input] == nil,
      let rank = context.ranks[input], let outputRank = context.ranks[output], max(rank, outputRank) <= Int(FK_MAX_AXES)
    else { return nil }
    self.input = input
    self.output = output
    self.order = order ?? Array(0..<rank)
  }

  var inputs: [ValueID] { [input] }
  var outputs: [ValueID] { [output] }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    let (from, to) = (context.shape(input), context.shape(output))
    guard from.count > 0 else { return }
    let (source, target) = (Operand.value(input), Operand.value(output))
    var walk = fk_walk()
    if to.rank == order.count && (0..<to.rank).allSatisfy({ to[$0] == from[order[$0]] }) {
      // The same axes on both sides, walked as the output lies.
      for position in 0..<to.rank {
        let axis = memoryAxis(position, rank: to.rank)
        fk_walk_add(
          &walk, to[axis], context.stride(source, axis: order[axis]), 0, context.stride(target, axis: axis))
      }
    } else if isRowMajor(output, context) {
      var stride = from.count
      for axis in order {
        stride /= from[axis]
        fk_walk_add(&walk, from[axis], context.stride(source, axis: axis), 0, stride)
      }
    } else if isRowMajor(input, context) && order.indices.allSatisfy({ order[$0] == $0 }) {
      for position in 0..<to.rank {
        let axis = memoryAxis(position, rank: to.rank)
        let stride = to.dimensions[(axis + 1)...].reduce(1, *)
        fk_walk_add(&walk, to[axis], stride, 0, context.stride(target, axis: axis))
      }
    } else {
      let ordered = try Transpose(order).forward([context.tensor(input)])[0]
      context.store(ordered.reshaped(to), in: output)
      return
    }
    let task = UncheckedSendable((walk: walk, x: context.view(input).data, y: context.view(output).data))
    let pieces = withUnsafePointer(to: walk) { fk_walk_pieces($0) }
    context.pool.split(pieces, work: to.count, grain: 100_000) { first, last in
      let task = task.value
      withUnsafePointer(to: task.walk) { fk_walk_copy($0, task.x, task.y, first, last) }
    }
  }

  /// Whether the value's memory is its row-major order without gaps.
  private func isRowMajor(_ value: ValueID, _ context: borrowing StepContext) -> Bool {
    let shape = context.shape(value)
    var stride = shape.count
    for axis in 0..<shape.rank {
      stride /= max(shape[axis], 1)
      if shape[axis] != 1 && context.stride(.value(value), axis: axis) != stride { return false }
    }
    return true
  }
}
