internal import Tensors

/// The cosines of one template to some that come before it, with whose they are.
package struct ComparisonRow {
  /// The position of the template's subject, from 0.
  package let subject: Int32
  /// The positions of the others' subjects.
  package let subjects: UnsafeBufferPointer<Int32>
  /// As many cosines, clamped to [-1, 1].
  package let cosines: UnsafeBufferPointer<Float>
}

extension GalleryIndex {
  /// Rows of one product, and the most of the other side's.
  private static let pairRows = 128
  private static let pairColumns = 2048

  /// Lends the cosines of every template to every template before it: each pair once, in rows.
  ///
  /// Complexity: templates x templates x dimension / 2, in BLAS calls of ``pairRows`` x ``pairColumns``; the scratch is one
  /// such block of cosines. `checkpoint` is called between blocks.
  package func forEachPair(
    checkpoint: (_ pairsDone: Int) throws -> Void, _ body: (ComparisonRow) -> Void
  ) throws {
    let dimension = model.dimension
    var cosines = [Float](repeating: 0, count: Self.pairRows * Self.pairColumns)
    let pieces = templates.pieces(limit: Self.pairColumns)
    for first in stride(from: 0, to: templates.count, by: Self.pairRows) {
      let rows = min(Self.pairRows, templates.count - first)
      // Within a block, rows lie back to back; a group of rows may reach into the next block, so it is copied.
      var group: [Float] = []
      group.reserveCapacity(rows * dimension)
      for row in first..<first + rows { templates.withRow(row) { group.append(contentsOf: $0) } }
      for piece in pieces {
        let start = piece.lowerBound
        guard start < first + rows else { break }
        try checkpoint(first * (first + 1) / 2)
        let columns = min(piece.count, first + rows - start)
        owners.withUnsafeBufferPointer { owners in
          templates.withRows(piece) { block in
            cosines.withUnsafeMutableBufferPointer { cosines in
              group.withUnsafeBufferPointer { group in
                guard let a = group.baseAddress, let b = block.baseAddress, let c = cosines.baseAddress else { return }
                BLAS.sgemm(
                  transposeB: true, m: rows, n: columns, k: dimension, a: a, lda: dimension, b: b, ldb: dimension, c: c,
                  ldc: columns)
                for row in 0..<rows {
                  let length = min(columns, first + row - start)
                  guard length > 0 else { continue }
                  let values = UnsafeMutableBufferPointer(start: c + row * columns, count: length)
                  for index in values.indices { values[index] = min(1, max(-1, values[index])) }
                  body(
                    ComparisonRow(
                      subject: owners[first + row], subjects: .init(rebasing: owners[start..<start + length]),
                      cosines: UnsafeBufferPointer(values)))
                }
              }
            }
          }
        }
      }
    }
  }
}
