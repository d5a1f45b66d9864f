import Tensors

/// How much a file may still unpack to, so that a small file cannot claim the machine's memory.
///
/// Tensors may share one storage or repeat one element (stride 0), so the unpacked size is not bounded by the file's
/// own.
struct TensorBudget {
  /// No file unpacks to more bytes.
  static let maximumBytes = 1 << 31
  /// No tensor has more elements.
  static let maximumElements = maximumBytes / 4
  /// No tensor has more dimensions.
  static let maximumRank = 8

  private var bytes: Int

  /// The budget of a file of `fileBytes` bytes: eight times as much, and at least 1 MiB.
  init(fileBytes: Int) {
    bytes = min(Self.maximumBytes, max(fileBytes, 1 << 17) * 8)
  }

  /// Checks dimensions from the file and takes their elements off the budget.
  mutating func take(
    _ dimensions: [Int], bytesEach: Int, for name: String
  ) throws(WeightFileError) -> Shape {
    guard dimensions.count <= Self.maximumRank else {
      throw WeightFileError(.tooLarge, "Tensor \(quoted(name)) has \(dimensions.count) dimensions.")
    }
    guard dimensions.allSatisfy({ $0 >= 0 }) else {
      throw WeightFileError(.badStructure, "Tensor \(quoted(name)) has a negative dimension: \(dimensions).")
    }
    guard dimensions.allSatisfy({ $0 <= Self.maximumElements }),
      let shape = Shape(untrusted: dimensions, limit: bytes / bytesEach)
    else {
      throw WeightFileError(
        .tooLarge, "Tensor \(quoted(name)) of \(dimensions) elements is more than this file may unpack to.")
    }
    bytes -= shape.count * bytesEach
    return shape
  }
}
