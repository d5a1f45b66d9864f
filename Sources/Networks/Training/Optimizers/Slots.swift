internal import Tensors

/// What an optimizer keeps for each parameter: a few tensors of its shape and how many steps it has had.
///
/// Made when a parameter gets its first gradient, as in PyTorch; parameters that never get one take no memory.
struct Slots: Sendable {
  /// The name of each tensor in a checkpoint.
  let names: [String]
  /// By index of the parameter; empty until its first step.
  private(set) var tensors: [[Tensor]] = []
  private(set) var steps: [Int64] = []

  init(_ names: [String]) {
    self.names = names
  }

  /// Passes the elements of every parameter that has a gradient, of the gradient and of the kept tensors to `body`, with
  /// which step this is (from 1 on). Pieces of large parameters run in parallel.
  mutating func update(
    _ parameters: inout ParameterStore, _ gradients: Gradients, pool: WorkPool,
    _ body: @escaping @Sendable (_ step: Int64, _ piece: ParameterPiece) -> Void
  ) {
    grow(to: parameters.count)
    for index in 0..<parameters.count where parameters.isTrainable[index] {
      guard let gradient = gradients[index], gradient.count == parameters[index].count else { continue }
      // Taken out, so that the memory is not shared and changes in place.
      var kept = tensors[index]
      tensors[index] = []
      if kept.isEmpty { kept = names.map { _ in Tensor(shape: gradient.shape, repeating: 0) } }
      steps[index] += 1
      let step = steps[index]
      let bases = kept.indices.map { slot in kept[slot].withUnsafeMutableBuffer { $0 } }
      gradient.withUnsafeBuffer { gradient in
        parameters.withUnsafeMutableBuffer(index) { values in
          let whole = ParameterPiece(values: values, gradient: gradient, slots: bases)
          let length = 1 << 15
          pool.run((values.count + length - 1) / length) { part in
            body(step, whole.part(part * length..<min(whole.count, (part + 1) * length)))
          }
        }
      }
      tensors[index] = kept
    }
  }

  private mutating func grow(to count: Int) {
    while steps.count < count {
      steps.append(0)
      tensors.append([])
    }
  }

  /// The state by names.
  func state(_ optimizer: String, _ parameters: ParameterStore) -> OptimizerState {
    var state = OptimizerState(optimizer: optimizer)
    for index in 0..<min(parameters.count, steps.count) where steps[index] > 0 {
      let name = parameters.names[index]
      state.steps[name] = steps[index]
      for (slot, tensor) in zip(names, tensors[index]) { state.tensors["\(slot)/\(name)"] = tensor }
    }
    return state
  }

  /// Takes up a state; throws `badShape` when it is another optimizer's or does not fit the parameters.
  mutating func restore(
    _ state: OptimizerState, as optimizer: String, _ parameters: ParameterStore
  ) throws(GraphError) {
    guard state.optimizer == optimizer else {
      throw GraphError(.badShape, "The kept state is that of another optimizer than \(optimizer).")
    }
    var restored = Slots(names)
    restored.grow(to: parameters.count)
    for (name, steps) in state.steps {
      guard let index = parameters.index(of: name), steps > 0 else { throw Self.misfit(name) }
      var tensors: [Tensor] = []
      for slot in names {
        guard let tensor = state.tensors["\(slot)/\(name)"], tensor.shape == parameters[index].shape else {
          throw Self.misfit(name)
        }
        tensors.append(tensor)
      }
      restored.steps[index] = steps
      restored.tensors[index] = tensors
    }
    self = restored
  }

  private static func misfit(_ name: String) -> GraphError {
    GraphError(.badShape, "The kept state of the optimizer does not fit the parameter \(name).")
  }
}

/// A run of elements of one parameter.
struct ParameterPiece: @unchecked Sendable {
  // Parts of one parameter do not overlap, and each is worked on by one thread.
  let values: UnsafeMutableBufferPointer<Float>
  let gradient: UnsafeBufferPointer<Float>
  /// What the optimizer keeps, in the order of ``Slots/names``.
  let slots: [UnsafeMutableBufferPointer<Float>]

  var count: Int { values.count }

  func part(_ range: Range<Int>) -> ParameterPiece {
    ParameterPiece(
      values: UnsafeMutableBufferPointer(rebasing: values[range]),
      gradient: UnsafeBufferPointer(rebasing: gradient[range]),
      slots: slots.map { UnsafeMutableBufferPointer(rebasing: $0[range]) })
  }
}
