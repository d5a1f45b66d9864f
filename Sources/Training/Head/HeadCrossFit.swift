package import Decisions

/// Calibrates a head with all faces it is trained on, none of which is asked of a head that has seen it.
///
/// Held-out faces judge and must not be used. So the faces are parted in three, and three more heads, each trained on two
/// parts, are asked about the third (Platt 1999). Strangers are half made up, half the enrolled themselves, asked with their
/// own class taken out: made-up ones alone are harder than people are (LFW, dlib-resnet-v1, 30 people: the
/// expected calibration error on held-out photos of the enrolled is then 0.057, else 0.040), and with few people the others alone are
/// too easy (5 people: a fifth of the strangers named, else 1 %).
package enum HeadCrossFit {
  private static let parts = 3
  /// Numbers that logits may take: bounds the memory.
  private static let mostLogits = 6_000_000
  /// Faces asked at most: more change nothing.
  private static let mostFaces = 2000

  /// The head, calibrated; as it is when there are too few faces.
  ///
  /// - Parameters:
  ///   - embeddings: L2-normalized faces the head was trained on.
  ///   - rows: for each, its index in the head's slots, or `slots.count` for a real negative.
  ///   - train: makes a head with the same slots from the faces at some indices; each subject is among them.
  package static func calibrated(
    _ head: SoftmaxHead, embeddings: [[Float]], rows: [Int], seed: UInt64, train: ([Int]) throws -> SoftmaxHead?
  ) rethrows -> SoftmaxHead {
    let (classes, unknown) = (head.slots.count + 1, head.slots.count)
    guard embeddings.count == rows.count, rows.allSatisfy({ (0..<classes).contains($0) }) else { return head }
    var sizes = [Int](repeating: 0, count: classes)
    for row in rows { sizes[row] += 1 }
    var seen = [Int](repeating: 0, count: classes)
    // A face without another one of its person always teaches.
    let part = rows.map { row -> Int? in
      defer { seen[row] += 1 }
      return sizes[row] > 1 ? seen[row] % parts : nil
    }
    let judged = rows.indices.filter { part[$0] != nil }
    let most = max(1, min(mostFaces, mostLogits / (3 * classes)))
    let step = max(1, (judged.count + most - 1) / most)
    let asked = stride(from: 0, to: judged.count, by: step).map { judged[$0] }
    var calibration = HeadCalibration(classes: classes)
    for fold in 0..<parts {
      let faces = asked.filter { part[$0] == fold }
      guard !faces.isEmpty else { continue }
      let teaching = rows.indices.filter { part[$0] != fold }
      guard let second = try train(teaching) else { continue }
      for face in faces {
        guard rows[face] != unknown else {
          calibration.add(second, embeddings[face], row: unknown, as: .negative)
          continue
        }
        calibration.add(second, embeddings[face], row: rows[face], as: .enrolled)
        if unknown > 1 { calibration.add(second, embeddings[face], row: rows[face], as: .withoutOwnClass) }
      }
      let cohort = StrangerCohort(
        teaching.map { embeddings[$0] }, rows: teaching.map { rows[$0] }, subjects: unknown)
      for stranger in cohort.draw(faces.count, seed: SeededRandom.mixed(seed, UInt64(79 + fold))) {
        calibration.add(second, stranger, row: unknown, as: .synthetic)
      }
    }
    return calibration.applied(to: head)
  }
}
