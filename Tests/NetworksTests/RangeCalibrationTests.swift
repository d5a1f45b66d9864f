import Tensors
import TestSupport
import Testing

@testable import Networks

/// Ranges of values from runs, and what is done about those that bytes harm.
@Suite struct RangeCalibrationTests {
  private func histogram(_ batches: [[Float]]) -> ValueHistogram {
    var result = ValueHistogram()
    for batch in batches { batch.withUnsafeBufferPointer { result.add($0) } }
    return result
  }

  @Test func theWholeRangeIsExact() {
    #expect(histogram([]).range(.none) == nil)
    #expect(histogram([[.nan, .infinity]]).range(.leastSquares) == nil)
    #expect(histogram([[1, 2], [-3e-8, .nan], [700]]).range(.none) == Float(-3e-8)...Float(700))
    #expect(histogram([[0, 0], [0]]).range(.none) == Float(0)...Float(0))
    for clipping in Clipping.allCases { #expect(histogram([[0]]).range(clipping) == Float(0)...Float(0)) }
  }

  /// Bins are folded as larger numbers come; quantiles stay where they are.
  @Test func tailsAreCutWhateverTheOrder() throws {
    let spread = (0..<100_000).map { Float($0) / 100_000 }
    for batches in [[spread, [50]], [[50], spread], [spread.reversed(), [50]]] as [[[Float]]] {
      let range = try #require(histogram(batches).range(.tails))
      // A bin is 64 / 2048 wide.
      #expect(range.lowerBound >= 0 && range.upperBound > 0.96 && range.upperBound < 1.07, "\(range)")
    }
  }

  /// Against the error of really rounding: the range found is about as good as the best of a fine search.
  @Test func leastSquaresAreLeast() throws {
    var random = SeededGenerator(seed: 5)
    // Nearly normal, with a few numbers far out.
    var values = (0..<40_000).map { _ in (0..<6).reduce(Float(0)) { sum, _ in sum + random.tensor([1]).values[0] } }
    values += [40, -25, 38]
    func error(_ range: ClosedRange<Float>) -> Double {
      guard case .uint8(let scale, let zero) = ValueFormat(bytesFor: range) else { return .infinity }
      return values.reduce(0) { sum, value in
        let byte = min(max((value / scale).rounded() + Float(zero), 0), 255)
        let back = (byte - Float(zero)) * scale
        return sum + Double((value - back) * (value - back))
      }
    }
    let found = try #require(histogram([values]).range(.leastSquares))
    let ends = stride(from: Float(1), through: 40, by: 1)
    let best = ends.flatMap { high in ends.map { error(-$0...high) } }.min() ?? 0
    #expect(found.upperBound < 40 && error(found) <= 1.1 * best, "\(found): \(error(found)), best \(best)")
    #expect(error(found) < error(try #require(histogram([values]).range(.none))))
  }

  private func source(_ count: Int, _ shape: Shape, seed: UInt64) -> RangeCalibration.Source {
    RangeCalibration.Source(count: count, shape: shape) { index, image in
      var random = SeededGenerator(seed: seed + UInt64(index))
      let values = random.tensor([shape[2] * shape[3] * shape[1]]).values
      for y in 0..<shape[2] {
        for x in 0..<shape[3] {
          for c in 0..<shape[1] { image.pixel(0, y, x)[c] = values[(y * shape[3] + x) * shape[1] + c] }
        }
      }
    }
  }

  @Test func aNetworkIsCalibrated() throws {
    var random = SeededGenerator(seed: 11)
    let graph = ReducedPrecisionTests.mixedGraph(&random)
    let shape: Shape = [1, 3, 19, 17]
    let found = try RangeCalibration(graph, source(12, shape, seed: 100), pool: .serial)
    #expect(found.bytes > 4 && found.bfloat16Error < found.error && found.error < 0.01, "\(found.error)")
    // What it says of its ranges is what a plan of them does.
    let plan = try InferencePlan(graph, example: [shape], precision: .int8, ranges: found.ranges)
    #expect(plan.valuesInBytes.count == found.bytes)
    #expect(found.ranges.kept.isDisjoint(with: plan.valuesInBytes))
    let error = #expect(throws: GraphError.self) {
      try RangeCalibration(graph, source(7, shape, seed: 1), pool: .serial)
    }
    #expect(error?.code == .unsupported && error?.message.contains("8 images") == true)
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try RangeCalibration(graph, source(8, shape, seed: 1), pool: .serial) { throw Stop() }
    }
  }

  /// A channel a thousand times as large as its neighbors takes all of the bytes: the value that has it is left in bf16.
  @Test func whatBytesHarmIsKept() throws {
    var random = SeededGenerator(seed: 4)
    var builder = GraphBuilder()
    var scales = [Float](repeating: 0.05, count: 16)
    scales[0] = 500
    let first = random.tensor([16, 3, 3, 3], in: -0.3...0.3)
    let loud = Tensor(
      shape: first.shape, values: first.values.enumerated().map { $0.element * scales[$0.offset / 27] })
    var point = random.tensor([16, 16, 1, 1], in: -0.5...0.5).values
    for output in 0..<16 { point[output * 16] = 0 }
    let x = builder.input()
    let a = builder.apply(Conv2d(), [x, builder.parameter("a", loud)], name: "loud")
    let b = builder.apply(
      Conv2d(), [a, builder.parameter("b", Tensor(shape: [16, 16, 1, 1], values: point))], name: "quiet")
    let c = builder.apply(
      Conv2d(), [b, builder.parameter("c", random.tensor([16, 16, 1, 1], in: -0.5...0.5))], name: "last")
    let graph = builder.build(outputs: [c])
    let found = try RangeCalibration(graph, source(8, [1, 3, 12, 11], seed: 9), pool: .serial)
    #expect(found.ranges.kept == ["loud"], "\(found.ranges.kept)")
    #expect(found.error <= 1e-3)
  }
}
