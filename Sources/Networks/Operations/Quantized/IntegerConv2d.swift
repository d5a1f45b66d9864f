package import Tensors

/// A convolution of whole numbers whose sums are exact whatever their size.
///
/// Inputs: x N x C x H x W; weight O x C/groups x KH x KW, both whole numbers with a magnitude of at most 255. Output:
/// N x O x H' x W', each sum with its bias rounded once to float32. Reference: ONNX `ConvInteger`, the accumulation of
/// `QLinearConv`. Where all sums fit 24 bits, ``Conv2d`` gives the same and is faster.
package struct IntegerConv2d: Operation {
  package static let name = "ConvInteger"
  package var conv: Conv2d
  /// One a channel of the output, or empty.
  package var bias: [Int32]

  package init(_ conv: Conv2d, bias: [Int32] = []) {
    self.conv = conv
    self.bias = bias
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 2...2)
    let shapes = try conv.outputShapes(inputs)
    guard bias.isEmpty || bias.count == shapes[0][1] else {
      throw GraphError(.badShape, "[ConvInteger] \(bias.count) biases do not fit \(shapes[0][1]) output channels.")
    }
    return shapes
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let (x, weight) = (inputs[0], inputs[1])
    let shape = try outputShapes(inputs.map(\.shape))[0]
    let (pixels, groupOut) = (shape[2] * shape[3], shape[1] / conv.groups)
    let depth = weight.shape.dimensions.dropFirst().reduce(1, *)
    let block = ExactProduct.depth
    var columns = [Float](repeating: 0, count: min(depth, block) * pixels)
    var part = [Float](repeating: 0, count: groupOut * pixels)
    var sums = [Double](repeating: 0, count: groupOut * pixels)
    return [
      Tensor(shape: shape) { y in
        x.withUnsafeBuffer { x in
          weight.withUnsafeBuffer { weight in
            for image in 0..<shape[0] {
              for group in 0..<conv.groups {
                for i in sums.indices { sums[i] = 0 }
                for first in stride(from: 0, to: depth, by: block) {
                  let rows = first..<min(depth, first + block)
                  fill(&columns, rows, x, inputs, output: shape, image: image, group: group)
                  ExactProduct.add(
                    weight, at: group * groupOut * depth + first, stride: depth, columns, rows: groupOut,
                    depth: rows.count, columns: pixels, part: &part, to: &sums)
                }
                let start = (image * shape[1] + group * groupOut) * pixels
                for i in sums.indices {
                  let channel = group * groupOut + i / pixels
                  y[start + i] = Float(sums[i] + (bias.isEmpty ? 0 : Double(bias[channel])))
                }
              }
            }
          }
        }
      }
    ]
  }

  /// Writes the taps `rows` of every window into `columns`, one row of pixels each.
  private func fill(
    _ columns: inout [Float], _ rows: Range<Int>, _ x: UnsafeBufferPointer<Float>, _ inputs: [Tensor], output: Shape,
    image: Int, group: Int
  ) {
    let (channels, height, width) = (inputs[0].shape[1], inputs[0].shape[2], inputs[0].shape[3])
    let (kernelHeight, kernelWidth) = (inputs[1].shape[2], inputs[1].shape[3])
    let pixels = output[2] * output[3]
    columns.withUnsafeMutableBufferPointer { columns in
      for row in rows {
        let (ky, kx) = (row / kernelWidth % kernelHeight, row % kernelWidth)
        let channel = group * (channels / conv.groups) + row / (kernelWidth * kernelHeight)
        let plane = (image * channels + channel) * height * width
        var to = (row - rows.lowerBound) * pixels
        for outY in 0..<output[2] {
          let inY = outY * conv.stride.height + ky * conv.dilation.height - conv.padding.top
          for outX in 0..<output[3] {
            let inX = outX * conv.stride.width + kx * conv.dilation.width - conv.padding.left
            let isInside = inY >= 0 && inY < height && inX >= 0 && inX < width
            columns[to] = isInside ? x[plane + inY * width + inX] : 0
            to += 1
          }
        }
      }
    }
  }
}
