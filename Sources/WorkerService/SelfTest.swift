internal import FaceModels
internal import FacePipeline
internal import Networks
package import Protocol
internal import Tensors

/// The known-answer test before `ready`: a damaged build, a wrong BLAS or a broken kernel must fail at the start.
package enum SelfTest {
  /// Throws `internal` when this machine does not compute what it should.
  package static func run(_ engine: Engine) throws(WireError) {
    do {
      try checkBLAS()
      try checkKernels()
      try checkModels(engine)
    } catch let error as WireError {
      throw error
    } catch {
      throw ErrorMapping.wireError(for: error)
    }
  }

  private static func failed(_ what: String) -> WireError {
    WireError(.internal, "The self-test failed: \(what) Do not trust results of this build on this machine.")
  }

  /// A product of whole numbers, exact in float32.
  private static func checkBLAS() throws {
    let (m, n, k) = (37, 29, 41)
    let a = (0..<m * k).map { Float($0 % 17) - 8 }
    let b = (0..<k * n).map { Float($0 % 11) - 5 }
    var c = [Float](repeating: 0, count: m * n)
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        c.withUnsafeMutableBufferPointer { c in
          if let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress {
            BLAS.sgemm(m: m, n: n, k: k, a: a, lda: k, b: b, ldb: n, c: c, ldc: n)
          }
        }
      }
    }
    for row in 0..<m {
      for column in 0..<n {
        let sum = (0..<k).reduce(Float(0)) { $0 + a[row * k + $1] * b[$1 * n + column] }
        guard c[row * n + column] == sum else {
          throw failed("OpenBLAS (\(BLAS.coreName)) multiplied two matrices wrongly.")
        }
      }
    }
  }

  /// A small network on the chosen instruction set against the plain arithmetic.
  private static func checkKernels() throws {
    func tensor(_ shape: Shape, _ seed: Int) -> Tensor {
      Tensor(shape: shape, values: (0..<shape.count).map { Float(($0 * 31 + seed * 7) % 23 - 11) / 16 })
    }
    var builder = GraphBuilder()
    let x = builder.input()
    let first = builder.parameter("first", tensor([19, 3, 3, 3], 1))
    let slope = builder.parameter("slope", tensor([19], 2))
    let second = builder.parameter("second", tensor([35, 19, 3, 3], 3))
    var value = builder.apply(Conv2d(stride: Extent(2)), [x, first], name: "first")
    value = builder.apply(PReLU(), [value, slope], name: "prelu")
    value = builder.apply(MaxPool2d(Window(kernel: Extent(2), stride: Extent(1))), [value], name: "pool")
    value = builder.apply(Conv2d(padding: Padding(1)), [value, second], name: "second")
    let graph = builder.build(outputs: [value])
    let input = tensor([1, 3, 17, 15], 4)
    let plan = try InferencePlan(graph, example: [input.shape])
    let (fast, plain) = (try plan.run(input)[0].values, try PlainExecution.run(graph, inputs: [input])[0].values)
    guard zip(fast, plain).allSatisfy({ abs($0 - $1) <= 1e-3 }) else {
      throw failed("the \(InstructionSet.current.rawValue) kernels differ from the plain arithmetic.")
    }
  }

  /// The loaded models on a drawn picture: no face in it, and an embedding that is a unit vector, twice the same.
  private static func checkModels(_ engine: Engine) throws {
    let models = engine.activeModels
    do {
      try ModelTrial.run(models.pipeline.detector, id: models.detector.id, pool: engine.pool)
      try ModelTrial.run(
        models.pipeline.embedder, id: models.recognizer.id, isUnit: models.recognizer.normalize ?? true,
        pool: engine.pool)
    } catch let error as ModelError {
      throw failed(error.message)
    }
  }
}
