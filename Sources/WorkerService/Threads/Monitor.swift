import Glibc

/// What a thread that looked at a monitor's state wants next.
enum MonitorStep<Outcome> {
  /// It has what it came for; the state may have changed.
  case done(Outcome)
  /// Look again after the next change, or at this moment.
  case sleep(until: Moment?)
}

/// A value that several threads change under a lock, and wait on.
///
/// `@unchecked Sendable`: the state is touched only between lock and unlock of the mutex. The standard library has a
/// mutex but no condition to wait on, and blocking threads are what keeps compute off the cooperative pool.
final class Monitor<State>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  /// One for whoever waits without a group, then one for each group.
  private let conditions: UnsafeMutablePointer<pthread_cond_t>
  /// Whether a group's threads have something to look at.
  private let groups: [@Sendable (State) -> Bool]
  private var state: State

  /// - Parameter groups: threads that wait in a group are only woken by changes after which its test holds: a wake-up that leads
  ///   to nothing costs microseconds on the processor of whoever computes. The test must hold whenever what the group's threads
  ///   call in ``wait(group:_:)`` would be done.
  init(_ state: sending State, groups: [@Sendable (State) -> Bool] = []) {
    self.state = state
    self.groups = groups
    conditions = .allocate(capacity: groups.count + 1)
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    for index in 0...groups.count { pthread_cond_init(conditions + index, &attributes) }
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    for index in 0...groups.count { pthread_cond_destroy(conditions + index) }
    pthread_mutex_destroy(mutex)
    conditions.deallocate()
    mutex.deallocate()
  }

  /// Looks at the state.
  func read<Outcome>(_ body: (State) throws -> Outcome) rethrows -> Outcome {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(state)
  }

  /// To be called with the lock held, after a change.
  private func wake() {
    pthread_cond_broadcast(conditions)
    for (index, concerns) in groups.enumerated() where concerns(state) {
      pthread_cond_broadcast(conditions + index + 1)
    }
  }

  /// Changes the state and wakes the waiting threads.
  func update<Outcome>(_ body: (inout State) throws -> Outcome) rethrows -> Outcome {
    pthread_mutex_lock(mutex)
    defer {
      wake()
      pthread_mutex_unlock(mutex)
    }
    return try body(&state)
  }

  /// Calls `body` now and after every change until it is done, then wakes the waiting threads.
  ///
  /// - Parameter group: the place of the caller's group in those the monitor was made with; `nil` to look at every change.
  func wait<Outcome>(group: Int? = nil, _ body: (inout State) -> MonitorStep<Outcome>) -> Outcome {
    let condition = conditions + (group.map { $0 + 1 } ?? 0)
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      switch body(&state) {
      case .done(let outcome):
        wake()
        return outcome
      case .sleep(let moment?):
        var time = moment.systemTime
        pthread_cond_timedwait(condition, mutex, &time)
      case .sleep(nil):
        pthread_cond_wait(condition, mutex)
      }
    }
  }
}
