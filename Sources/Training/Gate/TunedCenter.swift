internal import FaceModels

/// What to subtract from a tuned network's embeddings, so that faces of one person lie as far apart as under the network it
/// comes from.
///
/// Tuning with few people turns all faces, strangers' too, towards one direction. Every number that was measured on the old
/// network, the match threshold first, then means something else. Subtracting a share of the mean face and scaling to length 1
/// again spreads them; the share is the one that gives back the old distances, so that the old numbers hold.
/// Benchmarks/LEARNING.md has what was measured.
struct TunedCenter {
  /// With fewer held-out crops, which no network has learned, each teaching crop against the others of its subject counts too.
  private static let enough = 5
  /// Crops a distance is measured for at most: a median needs no more.
  private static let most = 1000
  /// Shares that are tried. A negative one draws faces together: a network may also have spread them.
  private static let shares: ClosedRange<Float> = -4...0.995
  private static let halvings = 30

  let teaching: TeachingSet

  /// A face and the others of its person.
  private struct Pair {
    let probe: Int64
    let others: [Int64]
  }

  /// The embedding to subtract; `nil` where nobody has two faces to compare, so that there is nothing to go by.
  ///
  /// - Parameters:
  ///   - before: finished embeddings of the network in use.
  ///   - after: those of the tuned one, of length 1, from which nothing was subtracted yet.
  func center(before: [Int64: [Float]], after: [Int64: [Float]]) -> [Float]? {
    let pairs = pairs { before[$0] != nil && after[$0] != nil }
    guard let mean = mean(after), let wanted = Self.spread(pairs, before), wanted > 0 else { return nil }
    func center(_ share: Float) -> [Float] { mean.map { share * $0 } }
    func distance(_ share: Float) -> Float? {
      let finish = EmbeddingFinish(center: center(share))
      var moved: [Int64: [Float]] = [:]
      for pair in pairs {
        for id in [pair.probe] + pair.others where moved[id] == nil {
          moved[id] = after[id].map { finish.complete($0, mirrored: nil) }
        }
      }
      return Self.spread(pairs, moved)
    }
    var (low, high) = (Self.shares.lowerBound, Self.shares.upperBound)
    for _ in 0..<Self.halvings {
      let share = (low + high) / 2
      guard let found = distance(share), found.isFinite else { return nil }
      if found < wanted { low = share } else { high = share }
    }
    return center((low + high) / 2)
  }

  /// The mean of the subjects' means.
  private func mean(_ embeddings: [Int64: [Float]]) -> [Float]? {
    var means = [[Float]](repeating: [], count: teaching.slots.count)
    for (sample, row) in zip(teaching.samples, teaching.rows) where means.indices.contains(row) {
      guard let embedding = embeddings[sample.id] else { continue }
      means[row] = means[row].isEmpty ? embedding : zip(means[row], embedding).map { $0 + $1 }
    }
    let units = means.filter { !$0.isEmpty }.map(\.unit)
    guard let first = units.first, !units.isEmpty else { return nil }
    return units.dropFirst().reduce(first) { zip($0, $1).map { $0 + $1 } }.map { $0 / Float(units.count) }
  }

  private func pairs(_ isUsable: (Int64) -> Bool) -> [Pair] {
    var own: [Int64: [Int64]] = [:]
    for (sample, row) in zip(teaching.samples, teaching.rows) where teaching.slots.indices.contains(row) {
      if isUsable(sample.id) { own[teaching.slots[row], default: []].append(sample.id) }
    }
    var pairs = zip(teaching.judging, teaching.judgingSubjects).compactMap { sample, subject -> Pair? in
      guard isUsable(sample.id), let others = own[subject] else { return nil }
      return Pair(probe: sample.id, others: others)
    }
    if pairs.count < Self.enough {
      for subject in teaching.slots {
        guard let faces = own[subject], faces.count > 1 else { continue }
        pairs += faces.map { face in Pair(probe: face, others: faces.filter { $0 != face }) }
      }
    }
    let step = max(1, (pairs.count + Self.most - 1) / Self.most)
    return stride(from: 0, to: pairs.count, by: step).map { pairs[$0] }
  }

  /// The median distance of faces to the mean direction of the others of their person.
  private static func spread(_ pairs: [Pair], _ embeddings: [Int64: [Float]]) -> Float? {
    var distances = pairs.compactMap { pair -> Float? in
      guard let probe = embeddings[pair.probe] else { return nil }
      var sum = [Float](repeating: 0, count: probe.count)
      for id in pair.others {
        guard let other = embeddings[id], other.count == sum.count else { continue }
        for index in sum.indices { sum[index] += other[index] }
      }
      return 1 - zip(sum.unit, probe).reduce(0) { $0 + $1.0 * $1.1 }
    }
    guard !distances.isEmpty else { return nil }
    distances.sort()
    return (distances[distances.count / 2] + distances[(distances.count - 1) / 2]) / 2
  }
}
