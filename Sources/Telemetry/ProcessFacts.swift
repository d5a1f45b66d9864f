internal import Glibc

/// What the system says of a process; 0 or nil when it does not say.
package enum ProcessFacts {
  /// Resident memory in bytes, of this process unless another is named; nil when there is no such process.
  package static func residentBytes(of pid: Int32? = nil) -> Int? {
    let fields = text(of: "/proc/\(pid.map { "\($0)" } ?? "self")/statm").split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// The most memory this process ever had resident, in bytes.
  package static var peakResidentBytes: Int? {
    let line = text(of: "/proc/self/status").split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.filter(\.isNumber)).flatMap { Int($0) }.map { $0 << 10 }
  }

  /// Descriptors that this process has open.
  package static var descriptors: Int? {
    guard let folder = opendir("/proc/self/fd") else { return nil }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    // Not counted: the folder itself, its parent, and the descriptor that lists it.
    return max(0, count - 3)
  }

  /// Descriptors that this process may have open.
  package static var descriptorLimit: Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
    return Int(clamping: limit.rlim_cur)
  }

  /// Processor time of this process, in seconds.
  package static var processorSeconds: Double {
    var time = timespec()
    guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func text(of path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = read(descriptor, &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
  }
}
