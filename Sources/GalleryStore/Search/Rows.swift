/// A matrix of normalised embeddings.
typealias RowBlocks = Rows<Float>

/// A matrix that grows by rows, in blocks of at most ``rowsPerBlock`` rows each.
///
/// A value: versions share blocks, and appending to the newest one copies nothing. Shape: `count` x `dimension`, rows back
/// to back within a block.
struct Rows<Element: BitwiseCopyable & Sendable>: Sendable {
  let dimension: Int
  let rowsPerBlock: Int
  private(set) var count = 0
  private var blocks: [RowMemory<Element>] = []

  /// A block takes about `blockBytes`: large ones are read faster, small ones are cheap to change.
  init(dimension: Int, blockBytes: Int = 16 << 20) {
    let rows = blockBytes / MemoryLayout<Element>.stride / max(dimension, 1)
    self.init(dimension: dimension, rowsPerBlock: max(64, rows / 64 * 64))
  }

  init(dimension: Int, rowsPerBlock: Int) {
    self.dimension = dimension
    self.rowsPerBlock = rowsPerBlock
  }

  /// How many bytes the rows take.
  var bytes: Int { count * dimension * MemoryLayout<Element>.stride }

  /// Adds a row and has it filled in place; takes it back when `fill` returns `false`.
  mutating func append(_ fill: (UnsafeMutableBufferPointer<Element>) -> Bool) -> Bool {
    let (memory, start) = takeRoom(rows: 1)
    guard fill(UnsafeMutableBufferPointer(start: memory.start + start, count: dimension)) else {
      // Given back: this version is the longest, as nobody else saw the row.
      _ = memory.claim(start + dimension, start)
      return false
    }
    count += 1
    return true
  }

  /// Adds rows to be filled by the caller before this version is handed on, as the pieces of memory they lie in.
  mutating func append(uninitialized rows: Int) -> [UnsafeMutableBufferPointer<Element>] {
    var pieces: [UnsafeMutableBufferPointer<Element>] = []
    var left = rows
    while left > 0 {
      let part = min(left, rowsPerBlock - count % rowsPerBlock)
      let (memory, start) = takeRoom(rows: part)
      pieces.append(UnsafeMutableBufferPointer(start: memory.start + start, count: part * dimension))
      count += part
      left -= part
    }
    return pieces
  }

  /// Room for rows behind the last one, all in its block; the block is replaced when it is too small or not ours to grow.
  private mutating func takeRoom(rows: Int) -> (memory: RowMemory<Element>, start: Int) {
    let before = count % rowsPerBlock * dimension
    let end = before + rows * dimension
    let index = count / rowsPerBlock
    if index == blocks.count {
      // The first block of a small matrix starts small.
      let capacity = index == 0 ? min(rowsPerBlock, max(rows, 64)) : rowsPerBlock
      blocks.append(RowMemory(capacity: capacity * dimension))
    }
    if end > blocks[index].capacity {
      let capacity = min(rowsPerBlock * dimension, max(end, blocks[index].capacity * 2))
      blocks[index] = blocks[index].copy(before, capacity: capacity)
    }
    if !blocks[index].claim(before, end) {
      blocks[index] = blocks[index].copy(before, capacity: blocks[index].capacity)
      _ = blocks[index].claim(before, end)
    }
    return (blocks[index], before)
  }

  /// Overwrites an existing row, or adds it when `row` is ``count``.
  mutating func set(_ row: Int, to values: [Element]) {
    precondition(values.count == dimension && row <= count, "[Rows.set] row \(row) of \(count)")
    if row == count {
      _ = append { $0.update(fromContentsOf: values) == $0.endIndex }
      return
    }
    let index = row / rowsPerBlock
    if !isKnownUniquelyReferenced(&blocks[index]) {
      let used = min(rowsPerBlock, count - index * rowsPerBlock) * dimension
      blocks[index] = blocks[index].copy(used, capacity: blocks[index].capacity)
    }
    let start = blocks[index].start + row % rowsPerBlock * dimension
    values.withUnsafeBufferPointer { values in
      if let base = values.baseAddress { start.update(from: base, count: dimension) }
    }
  }

  /// Lends one row.
  func withRow<Result>(_ row: Int, _ body: (UnsafeBufferPointer<Element>) -> Result) -> Result {
    withRows(row..<row + 1, body)
  }

  /// Lends rows that lie in one block.
  func withRows<Result>(_ rows: Range<Int>, _ body: (UnsafeBufferPointer<Element>) -> Result) -> Result {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= count
        && (rows.isEmpty || rows.lowerBound / rowsPerBlock == (rows.upperBound - 1) / rowsPerBlock),
      "[Rows.withRows] rows \(rows) of \(count)")
    guard !rows.isEmpty else { return body(UnsafeBufferPointer(start: nil, count: 0)) }
    let memory = blocks[rows.lowerBound / rowsPerBlock]
    return withExtendedLifetime(memory) {
      let start = memory.start + rows.lowerBound % rowsPerBlock * dimension
      return body(UnsafeBufferPointer(start: start, count: rows.count * dimension))
    }
  }

  /// All rows in pieces of at most `limit`, none across blocks.
  func pieces(limit: Int, from first: Int = 0) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var start = first
    while start < count {
      let end = min(start + limit, count, (start / rowsPerBlock + 1) * rowsPerBlock)
      pieces.append(start..<end)
      start = end
    }
    return pieces
  }
}
