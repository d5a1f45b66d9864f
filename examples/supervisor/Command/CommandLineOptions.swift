import Foundation
import Supervision

/// What the command line asks for.
enum CommandLineOptions {
  case help
  case wrong(String)
  case run([String], SupervisorOptions)

  static let usage = """
    usage: face-supervisor [options] -- face-worker [worker options]

    Runs workers, speaks their protocol (FWP/1) on standard input and output, and replaces them when they crash or hang.
    SIGHUP replaces them one after the other without a pause, for a new program or model; SIGTERM finishes and ends.

      --workers N        workers at the same time, on one gallery on disk; each gets its share of the threads (1)
      --max-restarts N   restarts allowed within the window before giving up (5)
      --window S         the window, in seconds (60)
      --max-backoff S    longest wait before a restart; the first is at most 0.1 s, each is at most twice the one before (15)
      --stable-after S   service after which a crash counts as the first again (30)
      --start-limit S    time for the worker to become ready (30)
      --ping-interval S  time between pings; two without an answer replace the worker (5)
      --kill-grace S     time between SIGTERM and SIGKILL (5)
      --drain-limit S    time to finish after the end of input (60)
      --memory-limit M   address space a worker may have, in MiB (none)
      --recycle-memory M     resident memory above which a worker is replaced without a pause, in MiB (none)
      --recycle-requests N   requests after which a worker is replaced without a pause, give or take a tenth (none)
      --retire-limit S   time a replaced worker goes on serving its streams (60)
      --metrics FILE     a file for metrics, in Prometheus' text format; workers have a --metrics of their own, which becomes
                         FILE-0, FILE-1 ... with a label slot in a pool
    """

  static func parse(_ arguments: [String]) -> CommandLineOptions {
    var options = SupervisorOptions()
    var rest = arguments[...]
    while let name = rest.popFirst() {
      if name == "--help" || name == "-h" { return .help }
      if name == "--" {
        return rest.isEmpty ? .wrong("there is no worker after --") : supervise(Array(rest), options)
      }
      if name == "--metrics" {
        guard let path = rest.popFirst(), !path.isEmpty else { return .wrong("--metrics needs a file") }
        options.metricsFile = path
        continue
      }
      guard let setting = settings[name] else { return .wrong("unknown option \(name); the worker comes after --") }
      guard let text = rest.popFirst(), let value = Double(text), setting.range.contains(value) else {
        let (low, high) = (Int(setting.range.lowerBound), Int(setting.range.upperBound))
        return .wrong("\(name) needs a number from \(low) to \(high)")
      }
      setting.apply(&options, value)
    }
    return .wrong("there is no worker: add -- face-worker")
  }

  /// A pool shares one gallery and the machine.
  private static func supervise(_ command: [String], _ options: SupervisorOptions) -> CommandLineOptions {
    let losesGallery = options.workers > 1 || options.recycleMemory != nil || options.recycleRequests != nil
    if losesGallery, command.contains(where: { $0 == ":memory:" || $0 == "--data=:memory:" }) {
      return .wrong("several workers, or workers that are replaced, need a gallery on disk, not in memory")
    }
    if let file = options.metricsFile, file == Supervisor.metricsFile(ofWorkers: command) {
      return .wrong("the supervisor and its workers each need a file of their own for --metrics")
    }
    guard options.workers > 1, !command.contains(where: { $0 == "--threads" || $0.hasPrefix("--threads=") }) else {
      return .run(command, options)
    }
    let threads = max(1, ProcessInfo.processInfo.activeProcessorCount / options.workers)
    return .run(command + ["--threads", String(threads)], options)
  }

  private struct Setting {
    let range: ClosedRange<Double>
    let apply: (inout SupervisorOptions, Double) -> Void

    init(_ range: ClosedRange<Double> = 0...86_400, _ apply: @escaping (inout SupervisorOptions, Double) -> Void) {
      self.range = range
      self.apply = apply
    }
  }

  private static var settings: [String: Setting] {
    [
      "--workers": Setting(1...64) { $0.workers = Int($1) },
      "--max-restarts": Setting(0...1_000_000) { $0.maxRestarts = Int($1) },
      "--window": Setting { $0.window = .seconds($1) },
      "--max-backoff": Setting { $0.backoff.cap = .seconds($1) },
      "--stable-after": Setting { $0.backoff.stableAfter = .seconds($1) },
      "--start-limit": Setting { $0.startLimit = .seconds($1) },
      "--ping-interval": Setting { $0.pingInterval = .seconds(max($1, 0.01)) },
      "--kill-grace": Setting { $0.killGrace = .seconds($1) },
      "--drain-limit": Setting { $0.drainLimit = .seconds($1) },
      "--retire-limit": Setting { $0.retireLimit = .seconds($1) },
      "--memory-limit": Setting(64...16_777_216) { $0.memoryLimit = Int($1) << 20 },
      "--recycle-memory": Setting(16...16_777_216) { $0.recycleMemory = Int($1) << 20 },
      "--recycle-requests": Setting(1...1_000_000_000) { $0.recycleRequests = Int($1) },
    ]
  }
}
