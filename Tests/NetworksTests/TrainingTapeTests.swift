import Tensors
import Testing

@testable import Networks

/// The tape against central differences through whole small networks, and what it leaves out.
@Suite struct TrainingTapeTests {
  /// conv - ReLU - conv on a branch, added to the trunk, pooled, to a linear layer.
  static func network(_ random: inout SeededGenerator) -> Graph {
    var builder = GraphBuilder()
    let x = builder.input()
    let stem = builder.apply(
      Conv2d(padding: Padding(1)),
      [
        x, builder.parameter("stem.weight", random.tensor([3, 2, 3, 3])),
        builder.parameter("stem.bias", random.tensor([3])),
      ],
      name: "stem")
    let active = builder.apply(Tanh(), [stem], name: "tanh")
    let branch = builder.apply(
      Conv2d(), [active, builder.parameter("branch.weight", random.tensor([3, 3, 1, 1]))], name: "branch")
    let sum = builder.apply(Add(), [active, branch], name: "add")
    let pooled = builder.apply(GlobalAveragePool(), [sum], name: "pool")
    let flat = builder.apply(Flatten(), [pooled], name: "flatten")
    let y = builder.apply(
      Linear(),
      [
        flat, builder.parameter("head.weight", random.tensor([4, 3])),
        builder.parameter("head.bias", random.tensor([4])),
      ],
      name: "head")
    return builder.build(outputs: [y])
  }

  @Test(arguments: [true, false]) func gradientsOfANetworkMatchCentralDifferences(channelsLast: Bool) throws {
    var random = SeededGenerator(seed: 5)
    let graph = Self.network(&random)
    let x = random.tensor([3, 2, 4, 5])
    let weights = random.tensor([3, 4])
    let tape = try TrainingTape(graph, options: .init(allowsChannelsLast: channelsLast))
    func loss() throws -> Double {
      zip(try tape.forward([x], training: false)[0].values, weights.values).reduce(0) {
        $0 + Double($1.0) * Double($1.1)
      }
    }
    _ = try tape.forward([x])
    let gradients = try tape.backward([weights])
    #expect(tape.parameters.isTrainable.allSatisfy { $0 })
    for index in 0..<tape.parameters.count {
      let gradient = try #require(gradients[index])
      #expect(gradient.shape == tape.parameters[index].shape)
      for element in 0..<gradient.count {
        func moved(_ by: Float) throws -> Double {
          let kept = tape.parameters
          tape.parameters.withUnsafeMutableBuffer(index) { $0[element] += by }
          defer { tape.parameters = kept }
          return try loss()
        }
        let numeric = (try moved(1e-2) - moved(-1e-2)) / 2e-2
        #expect(abs(numeric - Double(gradient.values[element])) < 3e-3, "\(tape.parameters.names[index]) \(element)")
      }
    }
  }

  @Test func nothingFlowsBelowTheLowestTrainableParameter() throws {
    var random = SeededGenerator(seed: 6)
    let graph = Self.network(&random)
    let tape = try TrainingTape(graph, options: .init(frozen: ["stem", "branch"]))
    let y = try tape.forward([random.tensor([2, 2, 4, 4])])[0]
    let gradients = try tape.backward([Tensor(shape: y.shape, repeating: 1)])
    let withGradient = tape.parameters.names.indices.filter { gradients[$0] != nil }.map { tape.parameters.names[$0] }
    #expect(withGradient == ["head.weight", "head.bias"])
    #expect(tape.parameters.trainableCount == 16)
  }
}
