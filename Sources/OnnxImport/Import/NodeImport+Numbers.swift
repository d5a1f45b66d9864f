internal import Tensors

/// Numbers that a node takes from constant inputs or from attributes, by opset.
extension NodeImport {
  /// A constant input as a list of whole numbers; `what` names it. Throws for more than `limit` numbers.
  func integers(_ index: Int, _ what: String, limit: Int = 64) throws(OnnxError) -> [Int] {
    let tensor = try constant(index, what)
    guard tensor.elementType.isInteger else { throw invalid("its \(what) is not of whole numbers") }
    guard tensor.shape.rank <= 1, tensor.shape.count <= limit else {
      throw invalid("its \(what) of \(tensor.shape) is not a list of at most \(limit) numbers")
    }
    return try tensor.integers().map { Int($0) }
  }

  /// A constant input as a list of floats; `what` names it.
  func floats(_ index: Int, _ what: String, limit: Int = 64) throws(OnnxError) -> [Float] {
    let tensor = try constant(index, what)
    guard tensor.shape.rank <= 1, tensor.shape.count <= limit, tensor.elementType != .string else {
      throw invalid("its \(what) of \(tensor.shape) is not a list of at most \(limit) numbers")
    }
    return try tensor.floats().values
  }

  /// The whole number an input of one element holds.
  func integer(_ index: Int, _ what: String) throws(OnnxError) -> Int {
    let values = try integers(index, what, limit: 1)
    guard values.count == 1 else { throw invalid("its \(what) is not one number") }
    return values[0]
  }

  /// The number an input of one element holds.
  func float(_ index: Int, _ what: String) throws(OnnxError) -> Float {
    let values = try floats(index, what, limit: 1)
    guard values.count == 1 else { throw invalid("its \(what) is not one number") }
    return values[0]
  }

  /// Whole numbers that are an attribute before `opset` and the input from then on; `nil` when neither is there.
  func integers(attribute: String, before change: Int, input index: Int) throws(OnnxError) -> [Int]? {
    if opset < change { return try ints(attribute) }
    return has(index) ? try integers(index, attribute) : nil
  }

  /// Axes counted from the end when negative, as 0 ..< rank, each at most once.
  func axes(_ axes: [Int], rank: Int) throws(OnnxError) -> [Int] {
    var result: [Int] = []
    for axis in axes {
      let resolved = try self.axis(axis, rank: rank)
      guard !result.contains(resolved) else { throw invalid("axis \(resolved) is listed twice") }
      result.append(resolved)
    }
    return result
  }
}
