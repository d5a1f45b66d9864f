internal import CKernels
internal import Tensors

/// What a step that takes values of any layout reads: a value of the run, or a constant that the step holds.
enum Operand: Sendable {
  case value(ValueID)
  case constant(Tensor)

  init(_ value: ValueID, _ context: LoweringContext) {
    self = context.graph.parameters[value].map { .constant($0) } ?? .value(value)
  }

  var value: ValueID? {
    if case .value(let value) = self { value } else { nil }
  }
}

extension StepContext {
  func shape(_ operand: Operand) -> Shape {
    switch operand {
    case .value(let value): shape(value)
    case .constant(let tensor): tensor.shape
    }
  }

  /// Where the operand's first value lies.
  func address(_ operand: Operand) -> UnsafePointer<Float>? {
    switch operand {
    case .value(let value): UnsafePointer(view(value).data)
    case .constant(let tensor): tensor.withUnsafeBuffer { $0.baseAddress }
    }
  }

  /// The distance in floats between neighbors along `axis` as the graph numbers axes (NCHW).
  func stride(_ operand: Operand, axis: Int) -> Int {
    let shape = shape(operand)
    if shape.rank == 4, case .value(let value) = operand, let placement = shapePlan.placements[value] {
      switch axis {
      case 0: return placement.image
      case 1: return 1
      case 2: return placement.row
      default: return placement.pixel
      }
    }
    var stride = 1
    for inner in axis + 1..<max(shape.rank, axis + 1) { stride *= shape[inner] }
    return stride
  }

  /// The same for an operand that is repeated to the shape of a value of `rank` axes: 0 where it is repeated.
  func stride(_ operand: Operand, broadcastAxis axis: Int, rank: Int) -> Int {
    let shape = shape(operand)
    let own = axis - (rank - shape.rank)
    return own < 0 || shape[own] == 1 ? 0 : stride(operand, axis: own)
  }
}

/// The axes of a value of `rank` in the order in which they lie in memory, outermost first.
func memoryAxis(_ position: Int, rank: Int) -> Int {
  guard rank == 4 else { return position }
  return position == 0 ? 0 : position == 3 ? 1 : position + 1
}
