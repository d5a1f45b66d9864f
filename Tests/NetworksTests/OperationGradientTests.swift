import Tensors
import Testing

@testable import Networks

/// Backward of each differentiable operation against central differences.
@Suite struct OperationGradientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var operation: any DifferentiableOperation
    var shapes: [Shape]
    var testDescription: String { type(of: operation).name }
  }

  static let cases: [Case] = [
    Case(operation: ReLU(), shapes: [[2, 3, 4, 5]]),
    Case(operation: PReLU(), shapes: [[2, 3, 4, 2], [3]]),
    Case(operation: Add(), shapes: [[2, 7], [2, 7]]),
    Case(operation: Add(broadcasts: true), shapes: [[2, 1, 3], [4, 1]]),
    Case(operation: Multiply(), shapes: [[2, 3, 2, 2], [2, 3, 1, 1]]),
    Case(operation: Multiply(), shapes: [[3], [2, 3]]),
    Case(operation: Subtract(), shapes: [[2, 1, 3], [4, 1]]),
    Case(operation: Clip(lower: -0.05, upper: 3), shapes: [[4, 9]]),
    Case(operation: Clip(lower: -3, upper: 0.05), shapes: [[4, 9]]),
    Case(operation: LeakyReLU(slope: 0.2), shapes: [[2, 9]]),
    Case(operation: Sigmoid(), shapes: [[3, 5]]),
    Case(operation: Tanh(), shapes: [[3, 5]]),
    Case(operation: Linear(), shapes: [[3, 5], [4, 5], [4]]),
    Case(operation: Linear(), shapes: [[1, 6], [2, 6]]),
    Case(operation: Conv2d(), shapes: [[2, 3, 4, 5], [4, 3, 1, 1]]),
    Case(operation: Conv2d(padding: Padding(1)), shapes: [[1, 2, 3, 4], [3, 2, 3, 3], [3]]),
    Case(operation: Conv2d(stride: Extent(2)), shapes: [[3, 2, 7, 6], [2, 2, 3, 3]]),
    Case(
      operation: Conv2d(stride: Extent(height: 2, width: 1), padding: Padding(top: 1, left: 0, bottom: 0, right: 2)),
      shapes: [[1, 1, 5, 4], [2, 1, 3, 2], [2]]),
    Case(operation: Conv2d(dilation: Extent(height: 2, width: 3)), shapes: [[1, 2, 6, 8], [2, 2, 3, 2]]),
    Case(operation: Conv2d(padding: Padding(1), groups: 2), shapes: [[2, 4, 3, 3], [6, 2, 3, 3], [6]]),
    Case(operation: Conv2d(stride: Extent(2), padding: Padding(1), groups: 3), shapes: [[2, 3, 5, 5], [3, 1, 3, 3]]),
    Case(operation: Conv2d(), shapes: [[1, 3, 1, 1], [2, 3, 1, 1], [2]]),
    Case(operation: GlobalAveragePool(), shapes: [[2, 3, 3, 4]]),
    Case(operation: Flatten(), shapes: [[2, 3, 2, 2]]),
    Case(operation: Softmax(axis: 1), shapes: [[3, 4]]),
    Case(operation: Softmax(axis: 1), shapes: [[2, 3, 2, 2]]),
  ]

  @Test(arguments: cases) func backwardMatchesCentralDifferences(_ test: Case) throws {
    var random = SeededGenerator(seed: 21)
    // Away from zero, where activations have no derivative.
    let inputs = test.shapes.map { shape in
      Tensor(shape: shape, values: random.tensor(shape).values.map { $0 < 0 ? $0 - 0.1 : $0 + 0.1 })
    }
    let outputs = try test.operation.forward(inputs)
    let weights = random.tensor(outputs[0].shape)
    func loss(_ inputs: [Tensor]) throws -> Double {
      zip(try test.operation.forward(inputs)[0].values, weights.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let gradients = try test.operation.backward(inputs: inputs, outputs: outputs, gradients: [weights])
    #expect(gradients.count == inputs.count)
    let step: Float = 1e-2
    for (index, gradient) in gradients.enumerated() {
      guard let gradient else { continue }
      #expect(gradient.shape == inputs[index].shape)
      for element in 0..<gradient.count {
        func moved(_ by: Float) throws -> Double {
          var values = inputs[index].values
          values[element] += by
          var changed = inputs
          changed[index] = Tensor(shape: inputs[index].shape, values: values)
          return try loss(changed)
        }
        let numeric = (try moved(step) - moved(-step)) / Double(2 * step)
        #expect(abs(numeric - Double(gradient.values[element])) < 2e-3, "input \(index), element \(element)")
      }
    }
  }

  @Test func catalogNamesAreUnique() {
    let names = OperationCatalog.all.map { $0.name }
    #expect(Set(names).count == names.count)
  }
}
