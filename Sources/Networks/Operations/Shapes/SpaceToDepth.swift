package import Tensors

/// Gathers blocks of pixels into groups of channels.
///
/// Input: N x C x H x W. Output: N x C * b^2 x H / b x W / b, a block's places before the channels. Reference: ONNX
/// `SpaceToDepth`.
package struct SpaceToDepth: RearrangingOperation {
  package static let name = "SpaceToDepth"
  package var blockSize: Int

  package init(blockSize: Int) {
    self.blockSize = blockSize
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    try requireRank(inputs[0], 4)
    let x = inputs[0]
    guard (1...1 << 15).contains(blockSize), x[2] % blockSize == 0, x[3] % blockSize == 0 else {
      throw GraphError(.badShape, "[SpaceToDepth] \(x) does not divide into blocks of \(blockSize).")
    }
    return [[x[0], x[1] * blockSize * blockSize, x[2] / blockSize, x[3] / blockSize]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let shape = try outputShapes([x.shape])[0]
    let (channels, height, width) = (x.shape[1], shape[2], shape[3])
    let block = blockSize
    return [
      Tensor(shape: shape) { y in
        x.withUnsafeBuffer { x in
          var to = 0
          for image in 0..<shape[0] {
            for by in 0..<block {
              for bx in 0..<block {
                for channel in 0..<channels {
                  for row in 0..<height {
                    let line = ((image * channels + channel) * height * block + row * block + by) * width * block + bx
                    for column in 0..<width {
                      y[to] = x[line + column * block]
                      to += 1
                    }
                  }
                }
              }
            }
          }
        }
      }
    ]
  }
}
