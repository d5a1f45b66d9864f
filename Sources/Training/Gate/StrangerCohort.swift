internal import Glibc

/// Strangers made up from the embeddings of the enrolled: for galleries whose owner gave none.
///
/// Each is the direction of the mean of three different subjects' faces with some of their own spread added: as near to the
/// enrolled as a stranger may come, and nobody.
package struct StrangerCohort {
  private let features: [[Float]]
  private let byRow: [[Int]]

  package init(_ features: [[Float]], rows: [Int], subjects: Int) {
    self.features = features
    byRow = (0..<max(0, subjects)).map { row in rows.indices.filter { rows[$0] == row } }.filter { !$0.isEmpty }
  }

  /// `count` of them, drawn from `seed`; none when there are fewer than two subjects.
  package func draw(_ count: Int, seed: UInt64) -> [[Float]] {
    guard byRow.count >= 2 else { return [] }
    var random = SeededRandom(seed: seed, purpose: "strangers")
    return (0..<count).map { _ in
      let people = random.permutation(of: byRow.count).prefix(3)
      var sum = [Float](repeating: 0, count: features.first?.count ?? 0)
      for person in people {
        let sample = features[byRow[person][random.index(below: byRow[person].count)]]
        let weight = Float(random.uniform(0.5, 1))
        for index in sum.indices { sum[index] += weight * sample[index] }
      }
      return sum.unit
    }
  }
}
