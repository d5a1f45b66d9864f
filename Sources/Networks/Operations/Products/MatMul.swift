package import Tensors

/// The product of matrices in the last two dimensions; the dimensions before them broadcast.
///
/// Inputs: a ... x M x K, b ... x K x N. Output: ... x M x N. A vector (rank 1) counts as one row of a or one column of
/// b and leaves no dimension. Reference: ONNX `MatMul`, numpy; the product is `sgemm`.
package struct MatMul: Operation {
  package static let name = "MatMul"

  package init() {}

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 2...2)
    return [try MatMulShape(inputs[0], inputs[1], operation: Self.name).output]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let shape = try MatMulShape(inputs[0].shape, inputs[1].shape, operation: Self.name)
    return [
      Tensor(shape: shape.output) { y in
        inputs[0].withUnsafeBuffer { a in
          inputs[1].withUnsafeBuffer { b in
            shape.forEachProduct(a, b, y) { a, b, y in
              BLAS.sgemm(
                m: shape.rows, n: shape.columns, k: shape.depth, a: a, lda: shape.depth, b: b, ldb: shape.columns, c: y,
                ldc: shape.columns)
            }
          }
        }
      }
    ]
  }
}

/// The sizes of a product of (stacks of) matrices, and which matrices meet.
struct MatMulShape {
  /// Rows of one product; all rows of a at once where b is one matrix.
  let rows: Int
  let depth: Int
  let columns: Int
  let output: Shape
  /// The leading dimensions of a, b and the output; empty where one product does all.
  private let stacks: (a: Shape, b: Shape, output: Shape)

  init(_ a: Shape, _ b: Shape, operation: String) throws(GraphError) {
    guard a.rank >= 1, b.rank >= 1 else {
      throw GraphError(.badShape, "[\(operation)] \(a) and \(b): a scalar has no product of matrices.")
    }
    let left = a.rank == 1 ? Shape([1, a[0]]) : a
    let right = b.rank == 1 ? Shape([b[0], 1]) : b
    let (stackA, stackB) = (Shape(left.dimensions.dropLast(2)), Shape(right.dimensions.dropLast(2)))
    depth = left[left.rank - 1]
    columns = right[right.rank - 1]
    let ownRows = left[left.rank - 2]
    guard right[right.rank - 2] == depth, let stack = Broadcasting.shape([stackA, stackB]) else {
      throw GraphError(.badShape, "[\(operation)] \(a) and \(b) do not fit.")
    }
    output = Shape(stack.dimensions + (a.rank == 1 ? [] : [ownRows]) + (b.rank == 1 ? [] : [columns]))
    if stackB.count == 1 {
      // One matrix for all: the rows of every matrix of a follow each other.
      rows = stackA.count * ownRows
      stacks = ([], [], [])
    } else {
      rows = ownRows
      stacks = (stackA, stackB, stack)
    }
  }

  /// The matrix of `shape` that stands at a place of `stack`.
  private static func index(_ shape: Shape, at place: Int, in stack: Shape) -> Int {
    var (rest, index, step) = (place, 0, 1)
    for axis in stride(from: stack.rank - 1, through: 0, by: -1) {
      let own = axis - (stack.rank - shape.rank)
      if own >= 0 {
        if shape[own] != 1 { index += (rest % stack[axis]) * step }
        step *= shape[own]
      }
      rest /= stack[axis]
    }
    return index
  }

  /// Calls `multiply` for each product, with where its matrices start; without depth all products are zero.
  @inline(__always)
  func forEachProduct(
    _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>, _ y: UnsafeMutableBufferPointer<Float>,
    _ multiply: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) {
    guard depth > 0 else { return y.initialize(repeating: 0) }
    guard !y.isEmpty, let a = a.baseAddress, let b = b.baseAddress, let y = y.baseAddress else { return }
    forEachPlace { left, right, place in
      multiply(a + left * rows * depth, b + right * depth * columns, y + place * rows * columns)
    }
  }

  /// Calls `body` for each product with the numbers of the matrices of a, b and the output that meet there.
  @inline(__always)
  func forEachPlace(_ body: (_ left: Int, _ right: Int, _ place: Int) -> Void) {
    for place in 0..<stacks.output.count {
      body(
        Self.index(stacks.a, at: place, in: stacks.output), Self.index(stacks.b, at: place, in: stacks.output), place)
    }
  }
}
