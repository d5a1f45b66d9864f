internal import Synchronization

/// One search: the rows are read once, by all lanes, for a group of probes.
///
/// A subject's score is the mean of its prototype's cosine and of the mean of its best templates' cosines (``SubjectScore``).
/// A mean is not above the largest of what it is made of: a subject whose score reaches some value has a prototype or a
/// template whose cosine reaches it. So the search reads all rows, notes those whose cosine, or an upper bound of it, reaches
/// the score of the last subject of the best ones so far, and works out the scores of those rows' subjects exactly, each once.
/// The cosines of the pass may be off by ``GalleryKernels/tolerance`` and never decide anything but who is looked at; equal
/// scores are looked at too. The answer is therefore the same whatever is read first and however many lanes share it.
struct SubjectSearch: Sendable {
  let index: GalleryIndex
  /// Of length 1. Shape: padded count x dimension.
  let probes: [Float]
  let count: Int
  let topK: Int
  /// A subject to be left out, by position.
  let excluding: Int?
  private let compressedProbes: CompressedProbes?

  /// The most probes of one search.
  static let maxProbes = 64
  /// Rows that one lane takes at once, at most.
  private static let pieceRows = 4096

  /// Shape: `probes` is count x dimension; count is 1 to ``maxProbes``.
  init(index: GalleryIndex, probes: ArraySlice<Float>, topK: Int, excluding: Int?) {
    self.index = index
    self.topK = topK
    self.excluding = excluding
    let dimension = index.model.dimension
    count = probes.count / dimension
    let padding = (index.kernels.paddedProbes(count) - count) * dimension
    let probes = Array(probes) + Array(repeating: 0, count: padding)
    let (kernels, count) = (index.kernels, count)
    compressedProbes =
      index.compressed == nil
      ? nil
      : probes.withUnsafeBufferPointer { probes in
        probes.baseAddress.map { CompressedProbes($0, count: count, kernels) }
      }
    self.probes = probes
  }

  /// The best subjects of each probe, best first.
  func run() -> [[ScoredSubject]] {
    let templates = index.templates.pieces(limit: Self.pieceRows).map { Piece(rows: $0, arePrototypes: false) }
    let prototypes = index.prototypes.pieces(limit: Self.pieceRows).map { Piece(rows: $0, arePrototypes: true) }
    let pieces = templates + prototypes
    let lanes = min(index.settings.threads.lanes, pieces.count)
    let next = Counter()
    let found = Mutex<[[[ScoredSubject]]]>([])
    index.settings.threads.run(lanes) { _ in
      var lane = SearchLane(self)
      while let piece = next.take(pieces) { lane.search(piece) }
      let best = lane.best
      found.withLock { $0.append(best) }
    }
    let parts = found.withLock { $0 }
    guard parts.count > 1 else { return parts.first ?? Array(repeating: [], count: count) }
    return (0..<count).map { probe in
      var merged = BestSubjects(limit: topK, subjects: index.subjects)
      for part in parts {
        for entry in part[probe] where !merged.contains(entry.position) { merged.insert(entry) }
      }
      return merged.entries
    }
  }

  /// Rows of one block of the templates or of the prototypes.
  struct Piece: Sendable {
    let rows: Range<Int>
    let arePrototypes: Bool
  }

  /// Deals out the pieces.
  private final class Counter: Sendable {
    private let next = Atomic(0)

    func take(_ pieces: [Piece]) -> Piece? {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      return pieces.indices.contains(index) ? pieces[index] : nil
    }
  }

  // MARK: One piece

  /// Rows of one call of a kernel: what their vectors take stays in the second-level cache while probes pass.
  var batchRows: Int { compressedProbes == nil ? 64 : 256 }

  /// Computes, for a batch of rows, what the cosines of each probe are at most. Shape: `out` is padded count x batchRows.
  func bounds(_ rows: Range<Int>, arePrototypes: Bool, into out: UnsafeMutablePointer<Float>) {
    let kernels = index.kernels
    if let compressedProbes, let copies = index.compressed {
      let matrix = arePrototypes ? copies.prototypes : copies.templates
      matrix.bytes.withRows(rows) { bytes in
        matrix.steps.withRows(rows) { steps in
          matrix.residuals.withRows(rows) { residuals in
            guard let bytes = bytes.baseAddress, let steps = steps.baseAddress, let residuals = residuals.baseAddress
            else { return }
            kernels.bounds(
              bytes, steps: steps, residuals: residuals, count: rows.count, compressedProbes, into: out,
              stride: batchRows)
          }
        }
      }
      return
    }
    (arePrototypes ? index.prototypes : index.templates).withRows(rows) { values in
      probes.withUnsafeBufferPointer { probes in
        guard let values = values.baseAddress, let first = probes.baseAddress else { return }
        kernels.products(
          values, count: rows.count, first, probeCount: probes.count / kernels.dimension, into: out, stride: batchRows)
      }
    }
  }

  /// The score of one subject with one probe.
  func score(_ probe: Int, _ position: Int) -> ScoredSubject {
    probes.withUnsafeBufferPointer { probes in
      guard let first = probes.baseAddress else { return ScoredSubject(position: position) }
      return index.score(of: first + probe * index.model.dimension, position)
    }
  }
}

extension GalleryIndex {
  /// The score of the subject at a position with a probe of length 1.
  func score(of probe: UnsafePointer<Float>, _ position: Int) -> ScoredSubject {
    let subject = subjects[position]
    func cosine(_ row: UnsafeBufferPointer<Float>) -> Float {
      row.baseAddress.map { kernels.dot($0, probe) } ?? SubjectScore.absent
    }
    var exemplars = [SubjectScore.absent, SubjectScore.absent]
    func take(_ row: Int32) {
      var value = templates.withRow(Int(row), cosine)
      for index in exemplars.indices where value > exemplars[index] { swap(&value, &exemplars[index]) }
    }
    if subject.otherRows.isEmpty {
      // One template is its own prototype, and all means are its cosine.
      let value = templates.withRow(Int(subject.firstRow), cosine)
      return ScoredSubject(position: position, score: value, prototype: value, best: value)
    }
    take(subject.firstRow)
    for row in subject.otherRows { take(row) }
    let best = (exemplars[0] + exemplars[1]) / 2
    let prototype = withPrototype(position, cosine)
    let weight = SubjectScore.prototypeWeight
    return ScoredSubject(
      position: position, score: weight * prototype + (1 - weight) * best, prototype: prototype, best: exemplars[0])
  }
}
