package import Tensors

/// Spreads groups of channels over blocks of pixels.
///
/// Input: N x C x H x W. Output: N x C / b^2 x bH x bW. Reference: ONNX `DepthToSpace`; with `channelsFirst` its mode `CRD`
/// (PyTorch `PixelShuffle`), else `DCR`.
package struct DepthToSpace: RearrangingOperation {
  package static let name = "DepthToSpace"
  package var blockSize: Int
  package var channelsFirst: Bool

  package init(blockSize: Int, channelsFirst: Bool) {
    self.blockSize = blockSize
    self.channelsFirst = channelsFirst
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    try requireRank(inputs[0], 4)
    let x = inputs[0]
    guard (1...1 << 15).contains(blockSize), x[1] % (blockSize * blockSize) == 0 else {
      throw GraphError(.badShape, "[DepthToSpace] the channels of \(x) do not fill blocks of \(blockSize).")
    }
    return [[x[0], x[1] / (blockSize * blockSize), x[2] * blockSize, x[3] * blockSize]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let shape = try outputShapes([x.shape])[0]
    let (channels, height, width) = (shape[1], x.shape[2], x.shape[3])
    let block = blockSize
    return [
      Tensor(shape: shape) { y in
        x.withUnsafeBuffer { x in
          var to = 0
          for image in 0..<shape[0] {
            for channel in 0..<channels {
              for row in 0..<height {
                for by in 0..<block {
                  for column in 0..<width {
                    for bx in 0..<block {
                      let place = by * block + bx
                      let from = channelsFirst ? channel * block * block + place : place * channels + channel
                      y[to] = x[((image * channels * block * block + from) * height + row) * width + column]
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
