/// Gives numbers to a residual network's tags, which the file does not name.
struct DlibTags {
  private var next = 0
  /// Tags of the current residual block that no layer has used yet, the newest last.
  private var open: [Int] = []

  /// What a nested object of version 1 is: alone a tag; of two in a row, the first a tag and the second a skip back to
  /// the block's start.
  mutating func resolve(isSecondOfPair: Bool, isFirstOfPair: Bool) throws(WeightFileError) -> DlibLayer {
    switch (isSecondOfPair, isFirstOfPair) {
    case (true, false):
      guard open.count == 2 else { throw unclear }
      return .skip(open[0])
    case (false, true):
      guard open.count == 1 else { throw unclear }
    case (false, false):
      guard open.isEmpty else { throw unclear }
    case (true, true):
      throw unclear
    }
    next += 1
    open.append(next)
    return .tag(next)
  }

  /// Ends the block: the number that its `add_prev` layer adds.
  mutating func close() throws(WeightFileError) -> Int {
    guard let last = open.last else { throw unclear }
    open = []
    return last
  }

  private var unclear: WeightFileError {
    WeightFileError(.unsupported, "The network's tags and skips do not form residual blocks.")
  }
}
