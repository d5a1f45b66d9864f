/// One lane's part of a search: the best subjects of each probe among the rows that it read.
struct SearchLane {
  private let search: SubjectSearch
  private var lists: [BestSubjects]
  /// Per probe, the subjects with several rows that were looked at, as bits by prototype; empty before the first.
  private var seen: [[UInt64]]
  /// Shape: padded probes x rows of a batch.
  private var bounds: [Float]
  private var found: [Int32]

  init(_ search: SubjectSearch) {
    self.search = search
    lists = Array(repeating: BestSubjects(limit: search.topK, subjects: search.index.subjects), count: search.count)
    seen = Array(repeating: [], count: search.count)
    let padded = search.probes.count / search.index.model.dimension
    bounds = Array(repeating: 0, count: padded * search.batchRows)
    found = Array(repeating: 0, count: search.batchRows)
  }

  /// The best subjects of each probe, best first.
  var best: [[ScoredSubject]] { lists.map(\.entries) }

  /// Reads rows and looks at the subjects of those that may matter.
  mutating func search(_ piece: SubjectSearch.Piece) {
    let owners = piece.arePrototypes ? search.index.prototypeOwners : search.index.owners
    let batch = search.batchRows
    for first in stride(from: piece.rows.lowerBound, to: piece.rows.upperBound, by: batch) {
      let rows = first..<min(first + batch, piece.rows.upperBound)
      bounds.withUnsafeMutableBufferPointer { bounds in
        if let out = bounds.baseAddress { search.bounds(rows, arePrototypes: piece.arePrototypes, into: out) }
      }
      for probe in lists.indices {
        let least = lists[probe].least - search.index.kernels.tolerance
        let hits = bounds.withUnsafeBufferPointer { bounds in
          found.withUnsafeMutableBufferPointer { found in
            guard let values = bounds.baseAddress, let to = found.baseAddress else { return 0 }
            return search.index.kernels.above(values + probe * batch, count: rows.count, least: least, into: to)
          }
        }
        for hit in 0..<hits {
          let row = Int(found[hit])
          // The list may have become harder to enter since.
          guard bounds[probe * batch + row] >= lists[probe].least - search.index.kernels.tolerance else { continue }
          look(at: Int(owners[first + row]), probe)
        }
      }
    }
  }

  private mutating func look(at position: Int, _ probe: Int) {
    guard position != search.excluding else { return }
    let prototype = Int(search.index.subjects[position].prototypeRow)
    if prototype >= 0 {
      if seen[probe].isEmpty { seen[probe] = Array(repeating: 0, count: search.index.prototypes.count / 64 + 1) }
      let bit = UInt64(1) << UInt64(prototype % 64)
      guard seen[probe][prototype / 64] & bit == 0 else { return }
      seen[probe][prototype / 64] |= bit
    }
    lists[probe].insert(search.score(probe, position))
  }
}
