/// One level of a single-shot detector: a grid of cells, `stride` input pixels apart, with `anchors` proposals each.
///
/// Proposals are numbered by row, then column, then anchor.
struct AnchorLevel: Equatable {
  let stride: Int
  let columns: Int
  let rows: Int
  let anchors: Int

  /// Proposals of the level.
  var count: Int { columns * rows * anchors }

  /// The level of an input of `width` x `height` pixels, partly covered cells included.
  init(stride: Int, anchors: Int, width: Int, height: Int) {
    self.stride = stride
    self.anchors = anchors
    columns = (width + stride - 1) / stride
    rows = (height + stride - 1) / stride
  }

  /// Column and row of the cell of a proposal, and which of the cell's anchors it is.
  func place(_ index: Int) -> (column: Float, row: Float, anchor: Int) {
    let cell = index / anchors
    return (Float(cell % columns), Float(cell / columns), index % anchors)
  }
}
