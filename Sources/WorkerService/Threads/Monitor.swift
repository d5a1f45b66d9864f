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
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var state: State

  init(_ state: sending State) {
    self.state = state
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Looks at the state.
  func read<Outcome>(_ body: (State) throws -> Outcome) rethrows -> Outcome {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(state)
  }

  /// Changes the state and wakes every waiting thread.
  func update<Outcome>(_ body: (inout State) throws -> Outcome) rethrows -> Outcome {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(condition)
      pthread_mutex_unlock(mutex)
    }
    return try body(&state)
  }

  /// Calls `body` now and after every change until it is done, then wakes every waiting thread.
  func wait<Outcome>(_ body: (inout State) -> MonitorStep<Outcome>) -> Outcome {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      switch body(&state) {
      case .done(let outcome):
        pthread_cond_broadcast(condition)
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
