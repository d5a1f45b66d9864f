import CKernels
import Foundation
import Synchronization
import Testing

@testable import Networks

/// Where the threads of a pool run.
@Suite struct WorkPoolPlacementTests {
  /// The two threads of a loop do not take turns on one processor, however busy the others are.
  @Test func helperKeepsOffTheCaller() throws {
    guard ProcessInfo.processInfo.activeProcessorCount > 1, fk_processor() >= 0 else {
      print("skipped: there is one processor, or the system does not tell which one a thread is on")
      return
    }
    let pool = WorkPool(lanes: 2)
    let busy = Atomic(true)
    let others = (0..<3).map { _ in
      let thread = Thread { while busy.load(ordering: .relaxed) { fk_pause() } }
      thread.start()
      return thread
    }
    defer { busy.store(false, ordering: .relaxed) }
    var (shared, apart) = (0, 0)
    let end = Date(timeIntervalSinceNow: 20)
    while shared < 200, Date() < end {
      let places = Mutex<[Int: Int32]>([:])
      pool.begin()
      // Each part lasts long enough for the other thread to take the next one.
      pool.run(2) { part in
        let place = fk_processor()
        places.withLock { $0[part] = place }
        let limit = Date(timeIntervalSinceNow: 0.02)
        while places.withLock({ $0.count < 2 }), Date() < limit { sched_yield() }
      }
      pool.end()
      let found = places.withLock { $0 }
      // Whoever waited for the other in vain did both parts.
      guard found.count == 2 else { continue }
      shared += 1
      if found[0] != found[1] { apart += 1 }
      if shared % 20 == 0 { Thread.sleep(forTimeInterval: 0.001) }
    }
    #expect(others.count == 3)
    // A part that one thread did after the other had given up, and a caller moved in between, may show one processor.
    #expect(apart * 10 >= shared * 8, "\(apart) of \(shared)")
  }

  /// A thread that is kept off a processor runs on another one; there always has to be one left.
  @Test func keepsOff() throws {
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      defer { done.signal() }
      let here = fk_processor()
      guard here >= 0 else { return }
      if fk_keep_off(fk_thread(), here) == 1 {
        #expect(fk_processor() != here)
      } else {
        #expect(ProcessInfo.processInfo.activeProcessorCount == 1)
      }
      for processor in 0..<Int32(ProcessInfo.processInfo.processorCount) { _ = fk_keep_off(fk_thread(), processor) }
      #expect(fk_keep_off(fk_thread(), -1) == 0 && fk_keep_off(fk_thread(), 1 << 20) == 0)
    }
    thread.start()
    done.wait()
  }
}
