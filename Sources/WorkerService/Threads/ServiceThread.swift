import Glibc

/// A thread of our own, with a stack large enough for image codecs and BLAS.
struct ServiceThread: Sendable {
  /// Stack of every thread, in bytes.
  static let stackSize = 8 * 1_024 * 1_024

  /// The thread could not be started.
  struct StartFailure: Error {
    var code: Int32
  }

  private final class Job: Sendable {
    let name: String
    let body: @Sendable () -> Void
    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  private let handle: pthread_t

  /// Starts a thread.
  ///
  /// - Parameter name: shown by `top -H`, at most 15 bytes.
  /// - Throws: ``StartFailure`` when the system has no room for another thread.
  init(_ name: String, _ body: @escaping @Sendable () -> Void) throws(StartFailure) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, ServiceThread.stackSize)
    let job = Unmanaged.passRetained(Job(name: name, body: body))
    var handle = pthread_t()
    let code = pthread_create(
      &handle, &attributes,
      { argument in
        guard let argument else { return nil }
        let job = Unmanaged<Job>.fromOpaque(argument).takeRetainedValue()
        ServiceThread.nameCurrent(job.name)
        job.body()
        return nil
      }, job.toOpaque())
    guard code == 0 else {
      job.release()
      throw StartFailure(code: code)
    }
    self.handle = handle
  }

  /// Names the calling thread. Through /proc: the call is a GNU extension that Swift does not see.
  private static func nameCurrent(_ name: String) {
    let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    var bytes = Array(name.utf8.prefix(15))
    _ = write(descriptor, &bytes, bytes.count)
    close(descriptor)
  }

  /// Lets every other thread go first on a busy machine, from now on, for the calling thread.
  static func lowerPriority() {
    // On Linux a priority belongs to a thread, and 0 means the calling one. Best effort: work is done either way.
    _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
  }

  /// Waits for the thread to end. To be called once.
  func join() { pthread_join(handle, nil) }

  /// Gives the thread up: it may outlive everybody.
  func detach() { pthread_detach(handle) }
}
