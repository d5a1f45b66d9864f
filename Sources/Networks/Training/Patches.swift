internal import Tensors

/// The patches of an image that a convolution's kernel meets, as a matrix ("im2col"): one row for each channel of a
/// group and place in the kernel, one column for each output pixel.
///
/// Reference: Chellapilla et al. 2006. The plain arithmetic of convolutions, forward and backward.
struct Patches {
  let conv: Conv2d
  let x: Shape
  let weight: Shape
  let y: Shape
  /// Rows of the matrix.
  let depth: Int
  /// Its columns.
  let pixels: Int
  private let groupIn: Int
  private let groupOut: Int

  init(_ conv: Conv2d, x: Shape, weight: Shape, y: Shape) {
    self.conv = conv
    self.x = x
    self.weight = weight
    self.y = y
    groupIn = weight[1]
    groupOut = conv.groups == 0 ? 0 : weight[0] / conv.groups
    depth = weight[1] * weight[2] * weight[3]
    pixels = y[2] * y[3]
  }

  private var isEmpty: Bool { depth == 0 || pixels == 0 || groupOut == 0 }

  /// Where the results of a group begin in the output.
  func outputStart(_ image: Int, _ group: Int) -> Int { (image * y[1] + group * groupOut) * pixels }

  /// Calls `body` with the matrix of each image and group.
  func forEachGroup(_ values: Tensor, _ body: (UnsafeMutableBufferPointer<Float>, _ image: Int, _ group: Int) -> Void) {
    guard !isEmpty else { return }
    withColumns { columns in
      values.withUnsafeBuffer { values in
        for image in 0..<x[0] {
          for group in 0..<conv.groups {
            visit(image, group) { row, place in columns[row] = place < 0 ? 0 : values[place] }
            body(columns, image, group)
          }
        }
      }
    }
  }

  /// Adds the matrix that `body` sets for each image and group back into the image: the transpose of the above.
  func scatterEachGroup(
    into sums: UnsafeMutableBufferPointer<Float>,
    _ body: (UnsafeMutableBufferPointer<Float>, _ image: Int, _ group: Int) -> Void
  ) {
    guard !isEmpty else { return }
    withColumns { columns in
      for image in 0..<x[0] {
        for group in 0..<conv.groups {
          body(columns, image, group)
          visit(image, group) { row, place in if place >= 0 { sums[place] += columns[row] } }
        }
      }
    }
  }

  /// `y = weight * columns` for a group, at an element of `y`.
  func multiply(
    _ weight: Tensor, _ columns: UnsafeMutableBufferPointer<Float>, group: Int,
    into y: UnsafeMutableBufferPointer<Float>, at start: Int
  ) {
    weight.withUnsafeBuffer { weight in
      guard let a = weight.baseAddress, let b = columns.baseAddress, let c = y.baseAddress else { return }
      BLAS.sgemm(
        m: groupOut, n: pixels, k: depth, a: a + group * groupOut * depth, lda: depth, b: b, ldb: pixels, c: c + start,
        ldc: pixels)
    }
  }

  /// `columns = weight^T * dy` for a group: the gradient by the matrix.
  func multiplyTransposed(
    _ weight: Tensor, _ dy: Tensor, image: Int, group: Int, into columns: UnsafeMutableBufferPointer<Float>
  ) {
    weight.withUnsafeBuffer { weight in
      dy.withUnsafeBuffer { dy in
        guard let a = weight.baseAddress, let b = dy.baseAddress, let c = columns.baseAddress else { return }
        BLAS.sgemm(
          transposeA: true, m: depth, n: pixels, k: groupOut, a: a + group * groupOut * depth, lda: depth,
          b: b + outputStart(image, group), ldb: pixels, c: c, ldc: pixels)
      }
    }
  }

  /// `sums += dy * columns^T` for a group: the gradient by the weights.
  func addOuter(
    _ dy: Tensor, _ columns: UnsafeMutableBufferPointer<Float>, image: Int, group: Int,
    into sums: UnsafeMutableBufferPointer<Float>
  ) {
    dy.withUnsafeBuffer { dy in
      guard let a = dy.baseAddress, let b = columns.baseAddress, let c = sums.baseAddress else { return }
      BLAS.sgemm(
        transposeB: true, m: groupOut, n: depth, k: pixels, a: a + outputStart(image, group), lda: pixels, b: b,
        ldb: pixels, beta: 1, c: c + group * groupOut * depth, ldc: depth)
    }
  }

  private func withColumns(_ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
    var columns = [Float](repeating: 0, count: depth * pixels)
    columns.withUnsafeMutableBufferPointer { body($0) }
  }

  /// Calls `body` with each element of the matrix and the place in the image it comes from, -1 for padding.
  @inline(__always)
  private func visit(_ image: Int, _ group: Int, _ body: (_ element: Int, _ place: Int) -> Void) {
    let (height, width) = (x[2], x[3])
    var element = 0
    for channel in 0..<groupIn {
      let plane = (image * x[1] + group * groupIn + channel) * height * width
      for ky in 0..<weight[2] {
        for kx in 0..<weight[3] {
          for oy in 0..<y[2] {
            let iy = oy * conv.stride.height + ky * conv.dilation.height - conv.padding.top
            for ox in 0..<y[3] {
              let ix = ox * conv.stride.width + kx * conv.dilation.width - conv.padding.left
              let isInside = iy >= 0 && iy < height && ix >= 0 && ix < width
              body(element, isInside ? plane + iy * width + ix : -1)
              element += 1
            }
          }
        }
      }
    }
  }
}
