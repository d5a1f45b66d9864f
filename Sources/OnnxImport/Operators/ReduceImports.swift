internal import Networks
internal import Tensors

/// ONNX `ReduceSum` and its relatives: axes are an attribute at first, an input from opset 18 (`ReduceSum`: 13) on.
protocol ReduceImport: OperatorImport {
  static var kind: Reduce.Kind { get }
  /// The first opset with axes as an input.
  static var opsetOfAxesInput: Int { get }
  /// For whole numbers, with the result of none; `nil` where only floats are of use.
  static var integer: (function: IntegerFolding.Operator, start: Int64)? { get }
}

extension ReduceImport {
  static var opsetOfAxesInput: Int { 18 }
  static var integer: (function: IntegerFolding.Operator, start: Int64)? { nil }

  static func add(_ node: NodeImport) throws(OnnxError) {
    let shape = try node.shape(0)
    let axes = try Self.axes(node, rank: shape.rank)
    let keeps = try node.int("keepdims", default: 1) != 0
    let reduce = Reduce(kind, axes: axes, keepsDimensions: keeps)
    let type = try node.resultType(0)
    if type.isInteger, let integer, let constant = node.constantIfKnown(0) {
      let kept = try node.foldedReduction(integer.function, constant, axes: axes, start: integer.start)
      let result = try shapeOf(reduce, node)
      return try node.setOutput(0, constant: kept.reshaped(result))
    }
    if kind == .mean, shape.rank == 4, axes == [2, 3], !type.isInteger, shape[2] > 0, shape[3] > 0 {
      let mean = try node.emit(GlobalAveragePool(), [node.value(0)])
      return try node.setOutput(0, keeps ? mean : node.emit(Flatten(), [mean]))
    }
    var value = try node.emit(reduce, [node.value(0)])
    if type.isInteger {
      let one = node.parameter(Tensor(shape: [], values: [1]))
      value = try node.emit(Divide(truncates: true), [value, one])
    }
    try node.setOutput(0, value, type: type)
  }

  /// The axes counted from the front, in order.
  private static func axes(_ node: NodeImport, rank: Int) throws(OnnxError) -> [Int] {
    var listed = try node.ints("axes") ?? []
    if node.opset >= opsetOfAxesInput, node.has(1) {
      let values = try node.constant(1, "axes").integers()
      guard values.count <= max(rank, 1) else { throw node.invalid("\(values.count) axes of \(rank)") }
      listed = values.map { Int($0) }
    }
    guard !listed.isEmpty else {
      return try node.int("noop_with_empty_axes", default: 0) != 0 ? [] : Array(0..<rank)
    }
    var axes: Set<Int> = []
    for axis in listed { axes.insert(try node.axis(axis, rank: rank)) }
    return axes.sorted()
  }

  private static func shapeOf(_ reduce: Reduce, _ node: NodeImport) throws(OnnxError) -> Shape {
    do {
      return try reduce.outputShapes([node.shape(0)])[0]
    } catch let error as OnnxError {
      throw error
    } catch {
      throw node.invalid("\(error)")
    }
  }
}

enum ReduceSumImport: ReduceImport {
  static let name = "ReduceSum"
  static let kind = Reduce.Kind.sum
  static let opsetOfAxesInput = 13
  static let integer: (function: IntegerFolding.Operator, start: Int64)? = (.add, 0)
}

enum ReduceMeanImport: ReduceImport {
  static let name = "ReduceMean"
  static let kind = Reduce.Kind.mean
}

enum ReduceL1Import: ReduceImport {
  static let name = "ReduceL1"
  static let kind = Reduce.Kind.l1
}

enum ReduceL2Import: ReduceImport {
  static let name = "ReduceL2"
  static let kind = Reduce.Kind.l2
}

enum ReduceMaxImport: ReduceImport {
  static let name = "ReduceMax"
  static let kind = Reduce.Kind.largest
  static let integer: (function: IntegerFolding.Operator, start: Int64)? = (.maximum, .min)
}

enum ReduceMinImport: ReduceImport {
  static let name = "ReduceMin"
  static let kind = Reduce.Kind.smallest
  static let integer: (function: IntegerFolding.Operator, start: Int64)? = (.minimum, .max)
}

enum ReduceProdImport: ReduceImport {
  static let name = "ReduceProd"
  static let kind = Reduce.Kind.product
  static let integer: (function: IntegerFolding.Operator, start: Int64)? = (.multiply, 1)
}

enum ReduceSumSquareImport: ReduceImport {
  static let name = "ReduceSumSquare"
  static let kind = Reduce.Kind.sumOfSquares
}

enum ReduceLogSumImport: ReduceImport {
  static let name = "ReduceLogSum"
  static let kind = Reduce.Kind.logSum
}

enum ReduceLogSumExpImport: ReduceImport {
  static let name = "ReduceLogSumExp"
  static let kind = Reduce.Kind.logSumExp
}
