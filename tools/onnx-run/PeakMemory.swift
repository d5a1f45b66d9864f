import Foundation
import Synchronization

/// The most memory that was ever resident, by what the kernel says of this program image alone: `getrusage` also counts what
/// the process that started it held.
enum PeakMemory {
  private static let file = Mutex<String?>(nil)

  /// Writes it, in KiB, when the program ends, whatever ends it but a signal.
  static func writeAtExit(to path: String) {
    file.withLock { $0 = path }
    atexit {
      let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
      let path = PeakMemory.file.withLock { $0 } ?? ""
      try? String(line.filter(\.isNumber)).write(toFile: path, atomically: false, encoding: .utf8)
    }
  }
}
