internal import Protocol
internal import WorkerService

extension FuzzTarget {
  /// Text mode, one JSON object a line, through the reader that the worker has on its stdin.
  static let lines = FuzzTarget("lines", maxBytes: 4096) { bytes in
    let whole = try messages([bytes])
    for size in [1, 7] {
      let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
      let cut = try messages(pieces)
      try FuzzFinding.unless(cut == whole, "pieces of \(size) bytes give other messages")
    }
  }

  /// A message as text, to compare it.
  private static func messages(_ pieces: [[UInt8]]) throws -> [String] {
    var channel = ChannelMode.lines.input(limits: smallLimits)
    var found: [String] = []
    func take() throws {
      while let message = try channel.next() {
        switch message {
        case .request(let id, let json, let attachments, let size):
          try FuzzFinding.unless(size <= smallLimits.maxJSON && attachments.isEmpty, "a line over the limits is taken")
          found.append("\(id) " + String(decoding: try encoded(json), as: UTF8.self))
        case .cancel(let id): found.append("cancel \(id)")
        case .unreadable(let id, let error): found.append("\(id?.value ?? 0) \(error.code.rawValue) \(error.message)")
        }
      }
    }
    for piece in pieces {
      piece.withUnsafeBytes { channel.append($0) }
      try take()
    }
    channel.end()
    try take()
    return found
  }

  /// A value as JSON; numbers out of range, which JSON has no text for, as nothing.
  private static func encoded(_ json: JSONValue) throws -> [UInt8] { (try? WireJSON.encode(json)) ?? [] }
}
