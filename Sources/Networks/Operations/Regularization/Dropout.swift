package import Tensors

/// Dropout, which does nothing outside training; see `Dropout+Training.swift` for what it does there.
///
/// Input and output: any shape. Reference: PyTorch `Dropout`.
package struct Dropout: InferenceIdentity {
  package static let name = "Dropout"
  /// The share of values dropped while training.
  package var probability: Float

  package init(probability: Float) {
    self.probability = probability
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    return [inputs[0]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] { [inputs[0]] }
}
