import Supervision

/// What the command line asks for.
enum CommandLineOptions {
  case help
  case wrong(String)
  case run([String], SupervisorOptions)

  static let usage = """
    usage: face-supervisor [options] -- face-worker [worker options]

    Runs a worker, speaks its protocol (FWP/1) on standard input and output, and replaces it when it crashes or hangs.

      --max-restarts N   restarts allowed within the window before giving up (5)
      --window S         the window, in seconds (60)
      --start-limit S    time for the worker to become ready (30)
      --ping-interval S  time between pings; two without an answer replace the worker (5)
      --kill-grace S     time between SIGTERM and SIGKILL (5)
      --drain-limit S    time to finish after the end of input (60)
    """

  static func parse(_ arguments: [String]) -> CommandLineOptions {
    var options = SupervisorOptions()
    var rest = arguments[...]
    while let name = rest.popFirst() {
      if name == "--help" || name == "-h" { return .help }
      if name == "--" {
        return rest.isEmpty ? .wrong("there is no worker after --") : .run(Array(rest), options)
      }
      guard let setting = settings[name] else { return .wrong("unknown option \(name); the worker comes after --") }
      guard let text = rest.popFirst(), let value = Double(text), (0...86_400).contains(value) else {
        return .wrong("\(name) needs a number from 0 to 86400")
      }
      setting(&options, value)
    }
    return .wrong("there is no worker: add -- face-worker")
  }

  private static var settings: [String: (inout SupervisorOptions, Double) -> Void] {
    [
      "--max-restarts": { $0.maxRestarts = Int($1) },
      "--window": { $0.window = .seconds($1) },
      "--start-limit": { $0.startLimit = .seconds($1) },
      "--ping-interval": { $0.pingInterval = .seconds(max($1, 0.01)) },
      "--kill-grace": { $0.killGrace = .seconds($1) },
      "--drain-limit": { $0.drainLimit = .seconds($1) },
    ]
  }
}
