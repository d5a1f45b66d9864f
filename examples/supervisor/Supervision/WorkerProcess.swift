import Glibc
import Protocol
import Synchronization
internal import Telemetry

/// One running worker: four threads that write its input, read its output, read its log, and wait for its end.
///
/// Nothing here blocks the caller, and nothing decides anything: what happens is reported, in order, and the log and
/// the output are read all the time so that a full pipe can never stop the worker.
final class WorkerProcess: Sendable {
  private let pid: pid_t
  private let toSend = Mailbox<Frame?>()
  /// Set, under the lock that signals take, before the process id can be given to somebody else.
  private let isReaped = Mutex(false)

  /// Starts a worker.
  ///
  /// - Parameters:
  ///   - command: program and options; the program is looked for on `PATH` when it has no slash.
  ///   - memoryLimit: address space it may have, in bytes; nil for no limit.
  ///   - throttle: called before each read of the worker's output; may block.
  ///   - log: called with each line of the worker's log, on a thread of its own.
  ///   - report: called with what the worker does, on threads of their own.
  /// - Throws: ``SpawnError`` when there is no process; then nothing is reported.
  init(
    command: [String], memoryLimit: Int? = nil, throttle: @escaping @Sendable () -> Void,
    log: @escaping @Sendable ([UInt8]) -> Void,
    report: @escaping @Sendable (WorkerReport) -> Void
  ) throws(SpawnError) {
    let child = try Child.start(memoryLimit.map { WorkerProcess.limited(command, bytes: $0) } ?? command)
    pid = child.pid
    let (input, output, errors) = (child.input, child.output, child.errors)

    let started = [
      BlockingThread.start { [self] in reap(report) },
      BlockingThread.start { [self] in write(to: input) },
      BlockingThread.start { readFrames(from: output, throttle: throttle, report: report) },
      BlockingThread.start { readLines(from: errors, log) },
    ]
    if started.contains(false) { giveUp(started, [nil, input, output, errors], report) }
  }

  /// Queues a frame for the worker.
  func send(_ frame: Frame) { toSend.put(frame) }

  /// Ends the worker's input after the frames queued so far.
  func closeInput() { toSend.put(nil) }

  /// Signals the worker and its children.
  func signal(_ number: Int32) {
    isReaped.withLock { isReaped in
      if !isReaped { _ = kill(-pid, number) }
    }
  }

  /// The command under a limit of its address space: a shell sets it and becomes the program, with the same process id.
  private static func limited(_ command: [String], bytes: Int) -> [String] {
    ["/bin/sh", "-c", "ulimit -v \(bytes >> 10) && exec \"$@\"", command.first ?? ""] + command
  }

  /// The memory it holds, in bytes; nil when it is gone.
  var residentBytes: Int? { ProcessFacts.residentBytes(of: pid) }

  // MARK: Threads

  private func write(to input: Descriptor) {
    let encoder = FrameEncoder()
    var isOpen = true
    while isOpen {
      for frame in toSend.takeAll() where isOpen {
        guard let frame, let header = try? encoder.header(of: frame) else {
          isOpen = frame != nil
          continue
        }
        isOpen = input.write(header) && input.write(frame.json) && input.write(frame.attachments)
      }
    }
    input.close()
  }

  private func reap(_ report: @Sendable (WorkerReport) -> Void) {
    // The leader stays a zombie until its group is dead: its process id, and so the group's, cannot be reused yet.
    var info = siginfo_t()
    while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
    var status: Int32 = 0
    isReaped.withLock { isReaped in
      isReaped = true
      _ = kill(-pid, SIGKILL)
      while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    }
    closeInput()
    let signal = status & 0x7F
    report(.exited(signal == 0 ? .code(status >> 8 & 0xFF) : .signal(signal)))
  }

  /// Without all of its threads a worker is no use: kills it and does what the missing ones would have done.
  private func giveUp(
    _ started: [Bool], _ ends: [Descriptor?], _ report: @escaping @Sendable (WorkerReport) -> Void
  ) {
    signal(SIGKILL)
    for (isRunning, end) in zip(started, ends) where !isRunning { end?.close() }
    if !started[2] { report(.outputEnded(nil)) }
    if !started[0] { reap(report) }
  }
}

/// Reports the worker's frames until its output ends.
private func readFrames(
  from output: Descriptor, throttle: () -> Void, report: (WorkerReport) -> Void
) {
  var decoder = FrameDecoder(from: .worker)
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  defer {
    buffer.deallocate()
    output.close()
  }
  do {
    while true {
      throttle()
      let count = output.read(into: buffer)
      guard count > 0 else { break }
      decoder.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      while let frame = try decoder.next() { report(.frame(frame, FrameFacts(frame))) }
    }
    try decoder.finish()
    report(.outputEnded(nil))
  } catch {
    report(.outputEnded(error))
    while output.read(into: buffer) > 0 {}
  }
}

/// Hands over the worker's log line by line; a line over 4096 bytes comes in pieces.
private func readLines(from errors: Descriptor, _ log: ([UInt8]) -> Void) {
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 16)
  defer {
    buffer.deallocate()
    errors.close()
  }
  var line: [UInt8] = []
  while case let count = errors.read(into: buffer), count > 0 {
    for byte in buffer[..<count] {
      line.append(byte)
      if byte == UInt8(ascii: "\n") || line.count == 4_096 {
        log(line)
        line.removeAll(keepingCapacity: true)
      }
    }
  }
  if !line.isEmpty { log(line) }
}

extension FrameEncoder {
  /// The bytes before the JSON of `frame`.
  func header(of frame: Frame) throws(FrameError) -> [UInt8] {
    try header(
      kind: frame.kind, id: frame.id, jsonLength: frame.json.count, attachmentLength: frame.attachments.count)
  }
}
