/// A subject's prototype: the direction its templates agree on, outliers left out.
///
/// Templates whose cosine to the mean is below ``outlierCosine`` are dropped worst first, the mean is taken anew, and so
/// on, but at least ``keptShare`` of all stay. Then the ``trimmedShare`` least similar of those are left out of the mean.
/// One wrong photo among several thus does not move the prototype.
enum Prototype {
  static let outlierCosine: Float = 0.30
  static let keptShare = 0.70
  static let trimmedShare = 0.15

  /// The prototype of some rows of `templates`, of length 1; `rows` must not be empty.
  static func make(of rows: [Int32], in templates: RowBlocks, _ kernels: GalleryKernels? = nil) -> [Float] {
    guard let first = rows.first else { return Array(repeating: 0, count: templates.dimension) }
    if rows.count == 1 { return templates.withRow(Int(first)) { Array($0) } }
    let kernels = kernels ?? GalleryKernels(dimension: templates.dimension)
    var kept = rows
    let least = Int((Double(rows.count) * keptShare).rounded(.up))
    while kept.count > least, let mean = mean(of: kept, templates, kernels) {
      let ranked = ranked(kept, by: mean, templates, kernels)
      let outliers = ranked.prefix { $0.cosine < outlierCosine }.prefix(kept.count - least)
      if outliers.isEmpty { break }
      kept = ranked.dropFirst(outliers.count).map(\.row)
    }
    let trimmed = Int(Double(kept.count) * trimmedShare)
    if trimmed > 0, let mean = mean(of: kept, templates, kernels) {
      kept = ranked(kept, by: mean, templates, kernels).dropFirst(trimmed).map(\.row)
    }
    // Sums must not depend on the order of removal, so that a snapshot grown by appends equals one loaded at once.
    kept.sort()
    return mean(of: kept, templates, kernels) ?? templates.withRow(Int(first)) { Array($0) }
  }

  /// The normalised mean, or `nil` when the rows cancel each other out.
  private static func mean(of rows: [Int32], _ templates: RowBlocks, _ kernels: GalleryKernels) -> [Float]? {
    var sum = [Float](repeating: 0, count: templates.dimension)
    return sum.withUnsafeMutableBufferPointer { sum -> [Float]? in
      for row in rows {
        templates.withRow(Int(row)) { values in
          if let from = values.baseAddress, let to = sum.baseAddress { kernels.add(from, to: to) }
        }
      }
      for index in sum.indices { sum[index] /= Float(rows.count) }
      return EmbeddingCoding.normalize(sum, leastLength: 1e-4) ? Array(sum) : nil
    }
  }

  /// Rows by cosine to `mean`, least similar first; equal ones by row.
  private static func ranked(
    _ rows: [Int32], by mean: [Float], _ templates: RowBlocks, _ kernels: GalleryKernels
  ) -> [(row: Int32, cosine: Float)] {
    rows.map { row in
      let cosine = mean.withUnsafeBufferPointer { mean in
        templates.withRow(Int(row)) { values -> Float in
          guard let a = values.baseAddress, let b = mean.baseAddress else { return 0 }
          return kernels.dot(a, b)
        }
      }
      return (row: row, cosine: cosine)
    }.sorted { ($0.cosine, $0.row) < ($1.cosine, $1.row) }
  }
}
