internal import Tensors

extension StepProfile {
  /// A table for people: a line for each step, then the sum of each kernel, most expensive first, and of all.
  package func table() -> String {
    let whole = max(milliseconds, 1e-9)
    var lines = ["      ms  share  GFLOP/s  kernel            output            operation"]
    for entry in entries {
      lines.append(
        Self.line(entry.milliseconds, of: whole, entry.work.operations, entry.work.kernel)
          + Self.padded(entry.shape.description, 18) + entry.name)
    }
    var kernels: [String: (milliseconds: Double, operations: Double, steps: Int)] = [:]
    for entry in entries {
      let old = kernels[entry.work.kernel] ?? (0, 0, 0)
      kernels[entry.work.kernel] = (
        old.milliseconds + entry.milliseconds, old.operations + entry.work.operations, old.steps + 1
      )
    }
    lines.append("")
    for (kernel, sum) in kernels.sorted(by: { ($0.value.milliseconds, $1.key) > ($1.value.milliseconds, $0.key) }) {
      lines.append(
        Self.line(sum.milliseconds, of: whole, sum.operations, kernel) + "\(sum.steps) steps")
    }
    let operations = entries.map(\.work.operations).reduce(0, +)
    lines.append(Self.line(milliseconds, of: whole, operations, "all") + "\(entries.count) steps")
    return lines.joined(separator: "\n")
  }

  private static func line(_ milliseconds: Double, of whole: Double, _ operations: Double, _ kernel: String) -> String {
    let speed = operations > 0 && milliseconds > 0 ? fixed(operations / (milliseconds * 1e6), 1) : "-"
    let share = leading(fixed(100 * milliseconds / whole, 1), 6) + "%"
    return leading(fixed(milliseconds, 3), 8) + share + leading(speed, 9) + "  " + padded(kernel, 18)
  }

  /// `value` with so many digits after the point.
  private static func fixed(_ value: Double, _ digits: Int) -> String {
    let factor = (0..<digits).reduce(1) { product, _ in product * 10 }
    let scaled = Int((min(max(value, 0), 1e9) * Double(factor)).rounded())
    return "\(scaled / factor)." + leading("\(scaled % factor)", digits, with: "0")
  }

  private static func leading(_ text: String, _ width: Int, with filler: String = " ") -> String {
    String(repeating: filler, count: max(width - text.count, 0)) + text
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 1))
  }
}
