import Tensors
import Testing

@Suite struct TensorTests {
  @Test func untrustedShapesAreChecked() {
    #expect(Shape(untrusted: [2, -1], limit: 100) == nil)
    #expect(Shape(untrusted: [1 << 40, 1 << 40], limit: .max) == nil)
    #expect(Shape(untrusted: [11, 10], limit: 100) == nil)
    #expect(Shape(untrusted: [10, 10], limit: 100)?.count == 100)
    #expect(Shape([]).count == 1)
  }

  @Test func productsMatchSums() {
    for (m, n, k) in [(1, 1, 1), (3, 5, 7), (17, 33, 9)] {
      let a = Tensor(shape: [m, k], values: (0..<m * k).map { Float($0 % 13) - 6 })
      let b = Tensor(shape: [k, n], values: (0..<k * n).map { Float($0 % 7) - 3 })
      let c = Tensor(shape: [m, n]) { c in
        c.initialize(repeating: 0)
        a.withUnsafeBuffer { a in
          b.withUnsafeBuffer { b in
            BLAS.sgemm(
              m: m, n: n, k: k, a: a.baseAddress!, lda: k, b: b.baseAddress!, ldb: n, c: c.baseAddress!, ldc: n)
          }
        }
      }
      for row in 0..<m {
        for column in 0..<n {
          let sum = (0..<k).reduce(Float(0)) { $0 + a.values[row * k + $1] * b.values[$1 * n + column] }
          #expect(c.values[row * n + column] == sum)
        }
      }
    }
  }
}
