internal import COpenBLAS

/// Calls into OpenBLAS. Every call runs on the caller's thread alone: parallelism is the engine's, above BLAS.
package enum BLAS {
  /// Keeps OpenBLAS to one thread a call; to be done once, before the first product.
  package static func useOneThread() {
    openblas_set_num_threads(1)
  }

  /// The kernel family OpenBLAS picked for this processor, such as `Zen`, `Haswell` or `SkylakeX`.
  package static var coreName: String {
    openblas_get_corename().map { String(cString: $0) } ?? "unknown"
  }

  /// `c = alpha * a * b + beta * c`, all row-major; reference: BLAS `sgemm`.
  ///
  /// Shape: `a` is m x k (k x m when `transposeA`), `b` is k x n (n x k when `transposeB`), `c` is m x n.
  /// `lda`, `ldb` and `ldc` are the distances between rows as stored, in elements.
  package static func sgemm(
    transposeA: Bool = false, transposeB: Bool = false, m: Int, n: Int, k: Int, alpha: Float = 1,
    a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int, beta: Float = 0,
    c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, Int32(m), Int32(n),
      Int32(k), alpha, a, Int32(lda), b, Int32(ldb), beta, c, Int32(ldc))
  }

  /// The scalar product of two vectors of `count` elements.
  package static func dot(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>) -> Float {
    cblas_sdot(Int32(count), x, 1, y, 1)
  }
}
