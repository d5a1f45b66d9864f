package import Tensors

/// The transpose of a two-dimensional convolution, also called deconvolution, with groups.
///
/// Inputs: x N x C x H x W; weight C x O/groups x KH x KW; optional bias O. Output: N x O x H' x W' with
/// `H' = (H - 1) * stride + (KH - 1) * dilation + 1 - top - bottom + outputPadding`. Reference: ONNX `ConvTranspose`,
/// PyTorch `ConvTranspose2d`; the product is `sgemm`, its columns are then added where they belong.
package struct ConvTranspose2d: Operation, AffineFoldable {
  package static let name = "ConvTranspose"

  package var stride: Extent
  /// Rows and columns taken away from the full result.
  package var padding: Padding
  package var dilation: Extent
  /// Rows and columns added at the bottom and the right.
  package var outputPadding: Extent
  package var groups: Int

  package init(
    stride: Extent = Extent(1), padding: Padding = Padding(0), dilation: Extent = Extent(1),
    outputPadding: Extent = Extent(0), groups: Int = 1
  ) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.outputPadding = outputPadding
    self.groups = groups
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 2...3)
    let (x, weight) = (inputs[0], inputs[1])
    try requireRank(x, 4)
    try requireRank(weight, 4)
    guard groups > 0, x[1] == weight[0], x[1] % groups == 0, x.count > 0, weight.count > 0 else {
      throw GraphError(.badShape, "[ConvTranspose] \(x) does not fit weights \(weight) in \(groups) groups.")
    }
    let (channels, overflow) = weight[1].multipliedReportingOverflow(by: groups)
    guard !overflow, inputs.count == 2 || inputs[2] == [channels] else {
      throw GraphError(.badShape, "[ConvTranspose] the bias does not fit \(weight[1]) channels in \(groups) groups.")
    }
    let height =
      (x[2] - 1) * stride.height + (weight[2] - 1) * dilation.height + 1 - padding.top - padding.bottom
      + outputPadding.height
    let width =
      (x[3] - 1) * stride.width + (weight[3] - 1) * dilation.width + 1 - padding.left - padding.right
      + outputPadding.width
    guard height > 0, width > 0 else {
      throw GraphError(.badShape, "[ConvTranspose] the padding leaves nothing of \(x).")
    }
    return [[x[0], channels, height, width]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let (x, weight) = (inputs[0], inputs[1])
    let shape = try outputShapes(inputs.map(\.shape))[0]
    let groupIn = x.shape[1] / groups
    let groupOut = weight.shape[1]
    let depth = groupOut * weight.shape[2] * weight.shape[3]
    let pixels = x.shape[2] * x.shape[3]
    let plane = shape[2] * shape[3]
    var columns = [Float](repeating: 0, count: depth * pixels)
    let output = Tensor(shape: shape) { y in
      if inputs.count == 3 {
        inputs[2].withUnsafeBuffer { bias in
          for i in 0..<y.count { y[i] = bias[i / plane % shape[1]] }
        }
      } else {
        y.initialize(repeating: 0)
      }
      x.withUnsafeBuffer { x in
        weight.withUnsafeBuffer { weight in
          columns.withUnsafeMutableBufferPointer { columns in
            guard let x = x.baseAddress, let weight = weight.baseAddress, let column = columns.baseAddress else {
              return
            }
            for image in 0..<shape[0] {
              for group in 0..<groups {
                let channel = image * groups + group
                BLAS.sgemm(
                  transposeA: true, m: depth, n: pixels, k: groupIn, a: weight + group * groupIn * depth, lda: depth,
                  b: x + channel * groupIn * pixels, ldb: pixels, c: column, ldc: pixels)
                let planes = channel * groupOut * plane..<(channel + 1) * groupOut * plane
                add(columns, inputs[0].shape, inputs[1].shape, to: .init(rebasing: y[planes]), shape)
              }
            }
          }
        }
      }
    }
    return [output]
  }

  /// Adds the columns of one group, each a product of all inputs with one place of the kernel, to the group's planes.
  private func add(
    _ columns: UnsafeMutableBufferPointer<Float>, _ x: Shape, _ weight: Shape,
    to y: UnsafeMutableBufferPointer<Float>, _ shape: Shape
  ) {
    var from = 0
    for channel in 0..<weight[1] {
      for ky in 0..<weight[2] {
        for kx in 0..<weight[3] {
          for iy in 0..<x[2] {
            let oy = iy * stride.height + ky * dilation.height - padding.top
            guard oy >= 0, oy < shape[2] else {
              from += x[3]
              continue
            }
            let row = (channel * shape[2] + oy) * shape[3]
            for ix in 0..<x[3] {
              let ox = ix * stride.width + kx * dilation.width - padding.left
              if ox >= 0, ox < shape[3] { y[row + ox] += columns[from + ix] }
            }
            from += x[3]
          }
        }
      }
    }
  }

  package func folding(scale: [Float], shift: [Float], parameters: [Tensor]) throws(GraphError) -> [Tensor] {
    let weight = parameters[0]
    let (groupIn, groupOut) = (weight.shape[0] / groups, weight.shape[1])
    let area = weight.shape[2] * weight.shape[3]
    guard groupIn > 0, groupOut > 0, area > 0, scale.count == groupOut * groups else {
      throw GraphError(.badShape, "[ConvTranspose] an affine of \(scale.count) channels does not fit \(weight.shape).")
    }
    let folded = Tensor(shape: weight.shape) { result in
      weight.withUnsafeBuffer { source in
        for i in 0..<source.count {
          let plane = i / area
          result[i] = source[i] * scale[plane / groupOut / groupIn * groupOut + plane % groupOut]
        }
      }
    }
    let bias = parameters.count > 1 ? parameters[1].values : [Float](repeating: 0, count: scale.count)
    return [
      folded, Tensor(shape: [scale.count], values: scale.indices.map { bias[$0] * scale[$0] + shift[$0] }),
    ]
  }
}
