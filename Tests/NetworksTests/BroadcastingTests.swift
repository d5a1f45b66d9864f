import Tensors
import Testing

@testable import Networks

/// The shape rules of arithmetic with broadcasting, reductions and products, and what fixtures do not reach.
@Suite struct BroadcastingTests {
  @Test func shapesBroadcastFromTheEnd() {
    #expect(Broadcasting.shape([[2, 1, 4], [3, 1]]) == [2, 3, 4])
    #expect(Broadcasting.shape([[], [5]]) == [5])
    #expect(Broadcasting.shape([[0, 3], [1, 3]]) == [0, 3])
    #expect(Broadcasting.shape([[1], [0]]) == [0])
    #expect(Broadcasting.shape([[2], [3]]) == nil)
    #expect(Broadcasting.shape([[2, 3], [2, 1], [4, 1, 1]]) == [4, 2, 3])
    #expect(Broadcasting.shape([[0], [2]]) == nil)
  }

  /// Every pair of small shapes against an index by index reading.
  @Test func valuesAreThoseOfTheirIndices() throws {
    let shapes: [Shape] = [
      [], [1], [3], [2, 3], [2, 1], [1, 3], [4, 1, 3], [4, 2, 1], [4, 2, 3], [1, 1, 1], [5, 4, 2, 3], [5, 1, 2, 1],
      [1, 4, 1, 3],
    ]
    var random = SeededGenerator(seed: 17)
    for left in shapes {
      for right in shapes {
        let (a, b) = (random.tensor(left), random.tensor(right))
        let y = try Subtract().forward([a, b])[0]
        #expect(Broadcasting.shape([left, right]) == y.shape)
        for place in 0..<y.count {
          #expect(y.values[place] == element(a, place, y.shape) - element(b, place, y.shape), "\(left) - \(right)")
        }
      }
    }
  }

  private func element(_ tensor: Tensor, _ place: Int, _ whole: Shape) -> Float {
    var (rest, index, step) = (place, 0, 1)
    for axis in stride(from: whole.rank - 1, through: 0, by: -1) {
      let own = axis - (whole.rank - tensor.shape.rank)
      if own >= 0 {
        if tensor.shape[own] != 1 { index += rest % whole[axis] * step }
        step *= tensor.shape[own]
      }
      rest /= whole[axis]
    }
    return tensor.values[index]
  }

  @Test func emptyTensorsAreAllowed() throws {
    let none = Tensor(shape: [0, 3], values: [])
    #expect(try Multiply().forward([none, Tensor(shape: [3], repeating: 2)])[0].shape == [0, 3])
    #expect(try Reduce(.sum, axes: [0]).forward([none])[0].values == [0, 0, 0])
    #expect(
      try Reduce(.largest, axes: [0], keepsDimensions: false).forward([none])[0].values == [
        -.infinity, -.infinity, -.infinity,
      ])
    let product = try MatMul().forward([Tensor(shape: [2, 0], values: []), Tensor(shape: [0, 2], values: [])])[0]
    #expect(product.values == [0, 0, 0, 0])
    #expect(throws: GraphError.self) { try ArgExtremum(largest: true, axis: 0).outputShapes([[0, 3]]) }
  }

  @Test func shapesThatDoNotFitAreErrors() {
    let cases: [(any Operation, [Shape])] = [
      (Add(), [[2, 3], [3]]), (Add(broadcasts: true), [[2, 3], [2]]), (Multiply(), [[2, 3], [2]]), (Multiply(), [[2]]),
      (Select(), [[2], [3], [1]]), (MatMul(), [[], [2]]), (MatMul(), [[2, 3], [4, 2]]),
      (MatMul(), [[2, 2, 3], [3, 3, 2]]), (Reduce(.sum, axes: [2]), [[2, 3]]), (Reduce(.sum, axes: [0, 0]), [[2, 3]]),
      (ArgExtremum(largest: true, axis: 1), [[2]]), (LogSoftmax(axis: 1), [[2]]), (LayerNormalize(axis: 2), [[2, 2]]),
      (LpNormalize(axis: 0, power: 3), [[2, 2]]), (Clip(), [[1], [1]]),
    ]
    for (operation, shapes) in cases {
      #expect(throws: GraphError.self, "\(type(of: operation).name) \(shapes)") {
        try operation.outputShapes(shapes)
      }
    }
  }

  /// Asking for a shape must not cost memory: a stack of 2^40 products is refused by its shape alone.
  @Test func hugeStacksAreOnlyNumbers() throws {
    let (many, one) = (1 << 20, 1)
    let shape = try MatMul().outputShapes([[many, one, 2, 2], [one, many, 2, 2]])[0]
    #expect(shape == [many, many, 2, 2])
  }

  @Test func whatIsNotANumberStaysSo() throws {
    let x = Tensor(shape: [3], values: [.nan, 1, -1])
    let zero = Tensor(shape: [], values: [0])
    for largest in [true, false] {
      #expect(try Extremum(largest: largest).forward([x, zero])[0].values[0].isNaN)
      #expect(try Extremum(largest: largest).forward([zero, x])[0].values[0].isNaN)
    }
    #expect(try Clip(lower: 0, upper: 6).forward([x])[0].values[0].isNaN)
    #expect(try Reduce(.logSumExp, axes: [0]).forward([x])[0].values[0].isNaN)
  }
}
