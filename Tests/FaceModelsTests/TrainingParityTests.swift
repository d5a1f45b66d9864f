import FaceModels
import Foundation
import Networks
import Tensors
import Testing
import WeightFiles

/// Three training steps of the whole InceptionResnetV1 against PyTorch's.
///
/// `tools/make_training_fixture.py full FOLDER` makes the file, of 400 MB; FACE_WORKER_TORCH_REFERENCE names the folder.
@Suite struct TrainingParityTests {
  private static let rate = 1e-5

  private func reference() throws -> NamedTensors? {
    guard let folder = ProcessInfo.processInfo.environment["FACE_WORKER_TORCH_REFERENCE"] else {
      print("Skipped: FACE_WORKER_TORCH_REFERENCE does not name a folder with PyTorch's results.")
      return nil
    }
    let file = URL(fileURLWithPath: folder).appendingPathComponent("inception_training.safetensors")
    return try Safetensors.read([UInt8](try Data(contentsOf: file)))
  }

  /// The Euclidean length of the difference over that of the expected values.
  private func relativeDifference(_ actual: Tensor, _ expected: Tensor) throws -> Double {
    try #require(actual.shape == expected.shape)
    var (difference, length) = (0.0, 0.0)
    actual.withUnsafeBuffer { a in
      expected.withUnsafeBuffer { b in
        for i in 0..<a.count {
          difference += (Double(a[i]) - Double(b[i])) * (Double(a[i]) - Double(b[i]))
          length += Double(b[i]) * Double(b[i])
        }
      }
    }
    return (difference / max(length, 1e-60)).squareRoot()
  }

  /// Each loss within 1e-4 and each tensor within 1e-4 of its length, but for the bias that has no gradient: batch norm
  /// cancels what `block8.conv2d.bias` adds, so that its gradient is a rounding error in PyTorch as here, and Adam takes
  /// three steps of the learning rate into whatever direction its sign says.
  @Test func threeStepsAreThoseOfPyTorch() throws {
    guard let reference = try reference() else { return }
    let input = try #require(reference["input"])
    let labels = try #require(reference.integers("labels")).values.map { Int($0) }
    let graph = try InceptionResnetV1.graph(reference.section("before/"), head: .logits)
    // The reference was made without dropout.
    let tape = try TrainingTape(graph, options: .init(dropsOut: false), pool: WorkPool(lanes: 2))
    var adam = Adam()
    for (step, expected) in try #require(reference["losses"]).values.enumerated() {
      let result = try CrossEntropy().evaluate(try tape.forward([input])[0], labels: labels)
      print("step \(step): loss \(result.loss), PyTorch \(expected)")
      #expect(abs(result.loss - Double(expected)) < 1e-4)
      let gradients = try tape.backward([result.gradient])
      if step == 0 { try compareGradients(gradients, tape.parameters, reference) }
      adam.update(&tape.parameters, gradients, learningRate: Self.rate)
    }
    var differences: [(difference: Double, theirs: Double, name: String)] = []
    let (after, exact) = (reference.section("after/"), reference.section("exact/"))
    for name in after.names {
      let expected = try #require(after[name])
      let actual = try #require(tape.parameters[name])
      let difference = try relativeDifference(actual, expected)
      differences.append((difference, try relativeDifference(expected, try #require(exact[name])), name))
      if name == "block8.conv2d.bias" {
        let furthest = zip(actual.values, expected.values).map { abs($0 - $1) }.max() ?? 0
        #expect(furthest < Float(6.1 * Self.rate))
      } else {
        #expect(difference < 1e-4, "\(name)")
      }
    }
    report("after three steps", differences)
  }

  /// Against PyTorch's float64, where PyTorch's own float32 is off by a thousandth in the median tensor: a value that
  /// rounding moves over the edge of a ReLU moves the gradients below it, in either implementation.
  private func compareGradients(
    _ gradients: Gradients, _ parameters: ParameterStore, _ reference: NamedTensors
  ) throws {
    var differences: [(difference: Double, theirs: Double, name: String)] = []
    for (index, name) in parameters.names.enumerated() where parameters.isTrainable[index] {
      let actual = try #require(gradients[index])
      let exact = try #require(reference["exact_gradient/\(name)"])
      let theirs = try relativeDifference(try #require(reference["gradient/\(name)"]), exact)
      let ours = try relativeDifference(actual, exact)
      differences.append((ours, theirs, name))
      if name != "block8.conv2d.bias" { #expect(ours < 0.05, "gradient of \(name)") }
    }
    let (ours, theirs) = (differences.map(\.difference).sorted(), differences.map(\.theirs).sorted())
    #expect(ours[ours.count / 2] < 2 * theirs[theirs.count / 2])
    report("gradients to PyTorch's in float64", differences)
  }

  private func report(_ what: String, _ differences: [(difference: Double, theirs: Double, name: String)]) {
    let sorted = differences.sorted { $0.difference > $1.difference }
    let median = sorted[sorted.count / 2].difference
    let theirs = differences.map(\.theirs).sorted()
    print("\(what): median \(median); PyTorch's float32 to its float64: median \(theirs[theirs.count / 2])")
    for entry in sorted.prefix(6) { print("  \(entry.name) \(entry.difference); PyTorch's own \(entry.theirs)") }
  }
}
