import Synchronization

/// Scratch memory for runs, reused between them so that a steady stream allocates nothing.
package final class Workspace: @unchecked Sendable {
  // Only the run that checked it out touches the memory, hence safe to pass between threads.
  private(set) var base: UnsafeMutablePointer<Float>
  private(set) var capacity: Int

  private init(capacity: Int) {
    self.capacity = capacity
    base = Self.allocate(capacity)
  }

  deinit {
    UnsafeMutableRawPointer(base).deallocate()
  }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
      .bindMemory(to: Float.self, capacity: max(count, 1))
  }

  private static let free = Mutex<[Workspace]>([])
  /// What is kept for the next run; a larger workspace is given back to the system. In floats: 48 MiB.
  private static let keptCapacity = 12 << 20

  /// Lends scratch memory for `count` floats, uninitialized.
  package static func with<Result, Failure: Error>(
    _ count: Int, _ body: (UnsafeMutablePointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let workspace = take(count)
    defer {
      if workspace.capacity <= keptCapacity { free.withLock { $0.append(workspace) } }
    }
    return try body(workspace.base)
  }

  private static func take(_ count: Int) -> Workspace {
    let found = free.withLock { list -> Workspace? in
      // The smallest that fits, else the largest there is, to be grown.
      let fitting = list.indices.filter { list[$0].capacity >= count }.min { list[$0].capacity < list[$1].capacity }
      guard let index = fitting ?? list.indices.max(by: { list[$0].capacity < list[$1].capacity }) else { return nil }
      return list.remove(at: index)
    }
    guard let found else { return Workspace(capacity: count) }
    if found.capacity < count {
      UnsafeMutableRawPointer(found.base).deallocate()
      found.base = allocate(count)
      found.capacity = count
    }
    return found
  }
}
