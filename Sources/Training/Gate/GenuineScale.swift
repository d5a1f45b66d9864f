internal import Decisions

/// How much closer to their own subject faces lie under a tuned network than under the one it comes from.
///
/// Tuning draws each subject's faces together, and all others along with them: a match threshold of the old network would let
/// every stranger in (LFW, five people, last block of dlib-resnet-v1: 60 of 60 instead of 4). Seen as distances, 1 - score, a
/// threshold lies at some multiple of what is usual between faces of one person; so it is moved in the ratio in which
/// that changed. Measured on held-out crops, which no network has learned.
struct GenuineScale {
  /// Rather few numbers for a median: below so many held-out crops, each teaching crop against the others of its subject counts too.
  private static let enough = 5

  let teaching: TeachingSet

  /// The ratio of median distances, after to before; `nil` when nobody has two faces to compare.
  func ratio(before: [Int64: [Float]], after: [Int64: [Float]]) -> Double? {
    guard let old = median(before), let new = median(after), old > 0, new > 0, (new / old).isFinite else { return nil }
    return new / old
  }

  private func median(_ embeddings: [Int64: [Float]]) -> Double? {
    let own = Dictionary(grouping: teaching.samples.indices.filter { teaching.rows[$0] < teaching.slots.count }) {
      teaching.slots[teaching.rows[$0]]
    }.mapValues { $0.compactMap { embeddings[teaching.samples[$0].id] } }
    var distances = zip(teaching.judging, teaching.judgingSubjects).compactMap { sample, subject in
      distance(embeddings[sample.id], own[subject] ?? [])
    }
    if distances.count < Self.enough {
      for faces in own.values {
        for index in faces.indices {
          var others = faces
          if let found = distance(others.remove(at: index), others) { distances.append(found) }
        }
      }
    }
    guard !distances.isEmpty else { return nil }
    distances.sort()
    return (distances[distances.count / 2] + distances[(distances.count - 1) / 2]) / 2
  }

  private func distance(_ probe: [Float]?, _ faces: [[Float]]) -> Double? {
    guard let probe, !faces.isEmpty else { return nil }
    let verdict = RuleVerdicts(
      numbers: [1], templates: [faces.map(\.unit)], modelDigest: "", head: nil,
      rule: GalleryRule(threshold: -.greatestFiniteMagnitude)
    ).verdict(probe.unit)
    return verdict.subject == nil ? nil : 1 - verdict.score
  }
}
