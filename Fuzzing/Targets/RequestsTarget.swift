internal import FoundationEssentials
internal import Protocol

extension FuzzTarget {
  /// The JSON of a request: parsed, and its parameters decoded as those of every method.
  static let requests = FuzzTarget("requests", maxBytes: 4096) { bytes in
    let limits = Limits.standard
    let value: JSONValue
    do throws(WireError) {
      value = try WireJSON.object(bytes[...], limits: limits)
    } catch {
      try FuzzFinding.unless(error.code == .badJSON, "unreadable JSON is \(error.code)")
      return
    }
    try checkValue(value, bytes)
    guard let envelope = try? WireJSON.decode(RequestEnvelope.self, from: value) else { return }
    try? envelope.validate()
    for command in CommandRegistry.all { try checkParams(command, envelope) }
    // As many bytes as the lengths ask for, where that is not much.
    let wanted = (envelope.attachments ?? []).reduce(0) { $0 + min(max($1.length ?? 0, 0), 4096) }
    let attached = [UInt8](repeating: 7, count: min(wanted, 4096))
    _ = try? RequestAttachment.cut(attached[...], by: envelope.attachments, limits: limits)
  }

  /// What our parser takes another takes too, as the same value; and it survives being written.
  private static func checkValue(_ value: JSONValue, _ bytes: [UInt8]) throws {
    guard let text = try? WireJSON.encode(value) else { return }
    let again = try? WireJSON.object(text[...], limits: Limits(maxJSON: 1 << 24))
    try FuzzFinding.unless(
      again.map { isClose($0, value) } ?? false, "a value is another after it was written and read")
    let other = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    try FuzzFinding.unless(other.map { isClose($0, value) } ?? false, "another parser reads another value")
  }

  /// Equal, but for numbers that one parser holds as whole and the other not.
  private static func isClose(_ a: JSONValue, _ b: JSONValue) -> Bool {
    switch (a, b) {
    case (.object(let a), .object(let b)):
      a.count == b.count && a.allSatisfy { name, value in b[name].map { isClose(value, $0) } ?? false }
    case (.array(let a), .array(let b)): a.count == b.count && zip(a, b).allSatisfy { isClose($0, $1) }
    case (.integer(let whole), .number(let number)), (.number(let number), .integer(let whole)):
      Double(whole) == number
    default: a == b
    }
  }

  private static func checkParams<C: Command>(_ command: C.Type, _ envelope: RequestEnvelope) throws {
    let params: C.Params
    do throws(WireError) {
      params = try envelope.params(for: command)
    } catch {
      try FuzzFinding.unless(error.code == .badParams, "bad parameters of \(C.method) are \(error.code)")
      return
    }
    let text = try WireJSON.encode(params)
    let again = try? WireJSON.decode(C.Params.self, from: text[...], limits: Limits(maxJSON: 1 << 24))
    try FuzzFinding.unless(again == params, "parameters of \(C.method) are others after they were written and read")
  }
}
