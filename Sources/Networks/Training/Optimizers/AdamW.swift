/// ``Adam`` with weight decay apart from the gradient: each step first takes `learningRate * weightDecay` off the parameter.
///
/// Reference: Loshchilov and Hutter 2019, PyTorch `AdamW`.
package struct AdamW: Optimizer {
  package static let name = "adamw"
  package var beta1: Double
  package var beta2: Double
  package var epsilon: Double
  package var weightDecay: Double
  private var slots = Slots(["first", "second"])

  package init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.01) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  package mutating func update(
    _ parameters: inout ParameterStore, _ gradients: Gradients, learningRate: Double, gradientScale: Float,
    pool: WorkPool
  ) {
    let step = AdamStep(
      beta1: beta1, beta2: beta2, epsilon: epsilon, learningRate: learningRate, gradientScale: gradientScale, decay: 0,
      shrink: Float(1 - learningRate * weightDecay))
    slots.update(&parameters, gradients, pool: pool) { step.run($1, number: $0) }
  }

  package func state(_ parameters: ParameterStore) -> OptimizerState { slots.state(Self.name, parameters) }

  package mutating func restore(_ state: OptimizerState, _ parameters: ParameterStore) throws(GraphError) {
    try slots.restore(state, as: Self.name, parameters)
  }
}
