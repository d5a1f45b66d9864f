internal import CKernels
package import Tensors

/// Images whose channels lie together (NHWC), possibly a range of the channels of a wider block.
///
/// Pixel `i` of all images, row-major over image, y and x, has its channels at ``offset`` + `i` * ``pixelStride``: a
/// matrix of pixels x channels whose rows are `pixelStride` apart, as BLAS takes it. A value like any tensor: never
/// changed once it is on the tape.
package struct ChannelsLast: Sendable {
  package let images: Int
  package let height: Int
  package let width: Int
  package let channels: Int
  /// Floats from one pixel to the next, `channels` or more.
  package let pixelStride: Int
  /// Where the first pixel begins in ``storage``, in floats.
  package let offset: Int
  /// What holds the values; its shape says nothing.
  package private(set) var storage: Tensor

  /// The shape as the graph states it: N x C x H x W.
  package var shape: Shape { [images, channels, height, width] }

  /// Pixels of all images.
  package var pixels: Int { images * height * width }

  /// Whether the pixels follow each other without gaps.
  package var isDense: Bool { pixelStride == channels }

  /// Builds a dense block of the (NCHW) `shape`; `fill` receives uninitialized memory in NHWC order and sets all of it.
  package init(
    _ shape: Shape, memory: TensorMemory? = nil, fill: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows {
    let nhwc: Shape = [shape[0], shape[2], shape[3], shape[1]]
    self.init(dense: try Tensor(shape: nhwc, memory: memory, fill: fill))
  }

  /// Takes a tensor of shape N x H x W x C as the block.
  package init(dense tensor: Tensor) {
    (images, height, width, channels) = (tensor.shape[0], tensor.shape[1], tensor.shape[2], tensor.shape[3])
    pixelStride = channels
    offset = 0
    storage = tensor
  }

  private init(_ whole: ChannelsLast, channels: Range<Int>) {
    (images, height, width) = (whole.images, whole.height, whole.width)
    self.channels = channels.count
    pixelStride = whole.pixelStride
    offset = whole.offset + channels.lowerBound
    storage = whole.storage
  }

  /// A range of the channels, sharing the memory.
  package func slice(_ channels: Range<Int>) -> ChannelsLast {
    precondition(channels.lowerBound >= 0 && channels.upperBound <= self.channels, "[ChannelsLast] \(channels)")
    return ChannelsLast(self, channels: channels)
  }

  /// Lends the first pixel for reading; the pointer must not outlive the call.
  package func withUnsafePixels<Result, Failure: Error>(
    _ body: (UnsafePointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try storage.withUnsafeBuffer { (buffer) throws(Failure) in
      guard let base = buffer.baseAddress else { preconditionFailure("[ChannelsLast] a tensor without memory") }
      return try body(base + offset)
    }
  }

  /// Lends the first pixel for changing; copies before if another value shares the memory.
  mutating func withUnsafeMutablePixels(_ body: (UnsafeMutablePointer<Float>) -> Void) {
    let offset = offset
    storage.withUnsafeMutableBuffer { buffer in
      if let base = buffer.baseAddress { body(base + offset) }
    }
  }

  /// Whether no other value shares the memory.
  mutating func isUnique() -> Bool { storage.isUnique() }
}

extension ChannelsLast {
  /// The same values in NHWC order of plain NCHW ones.
  init(_ plain: Tensor, memory: TensorMemory?) {
    let shape = plain.shape
    if shape[1] == 1 || shape[2] * shape[3] == 1 {
      self.init(dense: plain.reshaped([shape[0], shape[2], shape[3], shape[1]]))
      return
    }
    self.init(shape, memory: memory) { y in
      guard let base = y.baseAddress, !y.isEmpty else { return }
      plain.withUnsafeBuffer { x in
        if let x = x.baseAddress { fk_nchw_to_nhwc(x, Self.view(base, shape, pixelStride: shape[1])) }
      }
    }
  }

  /// The values as a tensor of shape N x H x W x C; copied where the pixels have gaps.
  package func dense(memory: TensorMemory?) -> Tensor {
    let nhwc: Shape = [images, height, width, channels]
    if isDense, offset == 0, storage.count == nhwc.count { return storage.reshaped(nhwc) }
    return Tensor(shape: nhwc, memory: memory) { y in
      withUnsafePixels { x in
        for pixel in 0..<pixels {
          for channel in 0..<channels { y[pixel * channels + channel] = x[pixel * pixelStride + channel] }
        }
      }
    }
  }

  /// The same values in plain NCHW order.
  func plain(memory: TensorMemory?) -> Tensor {
    if isDense, channels == 1 || height * width == 1 { return storage.reshaped(shape) }
    return Tensor(shape: shape, memory: memory) { y in
      guard let y = y.baseAddress, shape.count > 0 else { return }
      withUnsafePixels { x in
        let view = Self.view(UnsafeMutablePointer(mutating: x), shape, pixelStride: pixelStride)
        fk_nhwc_to_nchw(view, y)
      }
    }
  }

  /// What kernels take; they must not write through it when `base` was lent for reading.
  static func view(_ base: UnsafeMutablePointer<Float>, _ shape: Shape, pixelStride: Int) -> fk_view {
    fk_view(
      data: base, pixel: pixelStride, row: shape[3] * pixelStride, image: shape[2] * shape[3] * pixelStride,
      n: Int32(shape[0]), h: Int32(shape[2]), w: Int32(shape[3]), c: Int32(shape[1]))
  }
}
