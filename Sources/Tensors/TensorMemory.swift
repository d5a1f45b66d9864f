internal import Glibc
import Synchronization

/// Memory of tensors that comes back when they go, so that a loop of equal steps allocates nothing after the first.
///
/// Safe to share between threads. What is free is given back to the system when the last tensor of it and the object
/// itself are gone, or by ``trim()``.
package final class TensorMemory: Sendable {
  private struct Block: @unchecked Sendable {
    // Belongs to the free list or to one storage, never to both.
    let base: UnsafeMutableRawPointer
    let bytes: Int
  }

  /// Free blocks, ascending by size.
  private let free = Mutex<[Block]>([])
  private let total = Atomic<Int>(0)

  /// Smaller tensors are left to the general allocator, in bytes.
  private static let smallest = 4096

  package init() {}

  deinit {
    trim()
  }

  /// Bytes held, in use or free.
  package var byteCount: Int { total.load(ordering: .relaxed) }

  /// Gives free blocks back to the system.
  package func trim() {
    let blocks = free.withLock { blocks in
      defer { blocks = [] }
      return blocks
    }
    for block in blocks {
      total.subtract(block.bytes, ordering: .relaxed)
      block.base.deallocate()
    }
  }

  /// Whether `bytes` are worth keeping.
  static func keeps(_ bytes: Int) -> Bool { bytes >= smallest }

  /// At least `bytes` of uninitialized memory and how many there are; from the free list if a block fits well.
  func take(_ bytes: Int) -> (base: UnsafeMutableRawPointer, bytes: Int) {
    let found = free.withLock { blocks -> Block? in
      let index = Self.firstIndex(blocks, atLeast: bytes)
      guard index < blocks.count, blocks[index].bytes <= bytes + bytes / 2 else { return nil }
      return blocks.remove(at: index)
    }
    if let found { return (found.base, found.bytes) }
    let size = (bytes + 4095) / 4096 * 4096
    total.add(size, ordering: .relaxed)
    let base = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4096)
    // Fewer page faults where the system has larger pages; a refusal changes nothing.
    if size >= 4 << 20 { madvise(base, size, MADV_HUGEPAGE) }
    return (base, size)
  }

  /// Takes back what ``take(_:)`` gave.
  func give(_ base: UnsafeMutableRawPointer, bytes: Int) {
    free.withLock { blocks in
      blocks.insert(Block(base: base, bytes: bytes), at: Self.firstIndex(blocks, atLeast: bytes))
    }
  }

  private static func firstIndex(_ blocks: [Block], atLeast bytes: Int) -> Int {
    var (low, high) = (0, blocks.count)
    while low < high {
      let middle = (low + high) / 2
      if blocks[middle].bytes < bytes { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
