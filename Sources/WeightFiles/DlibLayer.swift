package import Tensors

/// One step of a dlib network, in the order in which data passes.
package enum DlibLayer: Sendable {
  /// The picture: planes red, green, blue of `(pixel - mean) / 256`, pixels 0 to 255.
  case input(Input)
  /// Cross-correlation (filters are not flipped), zero padding.
  case convolution(Convolution)
  /// `gamma * x + beta` for each channel: a folded batch normalization.
  case affine(gamma: Tensor, beta: Tensor)
  /// `max(x, 0)`.
  case relu
  /// The largest element of each window; partial windows at the far edges are left out.
  case maxPool(Pooling)
  /// The mean of each window; partial windows at the far edges are left out.
  case averagePool(Pooling)
  /// The mean of each channel, leaving 1 x 1.
  case averagePoolEverything
  /// `x . weights (+ bias)` over the flattened input.
  case fullyConnected(FullyConnected)
  /// Remembers the current value under a number.
  case tag(Int)
  /// Goes back to the value remembered under a number.
  case skip(Int)
  /// Adds the value remembered under a number.
  ///
  /// Where the two differ in size, the result has the larger of each dimension (channels, rows, columns); both lie at
  /// its first channel, row and column, and what one of them lacks counts as zero.
  case addTagged(Int)

  /// What the network expects.
  package struct Input: Sendable, Hashable {
    /// Mean red, green and blue, on the scale of pixels 0 to 255.
    package let means: [Float]
    /// Rows and columns the picture must have; `nil` when any size will do.
    package let size: Size?
  }

  /// Rows and columns.
  package struct Size: Sendable, Hashable {
    package let rows: Int
    package let columns: Int

    package init(rows: Int, columns: Int) {
      self.rows = rows
      self.columns = columns
    }
  }

  /// Filters and how they move.
  package struct Convolution: Sendable {
    /// Shape: [filters, channels, rows, columns], PyTorch's layout.
    package let filters: Tensor
    /// Shape: [filters]; `nil` when the layer has none.
    package let bias: Tensor?
    package let stride: Size
    /// Zeros before the first and after the last row and column.
    package let padding: Size
  }

  /// A window and how it moves.
  package struct Pooling: Sendable, Hashable {
    package let window: Size
    package let stride: Size
    /// Elements before the first and after the last row and column, which count neither in a maximum nor in a mean.
    package let padding: Size
  }

  /// Weights of a fully connected layer.
  package struct FullyConnected: Sendable {
    /// Shape: [inputs, outputs], the transpose of PyTorch's.
    package let weights: Tensor
    /// Shape: [outputs]; `nil` when the layer has none.
    package let bias: Tensor?
  }
}
