import Foundation
import Protocol
import Synchronization
import TestSupport

/// The real program with a host at the other end of its pipes; killed with the last reference.
final class WorkerProcess {
  /// How a process ended.
  enum End: Equatable {
    case exit(Int32)
    case signal(Int32)
  }

  let pid: pid_t
  let host: TestHost
  private let errors: Folder
  private var end: End?

  /// Starts the worker with a gallery in memory unless `data` names a folder.
  ///
  /// - Parameter wrapper: a command to run instead, with the worker's own command line appended.
  init(
    _ options: [String] = [], data: String = ":memory:", models: String? = Installation.models, wrapper: [String] = []
  ) throws {
    errors = try Folder()
    var command = wrapper + [Installation.worker, "--data", data]
    if let models { command += ["--models", models] }
    (pid, host) = try Self.spawn(command + options, log: errors.path + "/log")
  }

  /// Starts the program with nothing but these arguments.
  init(only arguments: [String]) throws {
    errors = try Folder()
    (pid, host) = try Self.spawn([Installation.worker] + arguments, log: errors.path + "/log")
  }

  deinit {
    if end == nil {
      kill(pid, SIGKILL)
      var status: Int32 = 0
      waitpid(pid, &status, 0)
    }
  }

  /// Pipes become close-on-exec one call after they are made; until then no other child may be started.
  private static let spawning = Mutex(())

  private static func spawn(_ command: [String], log: String) throws -> (pid_t, TestHost) {
    try spawning.withLock { _ in
      var input: [Int32] = [-1, -1]
      var output: [Int32] = [-1, -1]
      guard pipe(&input) == 0, pipe(&output) == 0 else { throw TestHost.Failure(description: "no pipes") }
      for end in input + output { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      defer { posix_spawn_file_actions_destroy(&actions) }
      posix_spawn_file_actions_adddup2(&actions, input[0], 0)
      posix_spawn_file_actions_adddup2(&actions, output[1], 1)
      posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
      var attributes = posix_spawnattr_t()
      posix_spawnattr_init(&attributes)
      defer { posix_spawnattr_destroy(&attributes) }
      var defaults = sigset_t()
      sigemptyset(&defaults)
      sigaddset(&defaults, SIGPIPE)
      posix_spawnattr_setsigdefault(&attributes, &defaults)
      posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
      var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
      defer { arguments.forEach { free($0) } }
      var pid: pid_t = 0
      let code = posix_spawnp(&pid, command[0], &actions, &attributes, &arguments, environ)
      close(input[0])
      close(output[1])
      guard code == 0 else { throw TestHost.Failure(description: "\(command[0]) does not start: \(code)") }
      return (pid, TestHost(input: input[1], output: output[0]))
    }
  }

  // MARK: Its life

  /// Waits for `ready`.
  @discardableResult
  func ready() throws -> Ready {
    guard let frame = try host.next(timeoutMs: 60_000) else {
      throw TestHost.Failure(description: "no ready: \(log)")
    }
    guard frame.kind == .ready else { throw TestHost.Failure(description: "\(frame.kind) before ready") }
    return try WireJSON.decode(Ready.self, from: frame.json)
  }

  func send(signal number: Int32) { kill(pid, number) }

  /// Waits for the process to end.
  func wait(withinMs limit: Int = 30_000) throws -> End {
    if let end { return end }
    let deadline = ContinuousClock.now + .milliseconds(limit)
    var status: Int32 = 0
    while waitpid(pid, &status, WNOHANG) == 0 {
      guard ContinuousClock.now < deadline else {
        throw TestHost.Failure(description: "the worker did not end within \(limit) ms")
      }
      usleep(1_000)
    }
    let ended: End = status & 0x7F == 0 ? .exit((status >> 8) & 0xFF) : .signal(status & 0x7F)
    end = ended
    return ended
  }

  /// Closes stdin, reads the rest, and waits for the process to end.
  func finish() throws -> End {
    host.closeInput()
    try host.readToEnd()
    return try wait()
  }

  // MARK: What it holds

  /// What it wrote to stderr.
  var log: String { (try? String(contentsOfFile: errors.path + "/log", encoding: .utf8)) ?? "" }

  /// The log's lines, each a JSON object.
  func logLines() throws -> [JSONValue] {
    try log.split(separator: "\n").map { try WireJSON.object(ArraySlice($0.utf8)) }
  }

  /// Open descriptors.
  var descriptors: Int {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []).count
  }

  /// Resident memory in bytes, from /proc/PID/status (`VmHWM` is the most it ever was).
  func memory(_ field: String = "VmRSS") -> Int {
    let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix(field + ":") } ?? ""
    return (Int(line.filter(\.isNumber)) ?? 0) * 1_024
  }
}

extension TestHost {
  /// Sends images as attachments and waits for the result.
  func call<C: Command>(
    _ id: UInt64, _ command: C.Type, _ params: JSONValue? = nil, key: String? = nil, images: [UInt8]...
  ) throws -> Reply<C.Result> {
    try send(id, command, params, key: key, images: images)
    return try reply(id, command)
  }

  /// Sends a request with images as attachments.
  func send<C: Command>(
    _ id: UInt64, _ command: C.Type, _ params: JSONValue? = nil, deadlineMs: Int? = nil, key: String? = nil,
    images: [[UInt8]]
  ) throws {
    try request(
      id, C.method, params, deadlineMs: deadlineMs, key: key,
      descriptors: images.isEmpty ? nil : images.map { AttachmentDescriptor(length: $0.count) },
      attachments: images.count == 1 ? images[0] : images.reduce(into: []) { $0 += $1 })
  }

  /// Sends files below an `--allow-path` folder.
  func send<C: Command>(
    _ id: UInt64, _ command: C.Type, _ params: JSONValue? = nil, key: String? = nil, paths: [String]
  )
    throws
  {
    try request(id, C.method, params, key: key, descriptors: paths.map { AttachmentDescriptor(path: $0) })
  }

  /// The answer to one image.
  func faces<C: Command>(_ id: UInt64, _ command: C.Type) throws -> ImageFaces where C.Result == ImageAnswer {
    guard case .one(let faces) = try reply(id, command).result else {
      throw Failure(description: "id \(id) was answered with counts")
    }
    return faces
  }

  /// The events of an id that tell of images, by index.
  func imageEvents(_ id: UInt64) throws -> [ImageEvent] {
    try frames.filter { $0.id.value == id && $0.kind == .event }
      .map { try WireJSON.decode(ImageEvent.self, from: $0.json) }.sorted { $0.index < $1.index }
  }
}
