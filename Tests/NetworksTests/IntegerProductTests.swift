import Tensors
import Testing

@testable import Networks

/// Exact sums of whole numbers against 64-bit arithmetic, deep enough that float32 alone gets them wrong.
@Suite struct IntegerProductTests {
  /// Mostly the largest magnitude, of both parities.
  private func extreme(_ shape: Shape, _ random: inout SeededGenerator) -> Tensor {
    Tensor(shape: shape, values: (0..<shape.count).map { _ in Float(255 - Int.random(in: 0...1, using: &random)) })
  }

  @Test(arguments: [1, 257, 258, 259, 700, 2048]) func productsAreExact(depth: Int) throws {
    var random = SeededGenerator(seed: UInt64(depth))
    let (a, b) = (extreme([3, depth], &random), extreme([depth, 5], &random))
    let bias: [Int32] = [0, -1, .max, .min, 16_777_217]
    let own = try IntegerMatMul(bias: bias).forward([a, b])[0].values
    let (left, right) = (a.values.map { Int64($0) }, b.values.map { Int64($0) })
    for row in 0..<3 {
      for column in 0..<5 {
        let sum = (0..<depth).reduce(Int64(bias[column])) { $0 + left[row * depth + $1] * right[$1 * 5 + column] }
        #expect(own[row * 5 + column] == Float(sum), "\(row), \(column)")
      }
    }
  }

  @Test func stacksOfProductsAreExact() throws {
    var random = SeededGenerator(seed: 4)
    let (a, b) = (extreme([2, 1, 2, 300], &random), extreme([3, 300, 2], &random))
    let own = try IntegerMatMul().forward([a, b])[0]
    #expect(own.shape == [2, 3, 2, 2])
    let (left, right) = (a.values.map { Int64($0) }, b.values.map { Int64($0) })
    for i in 0..<own.count {
      let (column, row, stack, outer) = (i % 2, i / 2 % 2, i / 4 % 3, i / 12)
      let sum = (0..<300).reduce(Int64(0)) {
        $0 + left[(outer * 2 + row) * 300 + $1] * right[(stack * 300 + $1) * 2 + column]
      }
      #expect(own.values[i] == Float(sum))
    }
  }

  @Test func convolutionsAreExact() throws {
    var random = SeededGenerator(seed: 8)
    let conv = Conv2d(
      stride: Extent(height: 2, width: 1), padding: Padding(top: 1, left: 0, bottom: 0, right: 2), groups: 2)
    let (x, weight) = (extreme([2, 140, 4, 5], &random), extreme([4, 70, 3, 2], &random))
    // The bias leaves small numbers, in which a rounding of the large sums would show.
    let bias = [Int32](repeating: -27_000_000, count: 4)
    let own = try IntegerConv2d(conv, bias: bias).forward([x, weight])[0]
    let (values, weights) = (x.values.map { Int64($0) }, weight.values.map { Int64($0) })
    var at = 0
    for image in 0..<2 {
      for channel in 0..<4 {
        for row in 0..<own.shape[2] {
          for column in 0..<own.shape[3] {
            var sum = Int64(bias[channel])
            for depth in 0..<70 {
              for (ky, kx) in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)] {
                let (inY, inX) = (row * 2 + ky - 1, column + kx)
                guard (0..<4).contains(inY), (0..<5).contains(inX) else { continue }
                let plane = image * 140 + channel / 2 * 70 + depth
                sum += values[(plane * 4 + inY) * 5 + inX] * weights[(channel * 70 + depth) * 6 + ky * 2 + kx]
              }
            }
            #expect(own.values[at] == Float(sum), "\(image), \(channel), \(row), \(column)")
            at += 1
          }
        }
      }
    }
    #expect(at == own.count)
  }

  @Test func biasesMustFit() {
    #expect(throws: GraphError.self) { try IntegerMatMul(bias: [1]).outputShapes([[2, 3], [3, 4]]) }
    #expect(throws: GraphError.self) {
      try IntegerConv2d(Conv2d(), bias: [1, 2]).outputShapes([[1, 3, 4, 4], [4, 3, 1, 1]])
    }
  }

  @Test func quantizingKeepsToItsRange() throws {
    let x = Tensor(shape: [8], values: [.nan, .infinity, -.infinity, 0.5, 1.5, -2.5, 300, -300])
    let narrow = try Quantize(scale: 1, zeroPoint: 10, range: 0...255).forward([x])[0].values
    #expect(narrow == [0, 255, 0, 10, 12, 8, 255, 0])
    let wide = try Quantize(scale: 1, zeroPoint: 0, range: -8_388_608...8_388_607).forward([x])[0].values
    #expect(Array(wide.dropFirst(3)) == [0, 2, -2, 300, -300])
    let zeroScale = try Quantize(scale: 0, zeroPoint: 3, range: 0...255).forward([x])[0].values
    #expect(zeroScale.allSatisfy { (0...255).contains($0) })
  }
}
