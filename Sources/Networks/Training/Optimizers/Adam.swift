internal import CKernels
internal import Glibc

/// Steps by the mean of the gradients over the root of the mean of their squares, both corrected for starting at zero.
///
/// `weightDecay` adds that share of the parameter to its gradient. Reference: Kingma and Ba 2015, PyTorch `Adam` (epsilon
/// is added after the square root is corrected).
package struct Adam: Optimizer {
  package static let name = "adam"
  package var beta1: Double
  package var beta2: Double
  package var epsilon: Double
  package var weightDecay: Double
  private var slots = Slots(["first", "second"])

  package init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0) {
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
      beta1: beta1, beta2: beta2, epsilon: epsilon, learningRate: learningRate, gradientScale: gradientScale,
      decay: Float(weightDecay), shrink: 1)
    slots.update(&parameters, gradients, pool: pool) { step.run($1, number: $0) }
  }

  package func state(_ parameters: ParameterStore) -> OptimizerState { slots.state(Self.name, parameters) }

  package mutating func restore(_ state: OptimizerState, _ parameters: ParameterStore) throws(GraphError) {
    try slots.restore(state, as: Self.name, parameters)
  }
}

/// The arithmetic that ``Adam`` and ``AdamW`` share.
struct AdamStep: Sendable {
  var beta1: Double
  var beta2: Double
  var epsilon: Double
  var learningRate: Double
  var gradientScale: Float
  /// The share of the parameter that is added to its gradient.
  var decay: Float
  /// What the parameter is multiplied by before the step.
  var shrink: Float

  /// Changes a piece of a parameter, whose slots are the first and the second moment.
  func run(_ piece: ParameterPiece, number: Int64) {
    let corrected1 = 1 - pow(beta1, Double(number))
    let corrected2 = (1 - pow(beta2, Double(number))).squareRoot()
    let step = fk_adam(
      blend1: Float(1 - beta1), keep2: Float(beta2), blend2: Float(1 - beta2), epsilon: Float(epsilon),
      rate: Float(learningRate / corrected1), root: Float(corrected2), decay: decay, shrink: shrink,
      gradient_scale: gradientScale)
    withUnsafePointer(to: step) {
      fk_adam_step(
        InstructionSet.current.kernel, $0, piece.gradient.baseAddress, piece.values.baseAddress,
        piece.slots[0].baseAddress, piece.slots[1].baseAddress, piece.count)
    }
  }
}
