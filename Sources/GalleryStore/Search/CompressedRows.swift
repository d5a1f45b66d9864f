internal import CKernels

/// A copy of a matrix of vectors of length 1 in bytes, from which upper bounds of cosines are computed.
///
/// A row x becomes s q with q in -127...127, s = max |x| / 127, and the length e of what that leaves out is stored with it.
/// For a probe y, likewise t p with residual f,
///
///     x.y - (s q).(t p)  =  (x - s q).y + (s q).(y - t p)  <=  e |y| + |s q| f  <=  e |y| + (|x| + e) f
///                        =  e (|y| + f) + |x| f
///
/// by Cauchy-Schwarz. With |x| = |y| = 1 up to rounding, s t (q.p) + e (1 + f) + f is therefore never below x.y but for its own
/// roundings, which ``facts(ofProbeWithStep:residual:)`` adds. q.p is an integer and exact. A search takes a closer look at
/// every row whose bound reaches what it needs, so its answer is the one that it would give without this copy.
struct CompressedRows: Sendable {
  private(set) var bytes: Rows<UInt8>
  /// Per row.
  private(set) var steps: Rows<Float>
  private(set) var residuals: Rows<Float>

  /// For the rows of `matrix`, of which it holds none yet; blocks are cut alike.
  init(for matrix: RowBlocks) {
    bytes = Rows(dimension: matrix.dimension, rowsPerBlock: matrix.rowsPerBlock)
    steps = Rows(dimension: 1, rowsPerBlock: matrix.rowsPerBlock)
    residuals = Rows(dimension: 1, rowsPerBlock: matrix.rowsPerBlock)
  }

  var count: Int { bytes.count }

  /// How many bytes it takes.
  var memory: Int { bytes.bytes + steps.bytes + residuals.bytes }

  /// Adds those rows of `matrix` that are new in it. Complexity: a nanosecond for each of their numbers, shared.
  mutating func append(from matrix: RowBlocks, _ kernels: GalleryKernels, _ threads: SearchThreads) {
    let first = count
    let pieces = matrix.pieces(limit: 4096, from: first)
    guard let last = pieces.last else { return }
    _ = bytes.append(uninitialized: last.upperBound - first)
    _ = steps.append(uninitialized: last.upperBound - first)
    _ = residuals.append(uninitialized: last.upperBound - first)
    let rows = self
    threads.run(pieces.count) { index in rows.fill(pieces[index], from: matrix, kernels) }
  }

  /// Takes a row of `matrix` anew.
  mutating func update(_ row: Int, from matrix: RowBlocks, _ kernels: GalleryKernels) {
    guard row < count else { return }
    var compressed = [UInt8](repeating: 0, count: bytes.dimension)
    let (step, residual) = compressed.withUnsafeMutableBufferPointer { to in
      matrix.withRow(row) { from in
        guard let from = from.baseAddress, let to = to.baseAddress else { return (Float(0), Float(0)) }
        return kernels.quantize(from, into: to)
      }
    }
    bytes.set(row, to: compressed)
    steps.set(row, to: [step])
    residuals.set(row, to: [residual])
  }

  /// Fills rows that were just made and that nobody else sees.
  private func fill(_ range: Range<Int>, from matrix: RowBlocks, _ kernels: GalleryKernels) {
    matrix.withRows(range) { from in
      bytes.withRows(range) { bytes in
        steps.withRows(range) { steps in
          residuals.withRows(range) { residuals in
            guard let from = from.baseAddress, let bytes = UnsafeMutablePointer(mutating: bytes.baseAddress),
              let steps = UnsafeMutablePointer(mutating: steps.baseAddress),
              let residuals = UnsafeMutablePointer(mutating: residuals.baseAddress)
            else { return }
            for row in 0..<range.count {
              (steps[row], residuals[row]) = kernels.quantize(
                from + row * kernels.dimension, into: bytes + row * kernels.dimension)
            }
          }
        }
      }
    }
  }

  /// What a bound takes of a probe.
  ///
  /// The bound is computed in float32 by six roundings of values below 2.1, each at most 2^-24 of that: 7.6e-7 together. Lengths
  /// are 1 within 1e-6.
  static func facts(ofProbeWithStep step: Float, residual: Float) -> fk_gallery_probe {
    fk_gallery_probe(scale: step, length: 1.000002 + residual, slack: residual * 1.000002 + 2e-6)
  }
}
