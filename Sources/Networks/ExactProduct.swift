import Tensors

/// Products of matrices of whole numbers on `sgemm` without any rounding.
///
/// Float32 holds every whole number up to 2^24. A sum of 258 products of numbers up to 255 stays below that in whatever
/// order it is taken; such blocks are then added up in double precision, which is exact up to 2^53.
enum ExactProduct {
  /// The longest sum of products up to 255 * 255 that float32 holds.
  static let depth = (1 << 24) / (255 * 255)

  /// Adds `a * b` to `sums`. `a` is rows x depth with `stride` elements from row to row, `b` depth x columns; `depth` is
  /// at most ``depth``; `part` and `sums` have rows x columns elements, of which `part` is scratch.
  static func add(
    _ a: UnsafePointer<Float>, stride: Int, _ b: UnsafePointer<Float>, rows: Int, depth: Int, columns: Int,
    part: inout [Float], to sums: inout [Double]
  ) {
    part.withUnsafeMutableBufferPointer { part in
      guard let target = part.baseAddress, !part.isEmpty else { return }
      BLAS.sgemm(m: rows, n: columns, k: depth, a: a, lda: stride, b: b, ldb: columns, c: target, ldc: columns)
      sums.withUnsafeMutableBufferPointer { sums in
        for i in 0..<part.count { sums[i] += Double(part[i]) }
      }
    }
  }

  /// The same where `a` starts at an element of a buffer.
  static func add(
    _ a: UnsafeBufferPointer<Float>, at start: Int, stride: Int, _ b: [Float], rows: Int, depth: Int, columns: Int,
    part: inout [Float], to sums: inout [Double]
  ) {
    b.withUnsafeBufferPointer { b in
      guard let a = a.baseAddress, let b = b.baseAddress else { return }
      add(a + start, stride: stride, b, rows: rows, depth: depth, columns: columns, part: &part, to: &sums)
    }
  }
}
