internal import CKernels

/// Steps along the gradient, or along a running sum of gradients that forgets by ``momentum``.
///
/// `weightDecay` adds that share of the parameter to its gradient. Reference: PyTorch `SGD`, Sutskever et al. 2013.
package struct StochasticGradientDescent: Optimizer {
  package static let name = "sgd"
  package var momentum: Double
  package var weightDecay: Double
  /// Whether the step looks one gradient ahead.
  package var nesterov: Bool
  private var slots: Slots

  package init(momentum: Double = 0.9, weightDecay: Double = 0, nesterov: Bool = false) {
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.nesterov = nesterov
    slots = Slots(momentum == 0 ? [] : ["momentum"])
  }

  package mutating func update(
    _ parameters: inout ParameterStore, _ gradients: Gradients, learningRate: Double, gradientScale: Float,
    pool: WorkPool
  ) {
    let (rate, decay, keep) = (Float(learningRate), Float(weightDecay), Float(momentum))
    let looksAhead = nesterov
    slots.update(&parameters, gradients, pool: pool) { _, piece in
      let (p, g) = (piece.values, piece.gradient)
      guard let sums = piece.slots.first else {
        for i in 0..<piece.count { p[i] -= rate * (g[i] * gradientScale + decay * p[i]) }
        return
      }
      // The first sum is the gradient itself, which the zero it starts from gives.
      let step = fk_momentum(
        rate: rate, keep: keep, decay: decay, gradient_scale: gradientScale, looks_ahead: looksAhead ? 1 : 0)
      withUnsafePointer(to: step) {
        fk_momentum_step(
          InstructionSet.current.kernel, $0, g.baseAddress, p.baseAddress, sums.baseAddress, piece.count)
      }
    }
  }

  package func state(_ parameters: ParameterStore) -> OptimizerState { slots.state(Self.name, parameters) }

  package mutating func restore(_ state: OptimizerState, _ parameters: ParameterStore) throws(GraphError) {
    try slots.restore(state, as: Self.name, parameters)
  }
}
