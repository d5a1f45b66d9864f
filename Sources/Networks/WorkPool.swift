internal import CKernels
internal import Glibc
import Synchronization

/// A few threads that share loops with whoever calls.
///
/// The caller always takes part, so a loop never waits for a thread to wake. Helpers only join while fewer callers than
/// lanes are at work (see ``enter()``): with every core busy on requests of its own, splitting one gains nothing.
package final class WorkPool: Sendable {
  /// Threads that can work on one loop, the caller included.
  package let lanes: Int

  private let state: HelperState?

  /// One lane: every loop runs on its caller.
  package static let serial = WorkPool(lanes: 1)

  package init(lanes: Int) {
    self.lanes = max(1, lanes)
    guard lanes > 1 else {
      state = nil
      return
    }
    let state = HelperState(lanes: lanes)
    self.state = state
    for _ in 1..<lanes { state.startHelper() }
  }

  deinit {
    state?.stop()
  }

  /// Marks the calling thread as busy with a request until ``leave()``.
  package func enter() { state?.callers.add(1, ordering: .relaxed) }

  package func leave() { state?.callers.subtract(1, ordering: .relaxed) }

  /// Says that many loops will follow until ``end()``: helpers wake now and do not sleep between them.
  package func begin() {
    guard let state else { return }
    let callers = state.callers.load(ordering: .relaxed)
    if callers <= 1 { state.keepOffCaller() }
    state.expect(wakes: callers < lanes)
  }

  package func end() { state?.expectNoMore() }

  /// Calls `body` for 0..<count, in any order, on the caller and any idle helper; returns when all are done.
  package func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    guard count > 1, let state, state.isUseful else {
      for index in 0..<count { body(index) }
      return
    }
    if state.callers.load(ordering: .relaxed) <= 1 { state.keepOffCaller() }
    let job = Job(count: count, body: body)
    state.publish(job)
    job.work()
    state.retire(job)
    job.waitUntilDone()
  }
}

/// One loop being shared.
private final class Job: Sendable {
  let count: Int
  let body: @Sendable (Int) -> Void
  private let next = Atomic<Int>(0)
  private let done = Atomic<Int>(0)

  init(count: Int, body: @escaping @Sendable (Int) -> Void) {
    self.count = count
    self.body = body
  }

  /// Whether some of the loop is not taken yet.
  var isOpen: Bool { next.load(ordering: .relaxed) < count }

  func work() {
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      body(index)
      done.wrappingAdd(1, ordering: .acquiringAndReleasing)
    }
  }

  func waitUntilDone() {
    var spins = 0
    while done.load(ordering: .acquiring) < count {
      spins += 1
      if spins > 1000 { sched_yield() } else { fk_pause() }
    }
  }
}

/// The helpers' side: a queue of loops, threads that spin briefly for the next one and then sleep.
private final class HelperState: @unchecked Sendable {
  // `mutex` guards `jobs`, `sleepers` and `stopped`; the atomics are read without it to spin. `helpers` is complete before
  // the pool is shared.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var jobs: [Job] = []
  private var stopped = false
  private var sleepers = 0
  private var helpers: [Helper] = []
  /// Whether there is no other processor, or the system does not let us choose.
  private let staysPut = Atomic(false)
  private let epoch = Atomic<Int>(0)
  /// Runs under way that will publish more loops.
  private let expected = Atomic<Int>(0)
  /// Threads that are busy with a request.
  let callers = Atomic<Int>(0)
  private let lanes: Int
  /// Pauses (some ten nanoseconds each) before a helper sleeps: waking it takes tens of microseconds, and milliseconds where
  /// other processes want its processor. During a run it waits as long as any step that is not shared takes.
  private static let spins = 500
  private static let spinsWithinRun = 50_000

  /// Whether helpers may join: with every lane busy with a request of its own, they would take its processor.
  var isUseful: Bool { callers.load(ordering: .relaxed) < lanes }

  init(lanes: Int) {
    self.lanes = lanes
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Where one helper runs.
  private final class Helper: Sendable {
    /// As the system names it; 0 before it runs.
    let thread = Atomic<Int32>(0)
    /// The processor it was seen on last, negative for unknown.
    let processor = Atomic<Int32>(-1)
  }

  /// What a new thread is given.
  private final class Start: Sendable {
    let state: HelperState
    let helper: Helper

    init(_ state: HelperState, _ helper: Helper) { (self.state, self.helper) = (state, helper) }
  }

  func startHelper() {
    let helper = Helper()
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Start(self, helper))
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        start.helper.thread.store(fk_thread(), ordering: .relaxed)
        start.state.help(start.helper)
        return nil
      }, context.toOpaque())
    guard status == 0 else { return context.release() }
    pthread_detach(thread)
    helpers.append(helper)
  }

  /// Moves helpers away from the caller's processor.
  ///
  /// On a machine without an idle processor the system wakes a helper beside whoever woke it, or where it ran last, and mostly
  /// leaves it there: the two then take turns on one processor, and a loop takes as long as on one thread.
  func keepOffCaller() {
    guard !staysPut.load(ordering: .relaxed) else { return }
    let here = fk_processor()
    guard here >= 0 else { return }
    for helper in helpers where helper.processor.load(ordering: .relaxed) == here {
      // Unknown until it runs again.
      helper.processor.store(-1, ordering: .relaxed)
      if fk_keep_off(helper.thread.load(ordering: .relaxed), here) == 0 {
        staysPut.store(true, ordering: .relaxed)
        return
      }
    }
  }

  func expect(wakes: Bool) {
    expected.wrappingAdd(1, ordering: .relaxed)
    guard wakes else { return }
    pthread_mutex_lock(mutex)
    if sleepers > 0 { pthread_cond_broadcast(condition) }
    pthread_mutex_unlock(mutex)
  }

  func expectNoMore() { expected.wrappingSubtract(1, ordering: .relaxed) }

  func publish(_ job: Job) {
    pthread_mutex_lock(mutex)
    jobs.append(job)
    epoch.wrappingAdd(1, ordering: .releasing)
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }

  func retire(_ job: Job) {
    pthread_mutex_lock(mutex)
    jobs.removeAll { $0 === job }
    pthread_mutex_unlock(mutex)
  }

  func stop() {
    pthread_mutex_lock(mutex)
    stopped = true
    epoch.wrappingAdd(1, ordering: .releasing)
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }

  private func help(_ helper: Helper) {
    var seen = 0
    while true {
      helper.processor.store(fk_processor(), ordering: .relaxed)
      var spins = 0
      while epoch.load(ordering: .acquiring) == seen
        && spins < (expected.load(ordering: .relaxed) > 0 && isUseful ? Self.spinsWithinRun : Self.spins)
      {
        spins += 1
        fk_pause()
      }
      pthread_mutex_lock(mutex)
      if epoch.load(ordering: .relaxed) == seen && !stopped {
        // Whatever the wake-up means, spinning comes first again.
        sleepers += 1
        pthread_cond_wait(condition, mutex)
        sleepers -= 1
      }
      let over = stopped
      var job: Job?
      if epoch.load(ordering: .relaxed) != seen {
        // While one is found there may be others.
        job = jobs.first { $0.isOpen }
        if job == nil { seen = epoch.load(ordering: .relaxed) }
      }
      pthread_mutex_unlock(mutex)
      if over { return }
      helper.processor.store(fk_processor(), ordering: .relaxed)
      job?.work()
    }
  }
}
