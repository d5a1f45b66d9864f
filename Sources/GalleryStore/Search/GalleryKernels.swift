internal import CKernels

/// The C kernels of a search, for one instruction set. Vectors are of one dimension throughout.
struct GalleryKernels: Sendable {
  /// What kernels are built for.
  enum InstructionSet: Sendable, CaseIterable {
    case base
    case avx2
    case avx512
    case wideOnAVX2

    fileprivate var kernel: fk_isa {
      switch self {
      case .base: FK_ISA_BASE
      case .avx2: FK_ISA_AVX2
      case .avx512: FK_ISA_AVX512
      case .wideOnAVX2: FK_ISA_WIDE_ON_AVX2
      }
    }

    /// Whether this processor can run it.
    var isSupported: Bool { fk_isa_supported(kernel) != 0 }
  }

  private let isa: fk_isa
  let dimension: Int

  private static let widest = fk_detect_isa()

  init(dimension: Int, instructionSet: InstructionSet? = nil) {
    self.dimension = dimension
    isa = instructionSet?.kernel ?? Self.widest
  }

  /// How far a cosine that ``products(_:_:count:_:into:stride:)`` computes and one that ``dot(_:_:)`` computes, or a score
  /// made of such, may be apart, whatever the order of their sums.
  ///
  /// A float32 sum of n products differs from the true one by at most n u / (1 - n u) times the sum of the products' sizes
  /// (Higham, Accuracy and Stability of Numerical Algorithms, 3.1), u = 2^-24; for vectors of length 1 the sizes sum to at
  /// most 1. Two such sums, a score's own few roundings and lengths that are 1 up to rounding: 2 (n + 64) u and a tenth.
  var tolerance: Float { Float(dimension + 64) * 1.32e-7 }

  /// The product of two vectors; what every score is made of.
  func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>) -> Float { fk_gallery_dot(isa, a, b, dimension) }

  /// y += x.
  func add(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>) { fk_accumulate(isa, x, y, dimension) }

  /// As many probes as the memory of `count` probes must hold.
  func paddedProbes(_ count: Int) -> Int { fk_gallery_padded_probes(isa, count) }

  /// Products of rows with a padded number of probes. Shape: `out` is probes x `stride`.
  func products(
    _ rows: UnsafePointer<Float>, count: Int, _ probes: UnsafePointer<Float>, probeCount: Int,
    into out: UnsafeMutablePointer<Float>, stride: Int
  ) {
    fk_gallery_dots(isa, rows, count, dimension, probes, probeCount, out, stride)
  }

  /// A checksum of bytes against damage.
  static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 { fk_checksum(bytes.baseAddress, bytes.count) }

  static func checksum(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { checksum($0) } }

  /// A vector in bytes; see ``CompressedRows``.
  func quantize(_ row: UnsafePointer<Float>, into bytes: UnsafeMutablePointer<UInt8>) -> (step: Float, residual: Float)
  {
    var step: Float = 0
    var residual: Float = 0
    fk_gallery_quantize(isa, row, dimension, bytes, &step, &residual)
    return (step, residual)
  }

  /// Upper bounds of the products of compressed rows with compressed probes. Shape: as for products.
  func bounds(
    _ rows: UnsafePointer<UInt8>, steps: UnsafePointer<Float>, residuals: UnsafePointer<Float>, count: Int,
    _ probes: CompressedProbes, into out: UnsafeMutablePointer<Float>, stride: Int
  ) {
    probes.bytes.withUnsafeBufferPointer { bytes in
      probes.facts.withUnsafeBufferPointer { facts in
        fk_gallery_bounds(
          isa, rows, steps, residuals, count, dimension, bytes.baseAddress, facts.baseAddress, facts.count, out, stride)
      }
    }
  }

  /// The positions of values of `least` or more; returns how many. `found` has room for `count`.
  func above(
    _ values: UnsafePointer<Float>, count: Int, least: Float, into found: UnsafeMutablePointer<Int32>
  ) -> Int {
    fk_gallery_above(isa, values, count, least, found)
  }
}

/// Probes in bytes, with what a bound takes of each.
struct CompressedProbes: Sendable {
  fileprivate(set) var bytes: [Int8] = []
  fileprivate(set) var facts: [fk_gallery_probe] = []

  /// Shape: `probes` is `count` x dimension, of length 1.
  init(_ probes: UnsafePointer<Float>, count: Int, _ kernels: GalleryKernels) {
    var offset = [UInt8](repeating: 0, count: kernels.dimension)
    for probe in 0..<count {
      let row = probes + probe * kernels.dimension
      let (step, residual) = offset.withUnsafeMutableBufferPointer { offset in
        // An empty vector has no address; there is none, a model has one number at least.
        offset.baseAddress.map { kernels.quantize(row, into: $0) } ?? (0, 0)
      }
      bytes.append(contentsOf: offset.map { Int8(truncatingIfNeeded: Int($0) - 128) })
      facts.append(CompressedRows.facts(ofProbeWithStep: step, residual: residual))
    }
  }
}
