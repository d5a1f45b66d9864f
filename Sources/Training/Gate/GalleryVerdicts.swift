internal import Tensors

/// What the gallery alone says: half the cosine to the subject's mean, half the mean of its two best templates, as
/// `identify` scores.
package struct GalleryVerdicts {
  private let numbers: [Int64]
  private let prototypes: [[Float]]
  private let templates: [[[Float]]]

  /// A gallery of the teaching crops; `templates[i]` are the normalized embeddings of subject `numbers[i]`.
  package init(numbers: [Int64], templates: [[[Float]]]) {
    self.numbers = numbers
    self.templates = templates
    prototypes = templates.map { rows in
      guard let first = rows.first else { return [] }
      var sum = [Float](repeating: 0, count: first.count)
      for row in rows { for index in sum.indices { sum[index] += row[index] } }
      return sum.unit
    }
  }

  /// The match score of each subject that has templates.
  package func scores(_ probe: [Float]) -> [(subject: Int64, score: Double)] {
    let probe = probe.unit
    return numbers.indices.filter { !templates[$0].isEmpty }.map { index in
      let top = templates[index].map { probe.cosine($0) }.sorted(by: >).prefix(2)
      let best = top.reduce(0, +) / Float(max(1, top.count))
      return (numbers[index], Double(0.5 * probe.cosine(prototypes[index]) + 0.5 * best))
    }
  }

  package func verdict(_ probe: [Float]) -> Verdict {
    var best = Verdict(subject: nil, score: -1)
    for (number, score) in scores(probe) where score > best.score || best.subject == nil {
      best = Verdict(subject: number, score: score)
    }
    return best
  }
}

extension [Float] {
  /// Scaled to length 1; as it is where it has no length.
  var unit: [Float] {
    var sum = 0.0
    for value in self { sum += Double(value) * Double(value) }
    guard sum > 0, sum.isFinite else { return self }
    let factor = Float(1 / sum.squareRoot())
    return map { $0 * factor }
  }

  /// The scalar product; 0 where lengths differ.
  func cosine(_ other: [Float]) -> Float {
    guard count == other.count, !isEmpty else { return 0 }
    return withUnsafeBufferPointer { a in
      other.withUnsafeBufferPointer { b in
        guard let x = a.baseAddress, let y = b.baseAddress else { return 0 }
        return BLAS.dot(a.count, x, y)
      }
    }
  }
}
