/// A block of float32 values, 64-byte aligned, with the semantics of a value: copies share memory until one is changed.
///
/// Shape: any; elements lie in row-major order of ``shape``.
package struct Tensor: Sendable {
  package let shape: Shape
  private var storage: Storage

  /// Copies `values`, which must hold `shape.count` elements.
  package init(shape: Shape, values: [Float]) {
    precondition(values.count == shape.count, "[Tensor] \(values.count) values for shape \(shape)")
    self.init(shape: shape) { destination in
      _ = destination.initialize(from: values)
    }
  }

  /// Builds a tensor in place; `fill` receives uninitialized memory for `shape.count` elements and sets all of them.
  /// The memory comes from and returns to `memory`, if there is one.
  package init(
    shape: Shape, memory: TensorMemory? = nil, fill: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows {
    let storage = Storage(count: shape.count, memory: memory)
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

  /// Lends the elements for changing, in place unless another tensor shares them; the pointer must not outlive the call.
  package mutating func withUnsafeMutableBuffer<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
    return try body(storage.buffer)
  }

  /// Whether no other tensor shares the elements, so that changing them copies nothing.
  package mutating func isUnique() -> Bool { isKnownUniquelyReferenced(&storage) }
}

/// Memory of a tensor. Written only while its tensor is being built or has it for itself, hence safe to share.
private final class Storage: @unchecked Sendable {
  let buffer: UnsafeMutableBufferPointer<Float>
  private let memory: TensorMemory?
  private let bytes: Int

  init(count: Int, memory: TensorMemory?) {
    let needed = max(count, 1) * MemoryLayout<Float>.stride
    let raw: UnsafeMutableRawPointer
    if let memory, TensorMemory.keeps(needed) {
      (raw, bytes) = memory.take(needed)
      self.memory = memory
    } else {
      raw = UnsafeMutableRawPointer.allocate(byteCount: needed, alignment: 64)
      bytes = needed
      self.memory = nil
    }
    buffer = UnsafeMutableBufferPointer(start: raw.bindMemory(to: Float.self, capacity: max(count, 1)), count: count)
  }

  deinit {
    guard let base = buffer.baseAddress else { return }
    if let memory {
      memory.give(UnsafeMutableRawPointer(base), bytes: bytes)
    } else {
      UnsafeMutableRawPointer(base).deallocate()
    }
  }

  func copy() -> Storage {
    let result = Storage(count: buffer.count, memory: memory)
    _ = result.buffer.initialize(from: buffer)
    return result
  }
}
