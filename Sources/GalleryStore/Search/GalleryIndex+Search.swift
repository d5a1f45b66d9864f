internal import Tensors

extension GalleryIndex {
  /// The most candidates a search returns for a probe.
  package static let maxTopK = 1000
  /// Floats the scores of one group of probes may take.
  private static let scratchFloats = 1 << 23
  /// With fewer probes a matrix product spends most of its time copying the templates into its own layout: one probe
  /// among 100,000 templates of 128 numbers takes 5 ms by scalar products and 13 ms by `sgemm`, 32 take 103 and 68 ms.
  private static let leastProbesForProduct = 8

  /// The subjects most like each probe, best first; equal scores in the order of the ids' bytes. The search is exact.
  ///
  /// Shape: `probes` holds k embeddings of the model's dimension back to back; the result has k lists of at most `topK`
  /// (1 to ``maxTopK``) candidates. Probes are normalised here. An empty snapshot gives empty lists.
  /// Complexity: k x (templates + subjects) x dimension, in one BLAS call per block of rows and group of probes.
  ///
  /// - Throws: `badValue` when a probe has the wrong length, no direction or a value that is not finite.
  package func search(probes: [Float], topK: Int) throws(GalleryError) -> [[GalleryCandidate]] {
    try search(probes: probes, topK: topK, excluding: nil)
  }

  /// The match score of one embedding with one subject; `nil` when the subject has no template of the model.
  ///
  /// Shape: `probe` is one embedding of the model's dimension.
  ///
  /// - Throws: as ``search(probes:topK:)``.
  package func score(of probe: [Float], subject: String) throws(GalleryError) -> Float? {
    guard let position = subjects.firstIndex(where: { $0.id.utf8.elementsEqual(subject.utf8) }) else { return nil }
    let probe = try normalized(probe)
    guard probe.count == model.dimension else {
      throw GalleryError(.badValue, "A probe must have the \(model.dimension) numbers that its model makes.")
    }
    var scores = SubjectScores(probes: 1, subjects: subjects.count)
    probe.withUnsafeBufferPointer { probe in
      multiply(probe, templates) { scores.takeTemplates(owners, $0) }
      multiply(probe, prototypes) { scores.takePrototypes($0) }
    }
    return scores.score(0, position)
  }

  /// ``search(probes:topK:)`` without the subject at a position.
  func search(probes: [Float], topK: Int, excluding: Int?) throws(GalleryError) -> [[GalleryCandidate]] {
    guard (1...Self.maxTopK).contains(topK) else {
      throw GalleryError(.badValue, "A search may ask for 1 to \(Self.maxTopK) candidates, not \(topK).")
    }
    let probes = try normalized(probes)
    let dimension = model.dimension
    let count = probes.count / dimension
    guard !subjects.isEmpty else { return Array(repeating: [], count: count) }
    let perProbe = subjects.count * (SubjectScore.exemplarCount + 1)
    let group = min(256, max(1, Self.scratchFloats / perProbe))
    var results: [[GalleryCandidate]] = []
    results.reserveCapacity(count)
    for start in stride(from: 0, to: count, by: group) {
      let probes = probes[start * dimension..<min(start + group, count) * dimension]
      var scores = SubjectScores(probes: probes.count / dimension, subjects: subjects.count)
      probes.withUnsafeBufferPointer { probes in
        multiply(probes, templates) { scores.takeTemplates(owners, $0) }
        multiply(probes, prototypes) { scores.takePrototypes($0) }
      }
      for probe in 0..<scores.probes {
        results.append(candidates(of: probe, scores, topK: topK, excluding: excluding))
      }
    }
    return results
  }

  /// The cosine of each probe to the most similar face that is nobody's; -1 when there is none. Shape: as many as probes.
  ///
  /// - Throws: as ``search(probes:topK:)``.
  func negativeScores(probes: [Float]) throws(GalleryError) -> [Float] {
    let probes = try normalized(probes)
    var best = [Float](repeating: -1, count: probes.count / model.dimension)
    // One probe at a time bounds the scratch by a block of cosines, however many probes there are.
    for probe in best.indices {
      let row = probes[probe * model.dimension..<(probe + 1) * model.dimension]
      row.withUnsafeBufferPointer { row in
        multiply(row, negatives) { block in
          for cosine in block.values.prefix(block.rows) { best[probe] = max(best[probe], min(1, cosine)) }
        }
      }
    }
    return best
  }

  private func normalized(_ probes: [Float]) throws(GalleryError) -> [Float] {
    guard probes.count % model.dimension == 0 else {
      throw GalleryError(.badValue, "A probe must have the \(model.dimension) numbers that its model makes.")
    }
    var probes = probes
    let areSound = probes.withUnsafeMutableBufferPointer { probes in
      stride(from: 0, to: probes.count, by: model.dimension).allSatisfy { start in
        EmbeddingCoding.normalize(.init(rebasing: probes[start..<start + model.dimension]))
      }
    }
    guard areSound else {
      throw GalleryError(.badValue, "A probe is not a direction: it is all zero or not finite.")
    }
    return probes
  }

  /// Calls `body` with the cosines of all probes to each block of rows.
  private func multiply(
    _ probes: UnsafeBufferPointer<Float>, _ matrix: RowBlocks, _ body: (BlockOfCosines) -> Void
  ) {
    let dimension = model.dimension
    let count = probes.count / dimension
    var cosines = [Float](repeating: 0, count: count * min(matrix.rowsPerBlock, matrix.count))
    var firstRow = 0
    for block in matrix.blocks {
      let rows = block.count / dimension
      block.withUnsafeBufferPointer { block in
        cosines.withUnsafeMutableBufferPointer { cosines in
          guard let a = probes.baseAddress, let b = block.baseAddress, let c = cosines.baseAddress else { return }
          if count < Self.leastProbesForProduct {
            for entry in 0..<count * rows {
              c[entry] = BLAS.dot(dimension, a + entry / rows * dimension, b + entry % rows * dimension)
            }
          } else {
            BLAS.sgemm(
              transposeB: true, m: count, n: rows, k: dimension, a: a, lda: dimension, b: b, ldb: dimension, c: c,
              ldc: rows)
          }
          body(BlockOfCosines(firstRow: firstRow, rows: rows, values: UnsafeBufferPointer(cosines)))
        }
      }
      firstRow += rows
    }
  }

  /// The best subjects of one probe.
  private func candidates(
    of probe: Int, _ scores: SubjectScores, topK: Int, excluding: Int?
  ) -> [GalleryCandidate] {
    var best: [(position: Int, score: Float)] = []
    for position in subjects.indices where position != excluding {
      let entry = (position: position, score: scores.score(probe, position))
      if best.count == topK, let last = best.last {
        guard isBetter(entry, last) else { continue }
        best.removeLast()
      }
      var low = 0
      var high = best.count
      while low < high {
        let middle = (low + high) / 2
        if isBetter(entry, best[middle]) { high = middle } else { low = middle + 1 }
      }
      best.insert(entry, at: low)
    }
    return best.map { entry in
      GalleryCandidate(
        subject: subjects[entry.position].id, number: subjects[entry.position].number,
        name: subjects[entry.position].name, score: entry.score,
        prototypeScore: scores.prototypeScore(probe, entry.position),
        bestExemplarScore: scores.bestExemplarScore(probe, entry.position))
    }
  }

  private func isBetter(_ a: (position: Int, score: Float), _ b: (position: Int, score: Float)) -> Bool {
    if a.score != b.score { return a.score > b.score }
    return TextRules.isOrdered(subjects[a.position].id, before: subjects[b.position].id)
  }
}
