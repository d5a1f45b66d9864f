extension SoftmaxHead {
  /// The head without a subject: its row is gone, from what was judged too; all others are as they were.
  ///
  /// A head that does not know the subject is returned as it is.
  package func removing(slot: Int64) -> SoftmaxHead { changed { $0.removingRow(slot) } }

  /// The head after `slot` became part of the subject `other`: one row for both, the mean of the two.
  ///
  /// Where only `slot` has a row, the row is `other`'s from now on.
  package func merging(slot: Int64, into other: Int64) -> SoftmaxHead { changed { $0.mergingRows(slot, other) } }

  /// The head with another temperature, above 0.
  package func with(temperature: Float) throws(SoftmaxHeadError) -> SoftmaxHead {
    try SoftmaxHead(
      modelDigest: modelDigest, dimension: dimension, slots: slots, weights: weights, bias: bias,
      temperature: temperature, judged: judged)
  }

  /// The same rows on the embeddings of another model of the same dimension.
  package func with(modelDigest: String) throws(SoftmaxHeadError) -> SoftmaxHead {
    try SoftmaxHead(
      modelDigest: modelDigest, dimension: dimension, slots: slots, weights: weights, bias: bias,
      temperature: temperature, judged: judged)
  }

  /// The same change of the rows in use and of those that were judged.
  private func changed(_ change: (SoftmaxHead) -> SoftmaxHead) -> SoftmaxHead {
    let rows = change(rebuilt(slots: slots, weights: weights, bias: bias))
    return judged == nil ? rows : rows.with(judged: change(judgedHead))
  }

  private func removingRow(_ slot: Int64) -> SoftmaxHead {
    guard let row = row(of: slot) else { return self }
    var (slots, weights, bias) = (slots, weights, bias)
    slots.remove(at: row)
    bias.remove(at: row)
    weights.removeSubrange(row * dimension..<(row + 1) * dimension)
    return rebuilt(slots: slots, weights: weights, bias: bias)
  }

  private func mergingRows(_ slot: Int64, _ other: Int64) -> SoftmaxHead {
    guard slot != other, let row = row(of: slot) else { return self }
    guard let target = self.row(of: other) else {
      var slots = slots
      slots[row] = other
      return rebuilt(slots: slots, weights: weights, bias: bias)
    }
    var (weights, bias) = (weights, bias)
    for column in 0..<dimension {
      let (from, to) = (row * dimension + column, target * dimension + column)
      weights[to] = (weights[to] + weights[from]) / 2
    }
    bias[target] = (bias[target] + bias[row]) / 2
    return rebuilt(slots: slots, weights: weights, bias: bias).removingRow(slot)
  }

  /// Parts of a sound head stay sound, unless a merge names a subject that cannot be; then nothing changes.
  func rebuilt(slots: [Int64], weights: [Float], bias: [Float], judged: JudgedRows? = nil) -> SoftmaxHead {
    let changed = try? SoftmaxHead(
      modelDigest: modelDigest, dimension: dimension, slots: slots, weights: weights, bias: bias,
      temperature: temperature, judged: judged)
    return changed ?? self
  }
}
