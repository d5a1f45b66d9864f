import Foundation
import Tensors
import Testing
import WeightFiles

@testable import Networks

/// Three training steps of a small network against PyTorch's: `tools/make_training_fixture.py` made the file.
@Suite struct SmallTrainingParityTests {
  private static let rate = 1e-3

  private func fixture() throws -> NamedTensors {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/small_training.safetensors")
    let bytes = [UInt8](try Data(contentsOf: file))
    return try Safetensors.read(bytes)
  }

  private func network(_ weights: NamedTensors) throws -> Graph {
    var builder = GraphBuilder()
    func parameter(_ name: String) throws -> ValueID { builder.parameter(name, try #require(weights[name])) }
    func normalized(_ name: String, _ x: ValueID) throws -> ValueID {
      let keys = ["weight", "bias", "running_mean", "running_var"]
      return builder.apply(
        BatchNorm(epsilon: 1e-3), [x] + (try keys.map { try parameter("\(name).\($0)") }), name: name)
    }
    func convolution(_ name: String, _ x: ValueID, stride: Int = 1, _ padding: Padding = Padding(0)) throws -> ValueID {
      let weight = try parameter("\(name).conv.weight")
      let y = builder.apply(Conv2d(stride: Extent(stride), padding: padding), [x, weight], name: name)
      return builder.apply(ReLU(), [try normalized("\(name).bn", y)], name: "\(name).relu")
    }
    let input = builder.input()
    let stem = try convolution("stem", input, stride: 2)
    let x = builder.apply(MaxPool2d(Window(kernel: Extent(3), stride: Extent(2))), [stem], name: "pool")
    let a = try convolution("branch0", x)
    var b = try convolution("branch1.0", x)
    b = try convolution("branch1.1", b, Padding(vertical: 0, horizontal: 1))
    b = try convolution("branch1.2", b, Padding(1))
    let joined = builder.apply(Concat(), [a, b], name: "cat")
    let mixed = builder.apply(
      Conv2d(), [joined, try parameter("conv2d.weight"), try parameter("conv2d.bias")], name: "conv2d")
    let scaled = builder.apply(Scale(factor: 0.17, channels: 8), [mixed], name: "scale")
    let sum = builder.apply(ReLU(), [builder.apply(Add(), [scaled, x], name: "add")], name: "relu")
    let pooled = builder.apply(GlobalAveragePool(), [sum], name: "avgpool")
    let flat = builder.apply(Flatten(), [pooled], name: "flatten")
    let linear = builder.apply(Linear(), [flat, try parameter("last_linear.weight")], name: "last_linear")
    let last = try normalized("last_bn", linear)
    let logits = builder.apply(
      Linear(), [last, try parameter("logits.weight"), try parameter("logits.bias")], name: "logits")
    return builder.build(outputs: [logits])
  }

  @Test(arguments: [true, false], [1, 2]) func threeStepsAreThoseOfPyTorch(channelsLast: Bool, lanes: Int) throws {
    let reference = try fixture()
    let input = try #require(reference["input"])
    let labels = try #require(reference.integers("labels")).values.map { Int($0) }
    let losses = try #require(reference["losses"]).values
    let tape = try TrainingTape(
      try network(reference.section("before/")), options: .init(allowsChannelsLast: channelsLast),
      pool: WorkPool(lanes: lanes))
    var adam = Adam()
    for (step, expected) in losses.enumerated() {
      let logits = try tape.forward([input])[0]
      let result = try CrossEntropy().evaluate(logits, labels: labels)
      #expect(abs(result.loss - Double(expected)) < 1e-5, "loss of step \(step)")
      let gradients = try tape.backward([result.gradient])
      if step == 0 {
        for (index, name) in tape.parameters.names.enumerated() where tape.parameters.isTrainable[index] {
          let theirs = try #require(reference["gradient/\(name)"])
          #expect(try relativeDifference(try #require(gradients[index]), theirs) < 1e-5, "gradient of \(name)")
        }
      }
      adam.update(&tape.parameters, gradients, learningRate: Self.rate)
    }
    let after = reference.section("after/")
    #expect(Set(after.names) == Set(tape.parameters.names))
    for name in after.names {
      let difference = try relativeDifference(try #require(tape.parameters[name]), try #require(after[name]))
      #expect(difference < 1e-4, "\(name): \(difference)")
    }
  }
}

/// The Euclidean length of the difference over that of the expected values.
func relativeDifference(_ actual: Tensor, _ expected: Tensor) throws -> Double {
  try #require(actual.shape == expected.shape)
  var (difference, length) = (0.0, 0.0)
  for (a, b) in zip(actual.values, expected.values) {
    difference += (Double(a) - Double(b)) * (Double(a) - Double(b))
    length += Double(b) * Double(b)
  }
  return (difference / max(length, 1e-60)).squareRoot()
}
