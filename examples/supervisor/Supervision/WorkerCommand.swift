/// What the workers of a pool are told differently.
enum WorkerCommand {
  /// The command of the worker in a slot: its `--metrics FILE` becomes a file of its own, `faces.prom` for example
  /// `faces-0.prom`, whose samples are labeled with the slot. Two files with the same samples would be no use to a collector,
  /// nor would one file that all of them write. A replacement writes the file of the worker it replaces.
  static func command(_ command: [String], inSlot slot: Int) -> [String] {
    guard let (place, prefix, path) = metrics(in: command) else { return command }
    var changed = command
    changed[place] = prefix + WorkerCommand.path(path, ofSlot: slot)
    return changed + ["--metrics-label", "slot=\(slot)"]
  }

  /// The file that workers are told to write their metrics to, if they are.
  static func metricsFile(in command: [String]) -> String? { metrics(in: command)?.path }

  /// The last such option counts, as it does for the worker.
  private static func metrics(in command: [String]) -> (place: Int, prefix: String, path: String)? {
    let name = "--metrics"
    for place in command.indices.reversed() {
      if command[place].hasPrefix(name + "=") {
        return (place, name + "=", String(command[place].dropFirst(name.count + 1)))
      }
      if command[place] == name, place + 1 < command.count { return (place + 1, "", command[place + 1]) }
    }
    return nil
  }

  /// The slot goes before the extension: collectors look for `.prom`.
  private static func path(_ path: String, ofSlot slot: Int) -> String {
    let name = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    guard let dot = path[name...].lastIndex(of: "."), dot > name else { return path + "-\(slot)" }
    return path[..<dot] + "-\(slot)" + path[dot...]
  }
}
