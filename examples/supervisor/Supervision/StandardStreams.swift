import Dispatch
import Glibc
import Protocol

/// Standard error as a place for log lines.
public enum StandardError {
  /// Writes a line if there is room for it. A log that nobody reads loses lines; it does not stop the worker.
  public static func write(_ line: [UInt8]) { _ = Descriptor(number: 2).writeIfRoom(line) }
}

extension Supervisor {
  /// Speaks FWP/1 on standard input and output on behalf of a supervised worker, so that a host in any language gets
  /// supervision by putting one word in front of its command.
  ///
  /// - Returns: the status to exit with, as ``waitUntilExit()`` gives it.
  public static func serveStandardStreams(command: [String], options: SupervisorOptions = SupervisorOptions()) -> Int32
  {
    let output = takeStandardOutput()
    let encoder = FrameEncoder()
    let supervisor = Supervisor(command: command, options: options) { frame in
      guard let header = try? encoder.header(of: frame) else { return true }
      return output.write(header) && output.write(frame.json) && output.write(frame.attachments)
    }
    supervisor.start()
    let signals = watchSignals(for: supervisor)
    defer { for source in signals { source.cancel() } }
    let isReading = BlockingThread.start { readHost(Descriptor(number: 0), for: supervisor) }
    let isWatching = BlockingThread.start { watchParent(for: supervisor) }
    if !isReading || !isWatching { supervisor.finish() }
    return supervisor.waitUntilExit()
  }
}

/// Moves standard output to a private number and points the old one at standard error, so that a stray print cannot
/// corrupt a frame.
private func takeStandardOutput() -> Descriptor {
  let output = fcntl(1, F_DUPFD_CLOEXEC, 3)
  guard output >= 0 else { return Descriptor(number: 1) }
  dup2(2, 1)
  return Descriptor(number: output)
}

/// Passes on the host's frames until its output ends.
private func readHost(_ input: Descriptor, for supervisor: Supervisor) {
  var decoder = FrameDecoder(from: .parent)
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  defer { buffer.deallocate() }
  do {
    while case let count = input.read(into: buffer), count > 0 {
      decoder.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      while let frame = try decoder.next() { supervisor.send(frame) }
    }
    try decoder.finish()
    supervisor.finish()
  } catch {
    supervisor.fail(error)
  }
}

/// SIGHUP replaces the workers without a pause; SIGTERM and SIGINT end the service as the end of input does, and a second one
/// ends it at once.
private func watchSignals(for supervisor: Supervisor) -> [any DispatchSourceSignal] {
  [SIGHUP, SIGTERM, SIGINT].map { number in
    _ = signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler {
      guard number != SIGHUP else { return supervisor.replaceWorkers() }
      supervisor.finish()
      _ = signal(number, SIG_DFL)
    }
    source.resume()
    return source
  }
}

/// Notices a host that died while another process holds its end of the pipe open.
private func watchParent(for supervisor: Supervisor) {
  let parent = getppid()
  while getppid() == parent { sleep(1) }
  supervisor.finish()
}
