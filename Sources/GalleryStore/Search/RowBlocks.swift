/// A matrix that grows by rows, in blocks of at most ``rowsPerBlock`` rows each.
///
/// Blocks keep two costs small: appending to a matrix that a search still holds copies its last block only, and the
/// scores of one block fit the cache. Shape: `count` x `dimension`, rows back to back within a block.
struct RowBlocks: Sendable {
  let dimension: Int
  let rowsPerBlock: Int
  private(set) var count = 0
  private(set) var blocks: [[Float]] = []

  /// A block takes about 1 MiB.
  init(dimension: Int) {
    self.dimension = dimension
    rowsPerBlock = max(64, (1 << 18) / max(dimension, 1))
  }

  /// Adds a row of zeros and has it filled in place; takes it back when `fill` returns `false`.
  mutating func append(_ fill: (UnsafeMutableBufferPointer<Float>) -> Bool) -> Bool {
    if count % rowsPerBlock == 0 { blocks.append([]) }
    let last = blocks.count - 1
    let start = blocks[last].count
    blocks[last].append(contentsOf: repeatElement(0, count: dimension))
    let isKept = blocks[last].withUnsafeMutableBufferPointer { fill(.init(rebasing: $0[start...])) }
    if isKept {
      count += 1
    } else {
      blocks[last].removeLast(dimension)
      if blocks[last].isEmpty { blocks.removeLast() }
    }
    return isKept
  }

  /// Overwrites an existing row, or adds it when `row` is ``count``.
  mutating func set(_ row: Int, to values: [Float]) {
    precondition(values.count == dimension && row <= count, "[RowBlocks.set] row \(row) of \(count)")
    if row == count {
      _ = append { $0.update(fromContentsOf: values) == $0.endIndex }
    } else {
      let start = row % rowsPerBlock * dimension
      blocks[row / rowsPerBlock].replaceSubrange(start..<start + dimension, with: values)
    }
  }

  /// Lends one row.
  func withRow<Result>(_ row: Int, _ body: (UnsafeBufferPointer<Float>) -> Result) -> Result {
    let start = row % rowsPerBlock * dimension
    return blocks[row / rowsPerBlock].withUnsafeBufferPointer { block in
      body(.init(rebasing: block[start..<start + dimension]))
    }
  }
}
