internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Memory of one block of rows, which several versions of a matrix may share.
///
/// Unchecked sendable: a row is written once, by whoever claimed it, before any version of the matrix that counts it is
/// handed on; after that it is only read. ``Rows/set(_:to:)`` writes to memory that nobody else has.
final class RowMemory<Element: BitwiseCopyable>: @unchecked Sendable {
  let start: UnsafeMutablePointer<Element>
  /// How many elements there is room for.
  let capacity: Int
  /// How many elements are in use by the longest version.
  private let used: Atomic<Int>

  /// Uninitialised memory. A large block asks for large pages, with which a search reads a quarter faster.
  init(capacity: Int, used: Int = 0) {
    self.capacity = capacity
    self.used = Atomic(used)
    let bytes = max(capacity * MemoryLayout<Element>.stride, 1)
    let alignment = bytes >= 2 << 20 ? 2 << 20 : 64
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: alignment)
    #if os(Linux)
      if bytes >= 2 << 20 { madvise(memory, bytes, Int32(MADV_HUGEPAGE)) }
    #endif
    start = memory.bindMemory(to: Element.self, capacity: capacity)
  }

  deinit { start.deallocate() }

  /// Takes the elements from `first` up to `end`, unless another version has them already.
  func claim(_ first: Int, _ end: Int) -> Bool {
    used.compareExchange(expected: first, desired: end, ordering: .acquiringAndReleasing).exchanged
  }

  /// Memory with the first `count` elements of this one.
  func copy(_ count: Int, capacity: Int) -> RowMemory {
    let copy = RowMemory(capacity: capacity, used: count)
    copy.start.update(from: start, count: count)
    return copy
  }
}
