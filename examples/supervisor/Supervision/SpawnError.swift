import Glibc

/// A worker could not be started.
struct SpawnError: Error, CustomStringConvertible {
  let description: String
  /// Whether trying again is no use, because the program is missing or not one.
  let isPermanent: Bool

  init(_ program: String, errno code: Int32) {
    description = "cannot start \(program): \(String(cString: strerror(code)))"
    isPermanent = [ENOENT, EACCES, ENOEXEC, ENOTDIR, E2BIG].contains(code)
  }
}
