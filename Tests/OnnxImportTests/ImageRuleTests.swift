import Networks
import Tensors
import TestSupport
import Testing

@testable import OnnxImport

/// What a manifest may say of an image input beyond its file's declaration.
@Suite struct ImageRuleTests {
  private static let weights = OnnxFile.tensor(
    "w", type: 1, [4, 3, 3, 3],
    raw: (0..<108).flatMap { index in
      let bits = (Float(index % 7) - 3).bitPattern
      return [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: bits >> UInt32($0)) }
    })

  private func network(channelsLast: Bool, fixed: [Int64]? = nil) throws -> OnnxNetwork {
    let convolution = OnnxFile.node("Conv", [channelsLast ? "t" : "x", "w"], ["y"])
    let turn = OnnxFile.node("Transpose", ["x"], ["t"], [("perm", .ints([0, 3, 1, 2]))])
    return try OnnxNetwork(
      OnnxBytes(
        OnnxFile.model(
          channelsLast ? [turn, convolution] : [convolution], initializers: [Self.weights], input: fixed)))
  }

  private func picture(_ shape: Shape) -> Tensor {
    var generator = SeededGenerator(seed: 3)
    return Tensor(shape: shape, values: (0..<shape.count).map { _ in Float.random(in: -1...1, using: &generator) })
  }

  @Test func channelsLastFilesAreGivenThePlainOrder() throws {
    let picture = picture([2, 3, 7, 5])
    let plain = try network(channelsLast: false).graph(inputShapes: [picture.shape])
    let turned = try network(channelsLast: true, fixed: [2, 7, 5, 3]).graph(
      inputShapes: [picture.shape], image: OnnxImageRule(channelsLast: true))
    let wanted = try PlainExecution.run(plain, inputs: [picture])[0]
    #expect(try PlainExecution.run(turned, inputs: [picture])[0].values == wanted.values)
    let plan = try InferencePlan(turned, example: [picture.shape])
    let fast = try plan.run(picture)[0]
    #expect(zip(fast.values, wanted.values).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test func aFixedSizeIsHeldToUnlessItIsFreed() throws {
    let network = try network(channelsLast: false, fixed: [1, 3, 8, 8])
    #expect(throws: OnnxError.self) { try network.graph(inputShapes: [[1, 3, 6, 9]]) }
    let free = OnnxImageRule(freesSize: true)
    let graph = try network.graph(inputShapes: [[1, 3, 6, 9]], image: free)
    #expect(try PlainExecution.run(graph, inputs: [picture([1, 3, 6, 9])])[0].shape == [1, 4, 4, 7])
    // Batch and channels stay as declared.
    #expect(throws: OnnxError.self) { try network.graph(inputShapes: [[2, 3, 6, 9]], image: free) }
    #expect(throws: OnnxError.self) { try network.graph(inputShapes: [[1, 4, 6, 9]], image: free) }
  }
}
