/// Who belongs to whom, one to one, so that the whole gains most.
enum BestAssignment {
  /// The pairs of rows and columns with the largest sum of gains; a gain of 0 or below is no pair.
  ///
  /// Shape: `gains` is rows x columns. Complexity: n^3 for the larger side. Reference: Kuhn's Hungarian method with
  /// potentials (Munkres 1957), on the square matrix that is filled up with pairs of no gain.
  static func pairs(_ gains: [[Double]]) -> [(row: Int, column: Int)] {
    let rows = gains.count
    let columns = gains.map(\.count).min() ?? 0
    guard rows > 0, columns > 0 else { return [] }
    let size = max(rows, columns)
    func cost(_ row: Int, _ column: Int) -> Double {
      guard row < rows, column < columns, gains[row][column] > 0 else { return 0 }
      return -gains[row][column]
    }
    // Row and column 0 stand for "none yet"; owner[c] is the row that column c goes to.
    var rowPotential = [Double](repeating: 0, count: size + 1)
    var columnPotential = [Double](repeating: 0, count: size + 1)
    var owner = [Int](repeating: 0, count: size + 1)
    for row in 1...size {
      owner[0] = row
      var column = 0
      var best = [Double](repeating: .infinity, count: size + 1)
      var previous = [Int](repeating: 0, count: size + 1)
      var isDone = [Bool](repeating: false, count: size + 1)
      repeat {
        isDone[column] = true
        let current = owner[column]
        var step = Double.infinity
        var next = 0
        for candidate in 1...size where !isDone[candidate] {
          let reduced = cost(current - 1, candidate - 1) - rowPotential[current] - columnPotential[candidate]
          if reduced < best[candidate] {
            best[candidate] = reduced
            previous[candidate] = column
          }
          if best[candidate] < step {
            step = best[candidate]
            next = candidate
          }
        }
        guard next > 0 else { return [] }
        for candidate in 0...size {
          if isDone[candidate] {
            rowPotential[owner[candidate]] += step
            columnPotential[candidate] -= step
          } else {
            best[candidate] -= step
          }
        }
        column = next
      } while owner[column] != 0
      while column != 0 {
        owner[column] = owner[previous[column]]
        column = previous[column]
      }
    }
    return (1...size).compactMap { column in
      let row = owner[column] - 1
      guard row >= 0, row < rows, column <= columns, gains[row][column - 1] > 0 else { return nil }
      return (row: row, column: column - 1)
    }
  }
}
