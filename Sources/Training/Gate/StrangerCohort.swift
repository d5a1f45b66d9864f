/// Made-up strangers for judging and for the temperature, as ``SyntheticCohort`` makes them for training, but others.
package struct StrangerCohort {
  private let cohort: SyntheticCohort
  private let dimension: Int

  /// From L2-normalized embeddings and their rows; rows from `subjects` on, negatives, are left out.
  package init(_ features: [[Float]], rows: [Int], subjects: Int) {
    let known = rows.indices.filter { rows[$0] < subjects && !features[$0].isEmpty }
    dimension = known.first.map { features[$0].count } ?? 0
    var centers = [[Float]](repeating: [Float](repeating: 0, count: dimension), count: max(0, subjects))
    for index in known {
      for column in 0..<dimension { centers[rows[index]][column] += features[index][column] }
    }
    cohort = SyntheticCohort(
      samples: known.flatMap { features[$0] }, labels: known.map { rows[$0] }, dimension: dimension,
      centers: centers.flatMap(\.unit))
  }

  /// `count` of them, drawn from `seed`; none when there is nobody to go by.
  package func draw(_ count: Int, seed: UInt64) -> [[Float]] {
    guard dimension > 0 else { return [] }
    var random = SeededRandom(seed: seed, purpose: "strangers")
    let numbers = cohort.draw(count, &random)
    return stride(from: 0, to: numbers.count, by: dimension).map { Array(numbers[$0..<$0 + dimension]) }
  }
}
