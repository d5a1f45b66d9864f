import Glibc
import Synchronization

/// A child process that has just been started, and our ends of its three pipes.
struct Child {
  let pid: pid_t
  let input: Descriptor
  let output: Descriptor
  let errors: Descriptor

  /// Starts a program as the leader of a process group of its own, so that it and its children are signalled together
  /// and Ctrl-C in a terminal does not reach them.
  ///
  /// - Throws: ``SpawnError`` with the system's reason.
  static func start(_ command: [String]) throws(SpawnError) -> Child {
    // Pipes become close-on-exec one system call after they are made; until then no other child may be started.
    let outcome: Result<Child, SpawnError> = startLock.withLock { _ in
      do throws(SpawnError) { return .success(try startAlone(command)) } catch { return .failure(error) }
    }
    return try outcome.get()
  }

  private static let startLock = Mutex(())

  private static func startAlone(_ command: [String]) throws(SpawnError) -> Child {
    var theirs: [Descriptor] = []
    var ours: [Descriptor] = []
    defer { for end in theirs { end.close() } }
    do throws(SpawnError) {
      for number in 0..<3 {
        guard let pipe = Descriptor.pipe() else { throw SpawnError(command.first ?? "", errno: errno) }
        theirs.append(number == 0 ? pipe.read : pipe.write)
        ours.append(number == 0 ? pipe.write : pipe.read)
      }
      let pid = try spawn(command, standardStreams: theirs)
      return Child(pid: pid, input: ours[0], output: ours[1], errors: ours[2])
    } catch {
      for end in ours { end.close() }
      throw error
    }
  }

  private static func spawn(_ command: [String], standardStreams: [Descriptor]) throws(SpawnError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    for (number, end) in standardStreams.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, end.number, Int32(number))
    }

    var none = sigset_t()
    var defaults = sigset_t()
    sigemptyset(&none)
    sigemptyset(&defaults)
    for number in [SIGPIPE, SIGHUP, SIGTERM, SIGINT] { sigaddset(&defaults, number) }
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

    let program = command.first ?? ""
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    let status = posix_spawnp(&pid, program, &actions, &attributes, &arguments, environ)
    guard status == 0 else { throw SpawnError(program, errno: status) }
    return pid
  }
}
