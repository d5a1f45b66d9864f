import Glibc
internal import Protocol

/// The right to a folder, among all processes of this machine: gone with the process that holds it, however it ends.
final class FolderLock: Sendable {
  private let descriptor: Int32

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Takes the lock if nobody has it; `nil` when somebody does.
  ///
  /// - Parameter isShared: let others hold it in the same way.
  /// - Throws: `storageFailed` when the folder cannot be used.
  static func tryToTake(_ folder: String, isShared: Bool = false) throws(WireError) -> FolderLock? {
    let descriptor = open(folder + "/.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw DurableFile.failure("\(folder) cannot be written", errno) }
    if flock(descriptor, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 { return FolderLock(descriptor) }
    let code = errno
    close(descriptor)
    guard code == EWOULDBLOCK || code == EINTR else { throw DurableFile.failure("\(folder) cannot be locked", code) }
    return nil
  }

  /// Takes the lock, waiting for it.
  ///
  /// - Throws: `storageFailed`, also when the time is up.
  static func take(
    _ folder: String, isShared: Bool = false, waitingMilliseconds: Int
  ) throws(WireError) -> FolderLock {
    let end = Moment.now.advanced(byMs: waitingMilliseconds)
    while true {
      if let lock = try tryToTake(folder, isShared: isShared) { return lock }
      guard Moment.now < end else {
        throw WireError(.storageFailed, "\(folder) is in use by another process.", retry: .later, retryAfterMs: 1_000)
      }
      usleep(20_000)
    }
  }

  func release() { flock(descriptor, LOCK_UN) }

  deinit { close(descriptor) }
}
