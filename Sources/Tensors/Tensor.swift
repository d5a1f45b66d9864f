/// A block of float32 values, immutable once built, 64-byte aligned.
///
/// Shape: any; elements lie in row-major order of ``shape``.
package struct Tensor: Sendable {
  package let shape: Shape
  private let storage: Storage

  /// Copies `values`, which must hold `shape.count` elements.
  package init(shape: Shape, values: [Float]) {
    precondition(values.count == shape.count, "[Tensor] \(values.count) values for shape \(shape)")
    self.init(shape: shape) { destination in
      _ = destination.initialize(from: values)
    }
  }

  /// Builds a tensor in place; `fill` receives uninitialized memory for `shape.count` elements and sets all of them.
  package init(shape: Shape, fill: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows {
    let storage = Storage(count: shape.count)
    try fill(storage.buffer)
    self.shape = shape
    self.storage = storage
  }

  /// A tensor whose elements are all `value`.
  package init(shape: Shape, repeating value: Float) {
    self.init(shape: shape) { $0.initialize(repeating: value) }
  }

  private init(shape: Shape, storage: Storage) {
    self.shape = shape
    self.storage = storage
  }

  /// How many elements there are.
  package var count: Int { storage.buffer.count }

  /// The elements as an array, in row-major order.
  package var values: [Float] { Array(storage.buffer) }

  /// The same elements under another shape of the same count.
  package func reshaped(_ shape: Shape) -> Tensor {
    precondition(shape.count == count, "[Tensor.reshaped] \(self.shape) to \(shape)")
    return Tensor(shape: shape, storage: storage)
  }

  /// Lends the elements for reading; the pointer must not outlive the call.
  package func withUnsafeBuffer<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeBufferPointer(storage.buffer))
  }
}

/// Memory of a tensor. Written only while its tensor is being built and never again, hence safe to share.
private final class Storage: @unchecked Sendable {
  let buffer: UnsafeMutableBufferPointer<Float>

  init(count: Int) {
    let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    buffer = UnsafeMutableBufferPointer(start: raw.bindMemory(to: Float.self, capacity: max(count, 1)), count: count)
  }

  deinit {
    UnsafeMutableRawPointer(buffer.baseAddress!).deallocate()
  }
}
