import Glibc
internal import Protocol
import Synchronization

/// A trainer as its worker sees it: a child process with two pipes. Its output is untrusted. Sending and receiving is one thread's
/// business; ``stop()`` may be called from any.
final class TrainerProcess: Sendable {
  /// What came from the trainer.
  enum Event {
    case frame(Frame)
    /// Nothing within the time.
    case quiet
    /// It is gone, or sends what are no frames, which is the same: it was ended. The text says how, for people.
    case died(String)
  }

  /// How long a trainer may take to end after SIGTERM, in milliseconds.
  private static let patienceMs = 300

  let pid: pid_t
  private let input: Int32
  private let output: Int32
  private let decoder = Mutex(FrameDecoder(from: .worker, limits: .fromTrainer))
  private let encoder = FrameEncoder(limits: .toTrainer)
  /// The wait status once the process was reaped.
  private let status = Mutex<Int32?>(nil)

  /// Starts a trainer.
  ///
  /// - Parameter program: the file to run, usually `/proc/self/exe`.
  /// - Throws: `outOfMemory` when the system has no room for another process.
  init(program: String) throws(WireError) {
    // Were it ignored, the end of a child could not be waited for.
    signal(SIGCHLD, SIG_DFL)
    guard let toChild = try? WakePipe.open() else { throw Self.failure(errno) }
    guard let fromChild = try? WakePipe.open() else {
      close(toChild.reading)
      close(toChild.writing)
      throw Self.failure(errno)
    }
    // The trainer's own ends must block.
    for end in [toChild.reading, fromChild.writing] { _ = fcntl(end, F_SETFL, 0) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, toChild.reading, 0)
    posix_spawn_file_actions_adddup2(&actions, fromChild.writing, 1)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var usual = sigset_t()
    sigemptyset(&usual)
    for number in [SIGTERM, SIGINT, SIGPIPE, SIGHUP] { sigaddset(&usual, number) }
    posix_spawnattr_setsigdefault(&attributes, &usual)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let words = ["face-worker", "--trainer", "\(getpid())"]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var pid = pid_t()
    let code = OutOfMemoryScore.withTrainers {
      posix_spawn(&pid, program, &actions, &attributes, &arguments, environ)
    }
    close(toChild.reading)
    close(fromChild.writing)
    guard code == 0 else {
      close(toChild.writing)
      close(fromChild.reading)
      throw Self.failure(code)
    }
    self.pid = pid
    input = toChild.writing
    output = fromChild.reading
  }

  deinit {
    stop()
    close(input)
    close(output)
  }

  private static func failure(_ code: Int32) -> WireError {
    WireError(.outOfMemory, "The training process cannot be started: \(StreamError.text(code)).")
  }

  // MARK: Frames

  /// Sends a message with the bytes that belong to it.
  ///
  /// - Parameter checkpoint: called at least every 100 ms while the trainer does not read.
  /// - Returns: false when it is gone.
  /// - Throws: what `checkpoint` throws; ``FrameError``.
  func send(_ message: TrainerMessage, _ bytes: [UInt8] = [], checkpoint: () throws -> Void) throws -> Bool {
    let json = try WireJSON.encode(message)
    let header = try encoder.header(
      kind: .request, id: RequestID(1) ?? .connection, jsonLength: json.count, attachmentLength: bytes.count)
    for part in [header, json, bytes] {
      guard try write(part, checkpoint) else { return false }
    }
    return true
  }

  private func write(_ bytes: [UInt8], _ checkpoint: () throws -> Void) throws -> Bool {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(input, $0.baseAddress?.advanced(by: offset), bytes.count - offset)
      }
      if count >= 0 {
        offset += count
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        var watched = pollfd(fd: input, events: Int16(POLLOUT), revents: 0)
        poll(&watched, 1, 100)
        try checkpoint()
      default: return false
      }
    }
    return true
  }

  /// Waits for the next frame.
  func next(waitingMilliseconds: Int32) -> Event {
    let size = 1 << 16
    return withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { buffer in
      decoder.withLock { decoder in
        do throws(FrameError) {
          if let frame = try decoder.next() { return .frame(frame) }
          var watched = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
          guard poll(&watched, 1, waitingMilliseconds) > 0 else { return .quiet }
          let count = read(output, buffer.baseAddress, size)
          if count < 0 { return errno == EINTR || errno == EAGAIN ? .quiet : .died(end()) }
          if count == 0 { return .died(end()) }
          decoder.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
          return try decoder.next().map { .frame($0) } ?? .quiet
        } catch {
          stop()
          return .died("It sent bytes that are no frames.")
        }
      }
    }
  }

  // MARK: The end

  /// Ends the trainer: SIGTERM, then SIGKILL. Returns when it is gone; does nothing when it is.
  func stop() {
    status.withLock { status in
      guard status == nil else { return }
      kill(pid, SIGTERM)
      let end = Moment.now.advanced(byMs: Self.patienceMs)
      while Moment.now < end {
        if let reaped = Self.reap(pid, WNOHANG) {
          status = reaped
          return
        }
        usleep(2_000)
      }
      kill(pid, SIGKILL)
      status = Self.reap(pid, 0) ?? 0
    }
  }

  /// Waits for a trainer whose pipe is closed, and says how it ended.
  private func end() -> String {
    let found = status.withLock { status -> Int32 in
      if let status { return status }
      let limit = Moment.now.advanced(byMs: Self.patienceMs)
      while Moment.now < limit {
        if let reaped = Self.reap(pid, WNOHANG) {
          status = reaped
          return reaped
        }
        usleep(2_000)
      }
      kill(pid, SIGKILL)
      let reaped = Self.reap(pid, 0) ?? 0
      status = reaped
      return reaped
    }
    let number = found & 0x7F
    guard number != 0 else { return "It exited with status \((found >> 8) & 0xFF)." }
    let hint = number == SIGKILL ? ", as the system does when memory runs out" : ""
    return "Signal \(number) ended it\(hint)."
  }

  /// The wait status of a process that has ended; `nil` when it has not. 0 when nobody can say.
  private static func reap(_ pid: pid_t, _ options: Int32) -> Int32? {
    while true {
      var status: Int32 = 0
      let found = waitpid(pid, &status, options)
      if found == pid { return status }
      if found == 0 { return nil }
      if errno != EINTR { return 0 }
    }
  }
}
