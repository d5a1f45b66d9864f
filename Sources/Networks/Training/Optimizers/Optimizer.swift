package import Tensors

/// Changes parameters by their gradients.
package protocol Optimizer: Sendable {
  /// The name in settings and checkpoints.
  static var name: String { get }

  /// One step: changes every trainable parameter that has a gradient.
  ///
  /// - Parameters:
  ///   - gradientScale: multiplies the gradients first, such as ``Gradients/clipScale(norm:)``.
  ///   - pool: threads for large parameters.
  mutating func update(
    _ parameters: inout ParameterStore, _ gradients: Gradients, learningRate: Double, gradientScale: Float,
    pool: WorkPool)

  /// What must be kept so that training can go on as if never interrupted.
  func state(_ parameters: ParameterStore) -> OptimizerState

  /// Takes up a kept state; throws `badShape` when it does not belong to these parameters or this optimizer.
  mutating func restore(_ state: OptimizerState, _ parameters: ParameterStore) throws(GraphError)
}

extension Optimizer {
  /// The same without scale and threads.
  package mutating func update(_ parameters: inout ParameterStore, _ gradients: Gradients, learningRate: Double) {
    update(&parameters, gradients, learningRate: learningRate, gradientScale: 1, pool: .serial)
  }
}

/// The state of an optimizer by names, for checkpoints.
package struct OptimizerState: Sendable {
  /// The optimizer's name.
  package var optimizer: String
  /// A value of the optimizer (such as `first`) for a parameter: `first/<parameter>`.
  package var tensors: [String: Tensor]
  /// Steps taken, by parameter.
  package var steps: [String: Int64]

  package init(optimizer: String, tensors: [String: Tensor] = [:], steps: [String: Int64] = [:]) {
    self.optimizer = optimizer
    self.tensors = tensors
    self.steps = steps
  }
}
